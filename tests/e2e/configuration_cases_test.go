// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/world"
)

// shortLife of a registry login: it is renewed after half of it, when a third is left at the least.
const shortLife = 9 * time.Second

func (s *scene) shortenLogins() {
	s.Helper()
	s.must(s.w.Cloud.SetLifetimes(s.ctx, cloud.Lifetimes{RegistryToken: cloud.Duration(shortLife)}))
}

// logins that were fetched for an instance so far.
func (s *scene) logins(instance string) int {
	s.Helper()
	count := 0
	for _, call := range s.calls() {
		if call.API == "GetAuthorizationToken" && call.Code == "success" && call.Instance == instance {
			count++
		}
	}
	return count
}

// awaitTwoRefreshes waits until each instance was logged in twice more and the Secret of the namespace was written since.
func (s *scene) awaitTwoRefreshes(namespace string, instances ...string) {
	s.Helper()
	first, err := s.secret(namespace)
	s.must(err)
	wanted := map[string]int{}
	for _, instance := range instances {
		wanted[instance] = s.logins(instance) + 2
	}
	s.eventually(4*shortLife, func() error {
		for _, instance := range instances {
			if count := s.logins(instance); count < wanted[instance] {
				return fmt.Errorf("%d logins of %s, want %d", count, instance, wanted[instance])
			}
		}
		secret, err := s.secret(namespace)
		if err == nil && secret.ResourceVersion == first.ResourceVersion {
			err = errors.New("the Secret was not written")
		}
		return err
	})
}

// neverAskedForPersonalEdition is what a fall-back to the registry that is used without a configuration would show.
func (s *scene) neverAskedForPersonalEdition() {
	s.Helper()
	for _, call := range s.calls() {
		if call.API == "GetAuthorizationToken" && call.Instance == "" {
			s.Fatalf("a login for Personal Edition was fetched: %+v", call)
		}
	}
}

func TestC25ABrokenEditStopsNeitherRefreshesNorBindings(t *testing.T) {
	s := newScene(t)
	s.shortenLogins()
	s.configure("acr-registry-info", bothInstances)
	controller := s.startController()
	namespace := s.namespace()
	hosts := append(slices.Clone(betaHosts), acmeHosts...)
	s.awaitHosts(namespace, startLimit, hosts...)
	s.awaitBound(namespace, "default", soon)
	bindings, entries := s.neverUnbound(namespace, "default", "kube-system"), s.neverLosesHosts([]string{namespace}, hosts...)

	s.configure("acr-registry-info", "- instanceId: \"cri-acme0000000000\n- instanceId: cri-beta0000000000\n")

	s.awaitEvent("ConfigurationInvalid", soon, func(event eventsv1.Event) error {
		if !position.MatchString(event.Note) {
			return fmt.Errorf("no line and column in %q", event.Note)
		}
		return noted("acr-registry-info")(event)
	})
	s.awaitMetric(controller, "acr_configuration_valid 0", soon)
	s.configure("acr-registry-info", bothInstances, "expiring-threshold", "soon") // a second error is told like the first
	s.awaitEvent("ConfigurationInvalid", soon, noted("expiring-threshold line 1"))
	s.awaitTwoRefreshes(namespace, "cri-acme0000000000", "cri-beta0000000000")
	s.awaitBound(s.namespace(), "default", soon)
	entries()
	bindings()
	s.neverAskedForPersonalEdition()
	if !controller.Running() {
		t.Fatalf("the controller ended with exit code %d", controller.ExitCode())
	}
}

func TestC26AConfigMapDeletedWhileRunningIsMissedByNobody(t *testing.T) {
	s := newScene(t)
	s.shortenLogins()
	s.configure()
	controller := s.startController()
	stays, leaves := s.namespace(), s.namespace()
	for _, namespace := range []string{stays, leaves} {
		s.awaitHosts(namespace, startLimit, acmeHosts...)
		s.awaitBound(namespace, "default", soon)
	}
	both := []string{stays, leaves}
	bindings, entries := s.neverUnbound(both...), s.neverLosesHosts(both, acmeHosts...)

	s.must(s.w.DeleteConfiguration(s.ctx))

	s.awaitEvent("ConfigurationInvalid", soon, noted("absent", "stays in force"))
	s.awaitMetric(controller, "acr_configuration_valid 0", soon)
	s.awaitTwoRefreshes(stays, "cri-acme0000000000")
	entries()
	bindings()
	s.neverAskedForPersonalEdition()
	events, err := s.events("ConfigurationInvalid")
	if err != nil || len(events) != 1 || events[0].Series != nil {
		t.Fatalf("the deletion is told by %d Events (%v), the first %+v; want it told once", len(events), err, events)
	}
	s.configure("watch-namespace", stays)
	s.awaitMetric(controller, "acr_configuration_valid 1", soon)
	s.awaitPullSecrets(leaves, "default", soon)
	s.awaitBound(stays, "default", promised)
	if !controller.Running() {
		t.Fatalf("the controller ended with exit code %d", controller.ExitCode())
	}
}

// staleBinding is an error if a ServiceAccount is bound to a Secret whose logins have ended.
func (s *scene) staleBinding(namespaces []string) error {
	for _, namespace := range namespaces {
		secret, err := s.secret(namespace)
		if err != nil {
			continue // gone, which no pod suffers from
		}
		end, err := world.Ends(secret)
		if err != nil {
			return err
		}
		names, err := s.pullSecrets(namespace, "default")
		if err == nil && slices.Contains(names, world.SecretName) && time.Since(end) > time.Second {
			err = fmt.Errorf("namespace %s is bound to a Secret that ended %s ago", namespace, time.Since(end))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func TestC27AScopeThatShrinksToTwoNamespacesLeavesNoStaleSecretBehind(t *testing.T) {
	s := newScene(t)
	s.shortenLogins()
	const system = "default,kube-*" // nothing but the twenty is bound
	s.configure("exclude-namespaces", system)
	controller := s.startController("--shrink-delay=" + (shortLife + time.Second).String()) // a login ends in the meantime
	var namespaces []string
	for range 20 {
		namespaces = append(namespaces, s.namespace())
	}
	for _, namespace := range namespaces {
		s.awaitSecret(namespace, startLimit)
		s.awaitBound(namespace, "default", soon)
	}
	foreign := namespaces[10]
	s.createAccount(foreign, "foreign", "first", "second")
	stay, leave := namespaces[:2], namespaces[2:]
	accounts, entries := s.neverWritten(stay...), s.neverLosesHosts(stay, acmeHosts...)

	s.configure("exclude-namespaces", system, "watch-namespace", strings.Join(stay, ","))

	edited := time.Now()
	s.awaitMetric(controller, "acr_scope_shrinking_serviceaccounts 18", soon)
	s.eventually(shortLife+soon, func() error {
		if err := s.staleBinding(leave); err != nil {
			return world.Permanent(err)
		}
		for _, namespace := range leave {
			if _, err := s.secret(namespace); err == nil {
				return fmt.Errorf("namespace %s still has its Secret", namespace)
			}
			s.awaitPullSecrets(namespace, "default", 0)
		}
		return nil
	})
	t.Logf("18 namespaces left after %s", time.Since(edited).Round(time.Millisecond))
	s.must(holdsAll("the log", lineWith(controller.Log(), "scope shrinks"), leave...))
	s.awaitMetric(controller, `acr_secret_writes_total{action="delete",result="ok"} 18`, 30*time.Second)
	entries()
	accounts()
	s.awaitPullSecrets(foreign, "foreign", 0, "first", "second")
	for _, namespace := range stay {
		s.awaitBound(namespace, "default", 0)
	}
}

// lineWith is the first line of a text that holds the words.
func lineWith(text, words string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, words) {
			return line
		}
	}
	return ""
}

// TestC31 plays what every pipeline does: diff and dry run before the real thing.
func TestC31AServerSideDryRunShowsTheEntryAndWritesNothing(t *testing.T) {
	s := newScene(t)
	unwatched, watched := s.namespace(), s.namespace()
	s.configure("service-account", "*", "watch-namespace", watched, "webhook-configuration", world.WebhookOn)
	controller := s.startController()
	s.startWebhook()
	s.awaitSecret(watched, startLimit)
	s.must(s.w.AwaitWebhook(s.ctx, watched, true, soon))
	s.awaitBound(watched, "default", soon)
	var manifest strings.Builder
	for i := range 10 {
		fmt.Fprintf(&manifest, "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: dry-%d, namespace: %s}\n", i, watched)
	}
	file := filepath.Join(t.TempDir(), "accounts.yaml")
	s.must(os.WriteFile(file, []byte(manifest.String()), 0o600))
	s.awaitEvent("ImagePullSecretAttached", soon, noteAbout(watched, "default")) // Events of bindings are gathered for a while
	for _, kind := range []string{"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"} {
		s.awaitEvent("WebhookRegistered", soon, noted(kind))
	}
	s.awaitMetric(controller, `workqueue_depth{name="acr-controller"} 0`, soon) // what is planned for later does not count
	before, events, begin := s.snapshot(watched), s.allEvents(), time.Now()

	shown, err := s.w.Plane.Run(s.ctx, "kubectl", "apply", "--dry-run=server", "-o", "yaml", "-f", file)
	s.must(err)
	difference, err := s.w.Plane.Run(s.ctx, "kubectl", "diff", "-f", file)
	if err == nil {
		t.Error("kubectl diff found no difference")
	}

	for what, text := range map[string]string{"kubectl apply --dry-run=server": shown, "kubectl diff": difference} {
		if count := strings.Count(text, "- name: "+world.SecretName); count != 10 {
			t.Errorf("%s shows the entry %d times, want 10:\n%s", what, count, text)
		}
	}
	s.must(world.Throughout(s.ctx, 3*time.Second, func() error { // longer than they are gathered
		if now := s.allEvents(); now != events {
			return fmt.Errorf("%d Events were written", now-events)
		}
		return nil
	}))
	s.unchanged(before, watched)
	if _, err := s.secret(unwatched); err == nil {
		t.Errorf("namespace %s is not watched and has a Secret", unwatched)
	}
	if writes := s.writesOfTheProduct(begin); len(writes) > 0 {
		t.Errorf("the product wrote: %v", writes)
	}
}

func (s *scene) allEvents() int {
	s.Helper()
	events, err := s.client().EventsV1().Events(metav1.NamespaceAll).List(s.ctx, metav1.ListOptions{})
	s.must(err)
	return len(events.Items)
}
