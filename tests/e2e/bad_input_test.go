// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

func TestWrongUsageEndsWithExitCodeTwoAndNamesTheFlag(t *testing.T) {
	for _, program := range []string{"acr-controller", "acr-webhook"} {
		for _, flag := range []string{"--no-such-flag", "--log-format=xml", "--shutdown-delay=soon"} {
			t.Run(program+" "+flag, func(t *testing.T) {
				process, err := testbed.StartProcess(testbed.ProcessSpec{Name: program, Path: shared.Binary(program),
					Args: []string{flag}, LogFile: filepath.Join(t.TempDir(), "log")})
				if err != nil {
					t.Fatal(err)
				}
				defer process.Kill()

				code, err := process.Wait(5 * time.Second)

				name, _, _ := strings.Cut(strings.TrimPrefix(flag, "--"), "=")
				if err != nil || code != 2 || !strings.Contains(process.Log(), name) {
					t.Fatalf("exit code %d (%v), output %q", code, err, process.Log())
				}
			})
		}
	}
}

// troubled starts both programs with a kubeconfig that does not work and expects that they stay up, say why, are
// healthy, not ready, and do not burn the processor.
func (s *scene) troubled(kubeconfig string, words ...string) []*world.Program {
	s.Helper()
	controller, err := s.w.StartController("--kubeconfig=" + kubeconfig)
	s.must(err)
	webhook, err := s.w.StartWebhook("--kubeconfig=" + kubeconfig)
	s.must(err)
	programs := []*world.Program{controller, webhook}
	for _, program := range programs {
		s.eventually(startLimit, func() error {
			if !program.Running() {
				return world.Permanent(fmt.Errorf("%s ended with exit code %d:\n%s", program.Name(), program.ExitCode(), program.LogTail()))
			}
			if !program.Healthy(s.ctx) {
				return fmt.Errorf("%s is not healthy (SHD-6)", program.Name())
			}
			return holdsAll("the log of "+program.Name(), program.Log(), words...)
		})
	}
	const watched = 3 * time.Second
	before := []time.Duration{s.processorTime(programs[0]), s.processorTime(programs[1])}
	s.must(world.Throughout(s.ctx, watched, func() error {
		for _, program := range programs {
			if !program.Running() || program.Ready(s.ctx) {
				return fmt.Errorf("%s: running %t, ready %t", program.Name(), program.Running(), program.Ready(s.ctx))
			}
		}
		return nil
	}))
	for i, program := range programs {
		if used := s.processorTime(program) - before[i]; used > watched/4 {
			s.Fatalf("%s used %s of processor time within %s", program.Name(), used, watched)
		}
	}
	return programs
}

// processorTime that a program has used, from /proc: fields utime and stime, in hundredths of a second.
func (s *scene) processorTime(program *world.Program) time.Duration {
	s.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", program.Pid()))
	s.must(err)
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	s.must(err)
	system, err := strconv.Atoi(fields[12])
	s.must(err)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// kubeconfigWith writes a kubeconfig of the controller's ServiceAccount with one piece of text replaced.
func (s *scene) kubeconfigWith(old, replacement string) string {
	s.Helper()
	good, err := s.w.Plane.ServiceAccountKubeconfig(s.ctx, world.OwnNamespace, world.ControllerServiceAccount)
	s.must(err)
	text, err := os.ReadFile(good)
	s.must(err)
	if !strings.Contains(string(text), old) {
		s.Fatalf("the kubeconfig does not hold %q", old)
	}
	path := filepath.Join(s.TempDir(), "kubeconfig")
	s.must(os.WriteFile(path, []byte(strings.ReplaceAll(string(text), old, replacement)), 0o600))
	return path
}

func TestWithoutAnAPIServerBothProgramsWaitAndNameItsAddress(t *testing.T) {
	s := newScene(t)
	port, err := testbed.FreePort()
	s.must(err)
	nobody := testbed.Loopback(port)

	s.troubled(s.kubeconfigWith(strings.TrimPrefix(s.w.Plane.URL(), "https://"), nobody), nobody)
}

func TestWithoutRightsBothProgramsWaitAndNameTheRight(t *testing.T) {
	s := newScene(t)
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "powerless"}}
	_, err := s.client().CoreV1().ServiceAccounts("default").Create(s.ctx, account, metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		s.must(err)
	}
	kubeconfig, err := s.w.Plane.ServiceAccountKubeconfig(s.ctx, "default", "powerless")
	s.must(err)

	s.troubled(kubeconfig, "403", "cannot")
}

func TestABadKubeconfigIsReportedAndARepairedOneTakesEffect(t *testing.T) {
	s := newScene(t)
	good := s.kubeconfigWith("", "")
	text, err := os.ReadFile(good)
	s.must(err)
	broken := filepath.Join(t.TempDir(), "broken.kubeconfig")
	s.must(os.WriteFile(broken, []byte("clusters: [unclosed\n"), 0o600))
	programs := s.troubled(broken, broken)

	s.must(os.WriteFile(broken, text, 0o600))

	s.must(programs[0].AwaitReady(s.ctx, 60*time.Second))
}

func TestABadTokenIsReportedAndARepairedTokenFileTakesEffect(t *testing.T) {
	s := newScene(t)
	good, err := s.w.Plane.ServiceAccountKubeconfig(s.ctx, world.OwnNamespace, world.ControllerServiceAccount)
	s.must(err)
	token, err := os.ReadFile(good + ".token")
	s.must(err)
	tokenFile := filepath.Join(t.TempDir(), "token")
	s.must(os.WriteFile(tokenFile, []byte("not-a-token"), 0o600))
	programs := s.troubled(s.kubeconfigWith(good+".token", tokenFile), "401")

	s.must(os.WriteFile(tokenFile, token, 0o600))

	s.must(programs[0].AwaitReady(s.ctx, 90*time.Second))
}
