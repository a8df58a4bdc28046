// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/world"
)

func TestCleanupTakesBackWhatWasWrittenAndNothingElseAndCanBeRepeated(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "default,web")
	controller := s.startServing()
	namespace := s.namespace()
	s.createAccount(namespace, "web", "first")
	s.awaitPullSecrets(namespace, "web", soon, "first", world.SecretName)
	s.awaitBound(namespace, "default", soon)
	s.awaitStatus("summary", soon, "leader: ")
	check := s.createCheckPod()
	s.must(controller.Stop(soon))
	s.must(s.client().CoordinationV1().Leases(world.OwnNamespace).Delete(s.ctx, world.LeaseName, metav1.DeleteOptions{}))

	for round := 1; round <= 2; round++ {
		cleanup, err := s.w.StartController("--cleanup")
		s.must(err)
		s.eventually(soon*3, func() error {
			if cleanup.Running() {
				return fmt.Errorf("round %d has not ended", round)
			}
			return nil
		})
		if code := cleanup.ExitCode(); code != 0 {
			t.Fatalf("round %d ended with exit code %d", round, code)
		}
	}

	s.awaitPullSecrets(namespace, "web", promised, "first")
	s.awaitPullSecrets(namespace, "default", promised)
	if _, err := s.secret(namespace); !apierrors.IsNotFound(err) {
		t.Fatalf("the pull Secret is still there (%v)", err)
	}
	if _, err := s.status(); !apierrors.IsNotFound(err) {
		t.Fatalf("the status is still there (%v)", err)
	}
	if _, err := s.client().CoreV1().Pods(world.OwnNamespace).Get(s.ctx, check, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Fatalf("the pod of helm test is still there (%v)", err)
	}
	s.leaseGoesWithTheControllersRole()
}

// createCheckPod creates what helm test leaves behind.
func (s *scene) createCheckPod() string {
	s.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "acr-check-credentials"},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "check", Image: "acr-credential-helper:0.1.0"}}}}
	_, err := s.client().CoreV1().Pods(world.OwnNamespace).Create(s.ctx, pod, metav1.CreateOptions{})
	s.must(err)
	return pod.Name
}

// leaseGoesWithTheControllersRole: while that is there, a controller that still runs would make the Lease anew.
func (s *scene) leaseGoesWithTheControllersRole() {
	s.Helper()
	lease, err := s.client().CoordinationV1().Leases(world.OwnNamespace).Get(s.ctx, world.LeaseName, metav1.GetOptions{})
	s.must(err)
	role, err := s.client().RbacV1().Roles(world.OwnNamespace).Get(s.ctx, world.ControllerRole, metav1.GetOptions{})
	s.must(err)
	if owners := lease.OwnerReferences; len(owners) != 1 || owners[0].UID != role.UID {
		s.Errorf("the Lease is owned by %v, not by the Role %s", owners, role.Name)
	}
}
