// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/world"
)

func (s *scene) secret(namespace string) (*corev1.Secret, error) {
	return s.w.Secret(s.ctx, namespace)
}

// awaitSecret waits for the pull Secret of a namespace and checks its form.
func (s *scene) awaitSecret(namespace string, limit time.Duration) *corev1.Secret {
	s.Helper()
	secret, err := s.w.AwaitSecret(s.ctx, namespace, limit)
	s.must(err)
	if secret.Type != corev1.SecretTypeDockerConfigJson {
		s.Fatalf("the Secret of namespace %s has type %s", namespace, secret.Type)
	}
	if by := secret.Labels["app.kubernetes.io/managed-by"]; by != "acr-credential-helper" {
		s.Fatalf("label managed-by of the Secret of namespace %s is %q", namespace, by)
	}
	for _, annotation := range []string{"acr-credential-helper/expires-at", "acr-credential-helper/refreshed-at"} {
		if _, err := time.Parse(time.RFC3339, secret.Annotations[annotation]); err != nil {
			s.Fatalf("annotation %s of the Secret of namespace %s: %v", annotation, namespace, err)
		}
	}
	return secret
}

// awaitHosts waits until the pull Secret of a namespace covers exactly these registry hosts.
func (s *scene) awaitHosts(namespace string, limit time.Duration, wanted ...string) *corev1.Secret {
	s.Helper()
	var secret *corev1.Secret
	slices.Sort(wanted)
	s.eventually(limit, func() (err error) {
		if secret, err = s.secret(namespace); err != nil {
			return err
		}
		hosts, err := world.Hosts(secret)
		slices.Sort(hosts)
		if err == nil && !slices.Equal(hosts, wanted) {
			err = fmt.Errorf("the Secret of namespace %s covers %v, want %v", namespace, hosts, wanted)
		}
		return err
	})
	return secret
}

func (s *scene) pullSecrets(namespace, name string) ([]string, error) {
	account, err := s.client().CoreV1().ServiceAccounts(namespace).Get(s.ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return namesOf(account), nil
}

func namesOf(account *corev1.ServiceAccount) []string {
	return world.Names(account.ImagePullSecrets)
}

// awaitPullSecrets waits until a ServiceAccount lists exactly these pull secrets in this order.
func (s *scene) awaitPullSecrets(namespace, name string, limit time.Duration, wanted ...string) {
	s.Helper()
	s.must(s.w.AwaitPullSecrets(s.ctx, namespace, name, limit, wanted...))
}

func (s *scene) awaitBound(namespace, name string, limit time.Duration) {
	s.Helper()
	s.awaitPullSecrets(namespace, name, limit, world.SecretName)
}

// events with this reason since the test began. The cluster keeps those of earlier tests too.
func (s *scene) events(reason string) ([]eventsv1.Event, error) {
	events, err := s.w.Events(s.ctx, reason)
	return slices.DeleteFunc(events, func(event eventsv1.Event) bool {
		last := event.EventTime
		if event.Series != nil {
			last = event.Series.LastObservedTime
		}
		return last.Time.Before(s.began.Truncate(time.Microsecond))
	}), err
}

// told is an error unless there is an Event with this reason that check accepts.
func (s *scene) told(reason string, check func(eventsv1.Event) error) error {
	events, err := s.events(reason)
	if err != nil {
		return err
	}
	refused := fmt.Errorf("no Event %s at all", reason)
	for _, event := range events {
		if refused = check(event); refused == nil {
			return nil
		}
	}
	return refused
}

// awaitEvent waits for an Event with this reason that check accepts.
func (s *scene) awaitEvent(reason string, limit time.Duration, check func(eventsv1.Event) error) {
	s.Helper()
	s.eventually(limit, func() error { return s.told(reason, check) })
}

// noted accepts an Event on the ConfigMap whose note has these words.
func noted(words ...string) func(eventsv1.Event) error {
	return func(event eventsv1.Event) error {
		if event.Regarding.Name != world.ConfigMapName {
			return fmt.Errorf("the last Event is about %s %s", event.Regarding.Kind, event.Regarding.Name)
		}
		return holdsAll("the Event", event.Note, words...)
	}
}

// awaitMetric waits until a program shows this line, which is a metric with its value.
func (s *scene) awaitMetric(program *world.Program, line string, limit time.Duration) {
	s.Helper()
	s.eventually(limit, func() error {
		text, err := program.Metrics(s.ctx)
		if err == nil && !slices.Contains(strings.Split(text, "\n"), line) {
			err = fmt.Errorf("%s does not show the line %q", program.Name(), line)
		}
		return err
	})
}

// snapshot is the resourceVersion of everything that the product may write, by kind, namespace and name. Two equal
// snapshots mean that nothing was written in between.
func (s *scene) snapshot(namespaces ...string) map[string]string {
	s.Helper()
	versions := map[string]string{}
	for _, namespace := range namespaces {
		secret, err := s.secret(namespace)
		s.must(err)
		versions["Secret "+namespace] = secret.ResourceVersion
		accounts, err := s.client().CoreV1().ServiceAccounts(namespace).List(s.ctx, metav1.ListOptions{})
		s.must(err)
		for _, account := range accounts.Items {
			versions["ServiceAccount "+namespace+"/"+account.Name] = account.ResourceVersion
		}
	}
	hook, err := s.client().AdmissionregistrationV1().MutatingWebhookConfigurations().Get(s.ctx, world.AdmissionName, metav1.GetOptions{})
	s.must(err)
	versions["MutatingWebhookConfiguration"] = hook.ResourceVersion
	return versions
}

// unchanged fails the test if anything of an earlier snapshot was written since, or has gone.
func (s *scene) unchanged(before map[string]string, namespaces ...string) {
	s.Helper()
	if after := s.snapshot(namespaces...); !maps.Equal(before, after) {
		s.Fatalf("something was written:\nbefore %v\nafter  %v", before, after)
	}
}

// calls that the product has made to the cloud since the test began; the registry's token service is asked by those who pull.
func (s *scene) calls() []cloud.Call {
	s.Helper()
	calls, err := s.w.Cloud.Calls(s.ctx)
	s.must(err)
	return slices.DeleteFunc(calls, func(call cloud.Call) bool { return call.API == "RegistryToken" })
}

func (s *scene) cloudCalls() int {
	s.Helper()
	return len(s.calls())
}
