// SPDX-License-Identifier: Apache-2.0

package node

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestAnAppInstalledTogetherWithItsNamespaceRunsAtTheFirstTry(t *testing.T) {
	s := newScene(t)
	s.installHelper()
	s.configure(true)

	for i := range 5 {
		namespace, image := s.freeName(), s.push()
		s.deleteLater(namespace)
		s.must(s.installApp(namespace, "shop", image))
		t.Logf("app %d runs %s after helm install", i, s.awaitRunning(namespace, "app=shop", 1))
		s.noPullFailed(namespace)
	}
}

func TestWithoutTheWebhookAPodThatIsCreatedLaterRuns(t *testing.T) {
	s := newScene(t)
	s.installHelper()
	s.configure(false)
	namespace := s.freeName()
	s.deleteLater(namespace)
	s.must(s.installApp(namespace, "shop", s.push()))

	s.eventually(soon, func() error { return s.bound(namespace, "shop") })
	later := pod("later", s.push())
	later.Spec.ServiceAccountName = "shop"
	later.Labels = map[string]string{"app": "later"}
	s.create(namespace, later)

	s.awaitRunning(namespace, "app=later", 1)
	events, err := s.client().CoreV1().Events(namespace).List(s.ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=later"})
	s.must(err)
	for _, event := range events.Items {
		if event.Type == corev1.EventTypeWarning {
			t.Errorf("%s: %s", event.Reason, event.Message)
		}
	}
}
