// SPDX-License-Identifier: Apache-2.0

package testbed

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const helperDir = "TESTBED_TEST_HELPER_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperDir); dir != "" {
		startControlPlaneAndHang(dir)
	}
	os.Exit(m.Run())
}

// The program that TestNoProcessIsLeftBehindWhenTheTestIsKilled kills: prints the pids of its children, then blocks.
func startControlPlaneAndHang(dir string) {
	plane, err := Start(context.Background(), Options{Dir: dir})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for _, process := range plane.Processes() {
		fmt.Println("pid", process.Pid())
	}
	fmt.Println("ready")
	select {}
}

func TestNoProcessIsLeftBehindWhenTheTestIsKilled(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), helperDir+"="+t.TempDir())
	stdout, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = parent.Process.Kill() })
	var pids []int
	for lines := bufio.NewScanner(stdout); lines.Scan() && lines.Text() != "ready"; {
		pid, err := strconv.Atoi(strings.TrimPrefix(lines.Text(), "pid "))
		if err != nil {
			t.Fatalf("the helper failed: %s", lines.Text())
		}
		pids = append(pids, pid)
	}
	if len(pids) != 3 {
		t.Fatalf("the helper started processes %v, want 3", pids)
	}
	for _, pid := range pids {
		if !alive(pid) {
			t.Fatalf("process %d ended before its parent was killed", pid)
		}
	}

	_ = parent.Process.Kill()
	_ = parent.Wait()

	for _, pid := range pids {
		eventually(t, 10*time.Second, func() error {
			if alive(pid) {
				return fmt.Errorf("process %d outlived its parent", pid)
			}
			return nil
		})
	}
}

func TestAChildOutlivesTheThreadThatAskedForIt(t *testing.T) {
	started := make(chan *Process)
	go func() {
		runtime.LockOSThread() // a goroutine that ends while locked takes its thread with it
		process, err := StartProcess(sleeper(t, "60"))
		if err != nil {
			t.Error(err)
		}
		started <- process
	}()
	process := <-started
	if process == nil {
		t.FailNow()
	}
	defer process.Kill()

	if code, err := process.Wait(300 * time.Millisecond); err == nil {
		t.Fatalf("the child ended with the thread, exit code %d", code)
	}
}

func TestStopKillsAProcessThatIgnoresSIGTERM(t *testing.T) {
	spec := ProcessSpec{Name: "stubborn", Path: "/bin/sh", LogFile: filepath.Join(t.TempDir(), "log"),
		Args: []string{"-c", "trap '' TERM; echo armed; while :; do sleep 0.05; done"}}
	process, err := StartProcess(spec)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Second, func() error {
		if !strings.Contains(process.Log(), "armed") {
			return fmt.Errorf("log is %q", process.Log())
		}
		return nil
	})

	err = process.Stop(200 * time.Millisecond)

	if err == nil || process.Running() || process.ExitCode() != -1 {
		t.Fatalf("Stop = %v, running %v, exit code %d; want an error and a killed process", err, process.Running(), process.ExitCode())
	}
}

func TestExitCodeAndOutputAreKept(t *testing.T) {
	process, err := StartProcess(ProcessSpec{Name: "short", Path: "/bin/sh", Env: []string{"WORD=heard"},
		LogFile: filepath.Join(t.TempDir(), "log"), Args: []string{"-c", "echo $WORD; exit 7"}})
	if err != nil {
		t.Fatal(err)
	}

	code, err := process.Wait(5 * time.Second)

	if err != nil || code != 7 || process.Log() != "heard\n" {
		t.Fatalf("exit code %d, error %v, log %q", code, err, process.Log())
	}
}

func sleeper(t *testing.T, seconds string) ProcessSpec {
	return ProcessSpec{Name: "sleeper", Path: "/bin/sleep", Args: []string{seconds}, LogFile: filepath.Join(t.TempDir(), "log")}
}

// A zombie that its new parent has not reaped yet counts as gone.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func eventually(t *testing.T, limit time.Duration, check func() error) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %v", limit, err)
		}
	}
}
