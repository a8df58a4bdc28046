// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

// installRelease installs the chart `app` under a name and returns its first pod as it was created.
func (s *scene) installRelease(namespace, name string) *corev1.Pod {
	s.Helper()
	chart := filepath.Join(testbed.ModuleDir(), "fixtures", "charts", "app")
	_, err := s.w.Plane.Run(s.ctx, "helm", "install", name, chart, "--namespace", namespace)
	s.must(err)
	return s.awaitPod(namespace, name, "")
}

// awaitPod waits for a pod of a release other than the one with the uid `not`.
func (s *scene) awaitPod(namespace, release string, not types.UID) *corev1.Pod {
	s.Helper()
	var pod corev1.Pod
	s.eventually(startLimit, func() error {
		pods, err := s.client().CoreV1().Pods(namespace).List(s.ctx, metav1.ListOptions{LabelSelector: "app=" + release})
		if err != nil {
			return err
		}
		for _, pod = range pods.Items {
			if pod.UID != not {
				return nil
			}
		}
		return fmt.Errorf("release %s has no new pod in namespace %s", release, namespace)
	})
	return &pod
}

func podPullSecrets(pod *corev1.Pod) []string {
	var names []string
	for _, reference := range pod.Spec.ImagePullSecrets {
		names = append(names, reference.Name)
	}
	return names
}

func TestWithWebhookTheFirstPodOfAHelmReleaseCarriesThePullSecret(t *testing.T) {
	s := newScene(t)
	_, _, namespace := s.startBoth()

	for i := range 5 {
		pod := s.installRelease(namespace, fmt.Sprintf("shop-%d", i))

		if names := podPullSecrets(pod); !slices.Equal(names, []string{world.SecretName}) {
			t.Fatalf("pod %s carries %v from its creation", pod.Name, names)
		}
	}
}

func TestWithoutWebhookTheNextPodOfAHelmReleaseCarriesThePullSecret(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "*")
	s.startServing()
	namespace := s.namespace()
	s.awaitSecret(namespace, soon)

	first := s.installRelease(namespace, "shop")

	s.awaitBound(namespace, "shop", promised)
	s.must(s.client().CoreV1().Pods(namespace).Delete(s.ctx, first.Name, metav1.DeleteOptions{}))
	next := s.awaitPod(namespace, "shop", first.UID)
	if names := podPullSecrets(next); !slices.Equal(names, []string{world.SecretName}) {
		t.Fatalf("pod %s carries %v", next.Name, names)
	}
}
