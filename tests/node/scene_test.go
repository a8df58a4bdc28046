// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"acr-credential-helper/tests/world"
)

const (
	soon     = 60 * time.Second // for what has no promised time on a small machine
	vpcHost  = "acme-registry-vpc.cn-hangzhou.cr.aliyuncs.com"
	appImage = vpcHost + "/apps/web"
)

// scene is one test's view of the shared node.
type scene struct {
	*testing.T
	*site
	ctx context.Context
}

func newScene(t *testing.T) *scene {
	return &scene{t, &shared, t.Context()}
}

func (s *scene) client() kubernetes.Interface { return s.Plane.Client() }

func (s *scene) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *scene) eventually(limit time.Duration, check func() error) time.Duration {
	s.Helper()
	begin := time.Now()
	s.must(world.Eventually(s.ctx, limit, check))
	return time.Since(begin)
}

// freeName for a namespace, derived from the test's.
func (s *scene) freeName() string {
	return fmt.Sprintf("%s-%06x", strings.ToLower(s.Name()[4:min(len(s.Name()), 24)]), rand.IntN(1<<24))
}

// namespace creates a namespace that is deleted after the test.
func (s *scene) namespace() string {
	s.Helper()
	name := s.freeName()
	_, err := s.client().CoreV1().Namespaces().Create(s.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	s.must(err)
	s.deleteLater(name)
	return name
}

func (s *scene) deleteLater(namespace string) {
	s.Cleanup(func() {
		now := int64(0)
		_ = s.client().CoreV1().Namespaces().Delete(context.Background(), namespace, metav1.DeleteOptions{GracePeriodSeconds: &now})
	})
}

// push puts a private image that no node has seen into the registry and returns its reference.
func (s *scene) push() string {
	s.Helper()
	image := fmt.Sprintf("%s:%08x", appImage, rand.Uint32())
	s.pushAs(image)
	return image
}

func (s *scene) pushAs(image string) {
	s.Helper()
	content, err := s.Idle.Marked(image)
	s.must(err)
	s.must(world.PushImage(s.ctx, s.cloud.Addresses(), image, content))
}

// pod of one container; it never waits for its end.
func pod(name, image string, pullSecrets ...string) *corev1.Pod {
	now := int64(0)
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.PodSpec{
		Containers: []corev1.Container{{Name: "app", Image: image}}, TerminationGracePeriodSeconds: &now,
	}}
	for _, secret := range pullSecrets {
		p.Spec.ImagePullSecrets = append(p.Spec.ImagePullSecrets, corev1.LocalObjectReference{Name: secret})
	}
	return p
}

func (s *scene) create(namespace string, wanted *corev1.Pod) {
	s.Helper()
	_, err := s.client().CoreV1().Pods(namespace).Create(s.ctx, wanted, metav1.CreateOptions{})
	s.must(err)
}

// awaitRunning waits until that many pods with a label run and returns how long it took.
func (s *scene) awaitRunning(namespace, selector string, count int) time.Duration {
	s.Helper()
	return s.eventually(soon, func() error { return s.running(namespace, selector, count) })
}

func (s *scene) running(namespace, selector string, count int) error {
	pods, err := s.client().CoreV1().Pods(namespace).List(s.ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return err
	}
	var found int
	var others []string
	for _, pod := range pods.Items {
		if pod.Status.Phase == corev1.PodRunning && pod.DeletionTimestamp == nil && ready(&pod) {
			found++
		} else {
			others = append(others, pod.Name+": "+why(&pod))
		}
	}
	if found < count {
		return fmt.Errorf("%d of %d pods %s run in namespace %q; %v", found, count, selector, namespace, others)
	}
	return nil
}

func ready(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// why says what a pod waits for.
func why(pod *corev1.Pod) string {
	for _, status := range pod.Status.ContainerStatuses {
		if waiting := status.State.Waiting; waiting != nil {
			return waiting.Reason + " " + waiting.Message
		}
		if ended := status.State.Terminated; ended != nil {
			return fmt.Sprintf("%s, exit code %d", ended.Reason, ended.ExitCode)
		}
	}
	return string(pod.Status.Phase)
}

// failedPulls counts, from the Events of a namespace, how often a pull failed or a pull Secret was missed.
func (s *scene) failedPulls(namespace string) (count int, messages []string) {
	s.Helper()
	events, err := s.client().CoreV1().Events(namespace).List(s.ctx, metav1.ListOptions{})
	s.must(err)
	for _, event := range events.Items {
		about := event.InvolvedObject.Kind == "Pod" && event.Type == corev1.EventTypeWarning
		if !about || !strings.Contains(event.Message, "pull") && !strings.Contains(event.Message, "Pull") {
			continue
		}
		count += int(max(event.Count, 1))
		messages = append(messages, fmt.Sprintf("%s (%d times): %s", event.Reason, max(event.Count, 1), event.Message))
	}
	return count, messages
}

func (s *scene) noPullFailed(namespaces ...string) {
	s.Helper()
	for _, namespace := range namespaces {
		if count, messages := s.failedPulls(namespace); count > 0 {
			s.Errorf("%d failed pulls in namespace %s: %s", count, namespace, strings.Join(messages, "\n"))
		}
	}
}

// bound is an error unless a ServiceAccount lists the pull Secret.
func (s *scene) bound(namespace, name string) error {
	account, err := s.client().CoreV1().ServiceAccounts(namespace).Get(s.ctx, name, metav1.GetOptions{})
	if err == nil && !world.HasPullSecret(account, world.SecretName) {
		err = fmt.Errorf("the ServiceAccount %s of namespace %s lists %v", name, namespace, world.Names(account.ImagePullSecrets))
	}
	return err
}
