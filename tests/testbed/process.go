// SPDX-License-Identifier: Apache-2.0

// Package testbed runs a real Kubernetes control plane on loopback, for tests and demonstrations. Every child process
// dies with the process that started it, however that one ends.
package testbed

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// ProcessSpec says what to run and where its output goes.
type ProcessSpec struct {
	Name    string   // for messages, and the log file's name if LogFile is empty
	Path    string   // the program
	Args    []string // without the program's name
	Env     []string // added to the environment of this process
	Dir     string   // working directory; empty means the current one
	LogFile string   // receives stdout and stderr, appended to what is there
}

// Process is a running child. The kernel kills it when this process ends, even by SIGKILL.
type Process struct {
	spec ProcessSpec
	cmd  *exec.Cmd
	done chan struct{}
}

// The kernel sends the parent-death signal when the *thread* that forked ends, and the Go runtime ends threads at will.
// So all children are forked on one thread that never ends.
var forks = sync.OnceValue(func() chan func() {
	calls := make(chan func())
	go func() {
		runtime.LockOSThread()
		for call := range calls {
			call()
		}
	}()
	return calls
})

// StartProcess starts a child in a process group of its own, so that Ctrl-C in a terminal reaches only the parent.
func StartProcess(spec ProcessSpec) (*Process, error) {
	if err := os.MkdirAll(filepath.Dir(spec.LogFile), 0o755); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(spec.LogFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(spec.Path, spec.Args...)
	cmd.Env = append(os.Environ(), spec.Env...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = spec.Dir, log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	started := make(chan error)
	forks() <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", spec.Name, err)
	}
	process := &Process{spec: spec, cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // the exit code is kept in cmd.ProcessState
		close(process.done)
	}()
	return process, nil
}

// Name of the process, as given in its ProcessSpec.
func (p *Process) Name() string { return p.spec.Name }

// Pid of the process.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// LogFile holds what the process printed.
func (p *Process) LogFile() string { return p.spec.LogFile }

// Done is closed when the process has ended and was reaped.
func (p *Process) Done() <-chan struct{} { return p.done }

// Running tells whether the process has not ended yet.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// ExitCode is -1 while the process runs and after it was ended by a signal.
func (p *Process) ExitCode() int {
	if p.Running() {
		return -1
	}
	return p.cmd.ProcessState.ExitCode()
}

// Wait waits for the end and returns the exit code.
func (p *Process) Wait(limit time.Duration) (int, error) {
	select {
	case <-p.done:
		return p.ExitCode(), nil
	case <-time.After(limit):
		return -1, fmt.Errorf("%s still runs after %s", p.spec.Name, limit)
	}
}

// Terminate asks the process to end, by SIGTERM; it may have ended already.
func (p *Process) Terminate() { _ = p.cmd.Process.Signal(syscall.SIGTERM) }

// Freeze lets the process hang: its connections stay, and nothing is answered. Kill ends it all the same.
func (p *Process) Freeze() { _ = p.cmd.Process.Signal(syscall.SIGSTOP) }

// Stop asks the process to end and kills it if it still runs after limit, which is an error.
func (p *Process) Stop(limit time.Duration) error {
	p.Terminate()
	if _, err := p.Wait(limit); err != nil {
		p.Kill()
		return fmt.Errorf("%w after SIGTERM; killed", err)
	}
	return nil
}

// Kill ends the process with SIGKILL and waits until it is gone.
func (p *Process) Kill() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(err) // only a child that is not ours could refuse
	}
	<-p.done
}

// Log returns all output so far.
func (p *Process) Log() string {
	text, err := os.ReadFile(p.spec.LogFile)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// LogTail returns the last few kilobytes of the output, for error messages.
func (p *Process) LogTail() string {
	text := p.Log()
	const limit = 3000
	if len(text) > limit {
		text = "..." + text[len(text)-limit:]
	}
	return text
}
