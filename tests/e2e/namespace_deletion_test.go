// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// How long kube-controller-manager may take to remove a namespace: it may have hundreds of other tests before it.
const goneLimit = 4 * time.Minute

func TestNamespacesDeletedWhileBeingServedDisturbNobody(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "*")
	controller := s.startServing()
	witness := s.namespace()
	s.awaitBound(witness, "default", soon)
	s.awaitSecret(witness, soon)
	before := s.snapshot(witness)

	// Every namespace is deleted a little later in its life than the one before, so that deletions meet all stages.
	var doomed []string
	for i := range 15 {
		namespace := s.namespace()
		s.createAccount(namespace, "web")
		doomed = append(doomed, namespace)
		<-time.After(time.Duration(i) * 10 * time.Millisecond)
		s.must(s.client().CoreV1().Namespaces().Delete(s.ctx, namespace, metav1.DeleteOptions{}))
	}

	s.must(s.w.ForgetNamespaces(s.ctx, doomed, goneLimit))
	fresh := s.namespace()
	s.awaitSecret(fresh, promised)
	s.awaitBound(fresh, "default", promised)
	s.unchanged(before, witness)
	if !controller.Running() {
		t.Fatalf("the controller ended:\n%s", controller.LogTail())
	}
}

func TestANamespaceThatIsMadeAnewIsServedAnew(t *testing.T) {
	s := newScene(t)
	s.configure()
	s.startServing()
	namespace := s.namespace()
	old := s.awaitSecret(namespace, soon)
	s.must(s.w.ForgetNamespaces(s.ctx, []string{namespace}, goneLimit))

	s.createNamespace(namespace)

	fresh := s.awaitSecret(namespace, promised)
	s.awaitBound(namespace, "default", promised)
	if fresh.UID == old.UID {
		t.Fatal("the Secret is still the old one")
	}
}
