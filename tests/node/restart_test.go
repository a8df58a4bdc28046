// SPDX-License-Identifier: Apache-2.0

package node

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const apps = 30

// crowd is a lot of apps that are being installed, a few at a time, each with a namespace and an image of its own.
type crowd struct {
	namespaces []string
	work       sync.WaitGroup
	failures   []error
}

func (s *scene) installCrowd() *crowd {
	s.Helper()
	const installers = 3
	c := &crowd{failures: make([]error, apps)}
	images := make([]string, apps)
	for i := range apps {
		c.namespaces = append(c.namespaces, s.freeName())
		s.deleteLater(c.namespaces[i])
		images[i] = s.push()
	}
	for installer := range installers {
		c.work.Go(func() {
			for i := installer; i < apps; i += installers {
				c.failures[i] = s.installApp(c.namespaces[i], "shop", images[i])
			}
		})
	}
	return c
}

// wait until all are installed.
func (c *crowd) wait() error {
	c.work.Wait()
	return errors.Join(c.failures...)
}

func TestNoAppFailsWhileTheHelperIsUpgraded(t *testing.T) {
	s := newScene(t)
	s.installHelper()
	s.configure(true)
	before := s.helperPods()

	crowd := s.installCrowd()
	s.installHelper("podAnnotations.restarted=now")
	s.must(crowd.wait())

	for _, namespace := range crowd.namespaces {
		s.awaitRunning(namespace, "app=shop", 1)
	}
	s.noPullFailed(crowd.namespaces...)
	for name := range s.helperPods() {
		if _, old := before[name]; old {
			t.Errorf("pod %s is still there: nothing was upgraded", name)
		}
	}
}

// With failure-policy Ignore an app may be created in the moment in which a killed webhook still gets questions. Such an app has to
// wait: its ServiceAccount is bound in the background, and the next pod runs.
func TestNoAppFailsForGoodWhileEveryHelperPodIsKilledInTurn(t *testing.T) {
	s := newScene(t)
	s.installHelper()
	s.configure(true)

	crowd := s.installCrowd()
	var killed int
	for name, pod := range s.helperPods() {
		s.must(syscall.Kill(s.processOf(&pod), syscall.SIGKILL))
		killed++
		s.eventually(soon, func() error { return s.restarted(name, pod.Status.ContainerStatuses[0].RestartCount+1) })
	}
	s.must(crowd.wait())

	var late int
	for _, namespace := range crowd.namespaces {
		if s.isBoundTooLate(namespace) {
			late++
			s.must(s.client().CoreV1().Pods(namespace).DeleteCollection(s.ctx, metav1.DeleteOptions{}, metav1.ListOptions{}))
		}
		s.awaitRunning(namespace, "app=shop", 1)
	}
	t.Logf("%d processes killed while %d apps were installed; %d apps needed a second pod", killed, apps, late)
}

// isBoundTooLate tells whether an app's pod was made before its ServiceAccount was bound, which is so by now.
func (s *scene) isBoundTooLate(namespace string) (late bool) {
	s.Helper()
	s.eventually(soon, func() error {
		if err := s.bound(namespace, "shop"); err != nil {
			return err
		}
		pods, err := s.client().CoreV1().Pods(namespace).List(s.ctx, metav1.ListOptions{LabelSelector: "app=shop"})
		if err != nil {
			return err
		}
		if len(pods.Items) == 0 {
			return fmt.Errorf("no pod yet in namespace %s", namespace)
		}
		late = len(pods.Items[0].Spec.ImagePullSecrets) == 0
		return nil
	})
	return late
}

// helperPods that are not on their way out, by name.
func (s *scene) helperPods() map[string]corev1.Pod {
	s.Helper()
	list, err := s.client().CoreV1().Pods("kube-system").List(s.ctx, metav1.ListOptions{LabelSelector: labels})
	s.must(err)
	pods := map[string]corev1.Pod{}
	for _, pod := range list.Items {
		if pod.DeletionTimestamp == nil && pod.Status.Phase == corev1.PodRunning {
			pods[pod.Name] = pod
		}
	}
	return pods
}

func (s *scene) restarted(name string, count int32) error {
	pod, err := s.client().CoreV1().Pods("kube-system").Get(s.ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if status := pod.Status.ContainerStatuses[0]; status.RestartCount < count || !status.Ready {
		return fmt.Errorf("pod %s: %d restarts, %s", name, status.RestartCount, why(pod))
	}
	return nil
}
