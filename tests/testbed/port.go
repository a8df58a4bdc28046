// SPDX-License-Identifier: Apache-2.0

package testbed

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

// Ports are taken below the range from which the kernel serves outgoing connections, so that a server that is stopped
// for a while finds its port free when it returns. A lock file per port keeps test processes apart from each other.
const (
	firstPort = 20000
	lastPort  = 32000
)

var (
	portLocksMutex sync.Mutex
	portLocks      []*os.File // held until the process ends
)

// FreePort reserves a loopback TCP port for as long as this process lives.
func FreePort() (int, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("acr-testbed-ports-%d", os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	portLocksMutex.Lock()
	defer portLocksMutex.Unlock()
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		lock, err := lockPort(filepath.Join(dir, strconv.Itoa(port)))
		if err != nil {
			continue
		}
		listener, err := net.Listen("tcp4", Loopback(port))
		if err != nil {
			_ = lock.Close()
			continue
		}
		_ = listener.Close()
		portLocks = append(portLocks, lock)
		return port, nil
	}
	return 0, errors.New("no free loopback port found in 1000 tries")
}

// FreePorts reserves several ports.
func FreePorts(count int) ([]int, error) {
	ports := make([]int, count)
	for i := range ports {
		port, err := FreePort()
		if err != nil {
			return nil, err
		}
		ports[i] = port
	}
	return ports, nil
}

// Loopback is the address 127.0.0.1:port.
func Loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func lockPort(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}
