// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"testing"

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
}
