// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/world"
)

// deaths of a webhook: nobody listens any more, or nobody answers.
var deaths = map[string]func(*world.Program){"ended": (*world.Program).Kill, "hangs": (*world.Program).Freeze}

const boundWithin = 2 * time.Second // by the controller, where no webhook answers

func TestADeadWebhookUnderIgnoreDelaysACreationByItsTimeoutAtMostAndTheControllerBinds(t *testing.T) {
	for name, die := range deaths {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			const timeout, count = 2 * time.Second, 3
			_, webhook, namespace := s.startBoth("webhook-configuration", "enable: true\nfailure-policy: Ignore\ntimeout-seconds: 2\n")
			before := s.hookCalls(hookName)
			die(webhook)
			t.Cleanup(webhook.Kill)

			for i := range count {
				name, began := fmt.Sprintf("a-%d", i), time.Now()
				if names := namesOf(s.createAccount(namespace, name)); len(names) > 0 {
					t.Errorf("the create answer lists %v", names)
				}
				if took := time.Since(began); took > timeout+promised {
					t.Errorf("creation %d took %s", i, took)
				}
				s.awaitBound(namespace, name, boundWithin)
			}

			if failed := s.hookCalls(hookName).failed - before.failed; failed < count {
				t.Errorf("kube-apiserver forgave %.0f calls: the test shows nothing", failed)
			}
		})
	}
}

func TestADeadWebhookUnderFailStopsCreationsForAtMost25SecondsAndFailReturnsWithIt(t *testing.T) {
	s := newScene(t)
	controller, webhook, namespace := s.startBoth()
	webhook.Kill()
	died := time.Now()
	if _, err := s.client().CoreV1().ServiceAccounts(namespace).Create(s.ctx, accountWith("refused"), metav1.CreateOptions{}); err == nil {
		t.Fatal("under Fail a ServiceAccount was created without the webhook")
	}

	s.eventually(time.Until(died.Add(25*time.Second)), func() error {
		_, err := s.client().CoreV1().ServiceAccounts(namespace).Create(s.ctx, accountWith("first"), metav1.CreateOptions{})
		return err
	})

	took := time.Since(died)
	t.Logf("creations passed %s after the webhook's death", took.Round(time.Millisecond))
	if took < 15*time.Second {
		t.Errorf("the breaker opened after %s already", took)
	}
	accounts := s.createAccounts(namespace, anyAnswer) // from now on none is refused
	s.awaitBound(namespace, "first", boundWithin)
	for i := range 5 {
		name := fmt.Sprintf("open-%d", i)
		s.createAccount(namespace, name)
		s.awaitBound(namespace, name, boundWithin)
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
	accounts.end()
	if names := namesOf(s.createAccount(namespace, "at-once")); len(names) != 1 || names[0] != world.SecretName {
		t.Errorf("the create answer lists %v", names)
	}
}
