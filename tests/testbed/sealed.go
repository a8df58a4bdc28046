// SPDX-License-Identifier: Apache-2.0

package testbed

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
)

// sealVariable says how far a program is on its way into a sealed machine.
const sealVariable = "ACR_TESTBED_SEALED"

const (
	sealedInit = "init"   // process 1 of the machine
	sealedMain = "inside" // the program itself
)

// Sealed tells whether this program runs in a machine that RunSealed made.
func Sealed() bool { return os.Getenv(sealVariable) == sealedMain }

// RunSealed runs this program again, with the same arguments, in network, mount and process namespaces of its own, and returns its
// exit code. Whatever is started, mounted or configured there is gone when it ends, however it ends. Needs root.
//
// Every main function that wants this calls it first unless Sealed.
func RunSealed() (int, error) {
	if os.Getenv(sealVariable) == sealedInit {
		return sealedMachine()
	}
	child := again(sealedInit)
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID, Pdeathsig: syscall.SIGKILL,
	}
	result := make(chan error)
	forks() <- func() { result <- child.Start() }
	if err := <-result; err != nil {
		return 1, fmt.Errorf("new namespaces (as root?): %w", err)
	}
	err := child.Wait()
	removeCgroups()
	if ended := new(exec.ExitError); errors.As(err, &ended) {
		return ended.ExitCode(), nil
	}
	return 0, err
}

// nodeCgroup is the cgroup below which a node puts its containers.
const nodeCgroup = "acr-testbed-node"

// removeCgroups removes what containers leave behind outside of every namespace. Those of a node that still runs are not empty.
func removeCgroups() {
	roots, _ := filepath.Glob("/sys/fs/cgroup/*/" + nodeCgroup)
	for _, root := range append(roots, "/sys/fs/cgroup/"+nodeCgroup) {
		var folders []string
		_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				folders = append(folders, path)
			}
			return nil
		})
		for _, folder := range slices.Backward(folders) {
			_ = os.Remove(folder)
		}
	}
}

func again(stage string) *exec.Cmd {
	child := exec.Command("/proc/self/exe", os.Args[1:]...)
	child.Env = append(os.Environ(), sealVariable+"="+stage)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	return child
}

// sealedMachine is what process 1 does: it makes the file systems fit the namespaces, runs the program and buries orphans.
func sealedMachine() (int, error) {
	if err := errors.Join(
		syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""),
		syscall.Mount("proc", "/proc", "proc", 0, ""),
		// Network namespaces of pods are kept by mounts below /run/netns, sockets and locks of all kinds beside them.
		syscall.Mount("run", "/run", "tmpfs", 0, "mode=755"),
	); err != nil {
		return 1, err
	}
	child := again(sealedMain)
	if err := child.Start(); err != nil {
		return 1, err
	}
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 1, err
		case pid != child.Process.Pid:
		case status.Signaled():
			return 128 + int(status.Signal()), nil
		case status.Exited():
			return status.ExitStatus(), nil
		}
	}
}
