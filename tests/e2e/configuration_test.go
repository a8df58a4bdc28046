// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	eventsv1 "k8s.io/api/events/v1"

	"acr-credential-helper/tests/world"
)

// brokenEdits are edits that a person makes by mistake; each would narrow what is served if it were obeyed.
var brokenEdits = []struct {
	name, key string
	changes   []string
}{
	{"an unclosed bracket", "acr-registry-info",
		[]string{"acr-registry-info", "- instanceId: \"cri-acme0000000000\"\n  domains: [\"acme-registry\"\n"}},
	{"a duration that is none", "expiring-threshold", []string{"expiring-threshold", "a quarter of an hour"}},
	{"a misspelt key", "watch-namespce", []string{"watch-namespace", "", "watch-namespce", "all"}},
}

// named is a scope that can be narrowed by a few ServiceAccounts only: an edit that unbinds most of the cluster is
// obeyed later, on purpose. `probe` is asked about by AwaitWebhook.
const named = "default,web,probe"

var position = regexp.MustCompile(`(?i)\bline:? ?\d+\b.*\bcolumn:? ?\d+\b`)

func TestABrokenEditChangesNothingNotEvenOverARestartOfEverything(t *testing.T) {
	for _, edit := range brokenEdits {
		t.Run(edit.name, func(t *testing.T) {
			s := newScene(t)
			controller, webhook, namespace := s.startBoth("service-account", named)
			s.createAccount(namespace, "web", "foreign")
			s.awaitBound(namespace, "default", soon)
			before, calls := s.snapshot(namespace), s.cloudCalls()

			webhook.Kill() // it would refuse the edit; nobody should depend on that
			s.configure(append([]string{"service-account", named, "webhook-configuration", world.WebhookOn}, edit.changes...)...)

			s.awaitEvent("ConfigurationInvalid", soon, func(event eventsv1.Event) error {
				if event.Regarding.Name != world.ConfigMapName || !strings.Contains(event.Note, edit.key) || !position.MatchString(event.Note) {
					return fmt.Errorf("the Event about %s says %q", event.Regarding.Name, event.Note)
				}
				return nil
			})
			s.unchanged(before, namespace)
			controller.Kill()
			s.expectServiceAsBefore(before, calls, namespace)
			s.expectHealing(namespace)
		})
	}
}

func TestADeletedConfigMapChangesNothingNotEvenOverARestartOfEverything(t *testing.T) {
	s := newScene(t)
	controller, webhook, namespace := s.startBoth("service-account", named)
	s.createAccount(namespace, "web", "foreign")
	s.awaitBound(namespace, "default", soon)
	before, calls := s.snapshot(namespace), s.cloudCalls()

	s.must(s.w.DeleteConfiguration(s.ctx))
	s.awaitBound(s.namespace(), "default", soon) // the controller has gone on past the deletion
	s.unchanged(before, namespace)
	controller.Kill()
	webhook.Kill()

	s.expectServiceAsBefore(before, calls, namespace)
	s.expectHealing(namespace)
}

// expectServiceAsBefore starts both programs anew and expects the service of before, from memory alone.
func (s *scene) expectServiceAsBefore(before map[string]string, calls int, namespace string) {
	s.Helper()
	s.startWebhook()
	s.startController()
	fresh := s.namespace()
	s.awaitSecret(fresh, startLimit)
	s.awaitBound(fresh, "default", soon)
	s.must(s.w.AwaitWebhook(s.ctx, fresh, true, soon))
	s.unchanged(before, namespace)
	if after := s.cloudCalls(); after != calls {
		s.Fatalf("the restart cost %d cloud calls", after-calls)
	}
}

// expectHealing writes a good configuration that is narrower than the one before and expects it to be obeyed.
func (s *scene) expectHealing(namespace string) {
	s.Helper()
	s.configure("service-account", "default", "webhook-configuration", world.WebhookOff)
	s.awaitPullSecrets(namespace, "web", soon, "foreign")
	s.awaitBound(namespace, "default", promised)
	s.awaitWebhooks(0)
}
