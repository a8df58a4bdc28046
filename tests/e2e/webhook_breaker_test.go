// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/world"
)

func TestADeadWebhookUnderFailStopsCreationsForAtMost25SecondsAndFailReturnsWithIt(t *testing.T) {
	s := newScene(t)
	controller, webhook, namespace := s.startBoth()
	webhook.Kill()
	died := time.Now()
	if _, err := s.client().CoreV1().ServiceAccounts(namespace).Create(s.ctx, accountWith("refused"), metav1.CreateOptions{}); err == nil {
		t.Fatal("under Fail a ServiceAccount was created without the webhook")
	}

	took := s.eventually(25*time.Second, func() error {
		name := fmt.Sprintf("a-%d", time.Now().UnixMilli())
		if _, err := s.client().CoreV1().ServiceAccounts(namespace).Create(s.ctx, accountWith(name), metav1.CreateOptions{}); err != nil {
			return err
		}
		s.awaitBound(namespace, name, 2*time.Second)
		return nil
	})

	t.Logf("creations passed %s after the webhook's death", took.Round(time.Millisecond))
	if now := time.Since(died); now < 15*time.Second {
		t.Errorf("the breaker opened after %s already", now)
	}
	s.awaitEvent("WebhookBreakerOpened", soon, noted("acr-webhook", "Ignore"))
	s.awaitMetric(controller, "acr_webhook_breaker_open 1", soon)

	s.startWebhook()

	returned := s.eventually(25*time.Second, func() error {
		if hooks := s.registration().Webhooks; len(hooks) != 1 || *hooks[0].FailurePolicy != "Fail" {
			return fmt.Errorf("registered are %+v", hooks)
		}
		return nil
	})
	t.Logf("Fail was back %s after the webhook", returned.Round(time.Millisecond))
	s.awaitEvent("WebhookBreakerClosed", soon, noted("Fail"))
	s.awaitMetric(controller, "acr_webhook_breaker_open 0", soon)
	s.must(s.w.AwaitWebhook(s.ctx, namespace, true, soon))
	if names := namesOf(s.createAccount(namespace, "at-once")); len(names) != 1 || names[0] != world.SecretName {
		t.Errorf("the create answer lists %v", names)
	}
}
