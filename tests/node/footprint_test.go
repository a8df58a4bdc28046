// SPDX-License-Identifier: Apache-2.0

package node

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/testbed"
)

const (
	crowdedNamespaces = 100
	memoryGoal        = 8 << 20 // bytes of anonymous memory
	processorGoal     = 2.0     // thousandths of a processor
	startGoal         = time.Second
	restTime          = 60 * time.Second
	clockTicks        = 100.0 // a second, in /proc
)

func TestFootprint(t *testing.T) {
	s := newScene(t)
	s.useLogins(0) // of an hour: a helper that renews all the time is not at rest
	s.installHelper()
	s.configure(true)
	var last string
	for range crowdedNamespaces {
		last = s.namespace()
	}
	s.eventually(soon, func() error { return s.filled(last) })
	pods := s.helperPods()
	before := map[string]float64{}
	for name, pod := range pods {
		before[name] = s.processorTime(s.processOf(&pod))
	}
	time.Sleep(restTime) // at rest nothing happens that could be watched

	fastest := soon
	t.Logf("%-18s %9s %14s %12s", "pod", "anonymous", "at rest", "until ready")
	for name, pod := range pods {
		process := s.processOf(&pod)
		memory := s.anonymousMemory(process)
		load := (s.processorTime(process) - before[name]) / restTime.Seconds() * 1000
		start := s.startTime(&pod, process)
		fastest = min(fastest, start)
		t.Logf("%-18s %5.1f MiB %6.1f millicores %8.2f s", pod.Labels["app.kubernetes.io/component"],
			float64(memory)/(1<<20), load, start.Seconds())
		if memory > memoryGoal {
			t.Errorf("pod %s has %d bytes of anonymous memory, the goal is %d", name, memory, memoryGoal)
		}
		if load > processorGoal {
			t.Errorf("pod %s takes %.1f millicores at rest, the goal is %.1f", name, load, processorGoal)
		}
	}
	if fastest > startGoal { // the slower ones tell of the machine
		t.Errorf("no pod was ready within %s of its start", startGoal)
	}
	status, err := os.Stat(testbed.ImageFile())
	s.must(err)
	t.Logf("image: %.1f MB compressed; %d namespaces", float64(status.Size())/1e6, crowdedNamespaces)
}

// startTime kills the process of a pod and says how long the next one took from its start until it was ready.
func (s *scene) startTime(pod *corev1.Pod, process int) time.Duration {
	s.Helper()
	s.must(syscall.Kill(process, syscall.SIGKILL))
	var ready time.Duration
	s.eventually(soon, func() error {
		client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
		answer, err := client.Get("http://" + pod.Status.PodIP + ":8081/readyz")
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return errors.New(answer.Status)
		}
		ready, err = uptime()
		return err
	})
	// Which process that was is known once the kubelet has noticed, which takes longer.
	var current *corev1.Pod
	s.eventually(soon, func() (err error) {
		current, err = s.client().CoreV1().Pods(pod.Namespace).Get(s.ctx, pod.Name, metav1.GetOptions{})
		if err == nil && current.Status.ContainerStatuses[0].ContainerID == pod.Status.ContainerStatuses[0].ContainerID {
			err = errors.New("the kubelet has not noticed yet")
		}
		return err
	})
	return ready - time.Duration(float64(s.stat(s.processOf(current), 19))/clockTicks*float64(time.Second))
}

// uptime of the machine, by which the starts of processes are told.
func uptime() (time.Duration, error) {
	text, err := os.ReadFile("/proc/uptime")
	if err != nil {
		return 0, err
	}
	seconds, err := strconv.ParseFloat(strings.Fields(string(text))[0], 64)
	return time.Duration(seconds * float64(time.Second)), err
}

// processOf finds the process of a pod's only container, the one whose cgroup names the container.
func (s *scene) processOf(pod *corev1.Pod) int {
	s.Helper()
	_, container, _ := strings.Cut(pod.Status.ContainerStatuses[0].ContainerID, "://")
	files, err := filepath.Glob("/proc/[0-9]*/cgroup")
	s.must(err)
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && container != "" && bytes.Contains(text, []byte(container)) {
			process, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			s.must(err)
			return process
		}
	}
	s.Fatalf("no process of pod %s, container %s", pod.Name, container)
	return 0
}

// anonymousMemory of a process in bytes.
func (s *scene) anonymousMemory(process int) int {
	s.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", process))
	s.must(err)
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Anonymous:" {
			kilobytes, err := strconv.Atoi(fields[1])
			s.must(err)
			return kilobytes << 10
		}
	}
	s.Fatalf("no anonymous memory in smaps_rollup of process %d", process)
	return 0
}

// processorTime that a process has used, in seconds.
func (s *scene) processorTime(process int) float64 {
	s.Helper()
	return float64(s.stat(process, 11)+s.stat(process, 12)) / clockTicks
}

// stat is a number of /proc/PID/stat, counted from the state, which follows the name.
func (s *scene) stat(process, at int) int {
	s.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
	s.must(err)
	number, err := strconv.Atoi(strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))[at])
	s.must(err)
	return number
}
