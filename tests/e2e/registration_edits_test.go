// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/retry"

	"acr-credential-helper/tests/world"
)

// Edits of the key webhook-configuration: on and off, policy and timeout.
var hookEdits = []string{world.WebhookOn, world.WebhookOff, webhookIgnore, "enable: true\nfailure-policy: Fail\ntimeout-seconds: 3\n",
	"enable: true\ntimeout-seconds: 30\n", world.WebhookOff}

// edit writes these in a row, again and again.
func (s *scene) edit(times int, texts ...string) {
	s.Helper()
	for i := range times {
		s.must(retry.OnError(retry.DefaultBackoff, apierrors.IsConflict, func() error {
			return s.w.Configure(s.ctx, settings("service-account", "*", "webhook-configuration", texts[i%len(texts)]))
		}))
		pause()
	}
}

// pause is about as long as the controller needs for an edit, so that some come in the middle of one.
func pause() { <-time.After(50 * time.Millisecond) }

func anyAnswer(*corev1.ServiceAccount) error { return nil }

func TestAHundredEditsInARowStopNoCreationAndTheLastOneIsTheFinalState(t *testing.T) {
	s := newScene(t)
	_, _, namespace := s.startBoth()
	before := s.hookCalls(hookName)
	var streams []*stream
	for range 4 {
		streams = append(streams, s.createAccounts(s.namespace(), anyAnswer))
	}

	s.edit(70, hookEdits...)
	s.edit(30, append(slices.Clone(hookEdits), policyOn)...) // from the first of these on the policy stands, and few reach the webhook
	s.configure("service-account", "*", "webhook-configuration", "enable: true\nfailure-policy: Fail\ntimeout-seconds: 7\n")
	final := func() error {
		if hooks := s.registration().Webhooks; len(hooks) != 1 || *hooks[0].FailurePolicy != admissionv1.Fail || *hooks[0].TimeoutSeconds != 7 {
			return fmt.Errorf("registered are %+v", hooks)
		}
		return nil
	}
	took := s.eventually(promised, final)
	t.Logf("the last edit was in force after %s", took.Round(time.Millisecond))
	for _, accounts := range streams {
		accounts.end() // none was refused
	}
	s.awaitPolicyStands(false, 20*time.Second)       // an edit to `mode: policy` on the way leaves nothing behind
	s.must(world.Throughout(s.ctx, promised, final)) // and none of the others comes after the last
	s.awaitHooksKnown(namespace)
	if names := namesOf(s.createAccount(namespace, "afterwards")); len(names) != 1 {
		t.Errorf("afterwards the create answer lists %v", names)
	}
	s.noCallFailed(before) // nor was a failure forgiven where Ignore was registered
}

func TestWhileNoWebhookAnswersNoEditMakesKubeAPIServerAskOne(t *testing.T) {
	s := newScene(t)
	_, webhook, namespace := s.startBoth()
	s.configure("service-account", "*", "webhook-configuration", world.WebhookOff)
	s.awaitWebhooks(0)
	s.awaitHooksKnown(namespace)
	webhook.Kill()
	before := s.hookCalls(hookName)
	accounts := s.createAccounts(namespace, anyAnswer)

	s.edit(30, hookEdits...)
	for range 2 {
		s.configure("service-account", "*", "webhook-configuration", world.WebhookOn)
		accounts.awaitNext()
		s.must(expectNoWebhook(s))
		s.configure("service-account", "*", "webhook-configuration", webhookIgnore)
		accounts.awaitNext()
		s.must(expectNoWebhook(s))
	}
	accounts.end()
	if now := s.hookCalls(hookName); now.answered != before.answered || now.failed != before.failed {
		t.Errorf("kube-apiserver counted %+v, and %+v before", now, before)
	}

	// A webhook that has just started, and is not ready yet, is asked only once it is.
	s.configure("service-account", "*", "webhook-configuration", world.WebhookOn)
	accounts = s.createAccounts(s.namespace(), anyAnswer)
	s.startWebhook()
	s.awaitWebhooks(1)
	accounts.awaitNext()
	accounts.end()
	s.noCallFailed(before)
}
