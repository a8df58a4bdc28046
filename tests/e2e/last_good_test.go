// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/world"
)

// ruinousEdits are what goes wrong in every second edit; nil deletes the ConfigMap. Obeyed, each would unbind everything.
var ruinousEdits = [][]string{
	{"acr-registry-info", "- instanceId: \"cri-beta0000000000\n"},
	{"expiring-threshold", "soon"},
	{"watch-namespace", "", "watch-namepsace", "all"},
	nil,
	{"binding-mode", "replace"},
	{"namespace-selector", "team in shop"},
	{"webhook-configuration", "enable: maybe\n"},
	{"watch-namespace", "shop,pay_ments"},
	{"acr-registry-info", "- instanceId: cri-beta0000000000\n  customAccessKey: LTAItestuserpuller000001\n"},
	{"acr-registry-info", "cri-beta0000000000"},
}

// hostOfEdit is a host that a good edit adds to the pull Secrets, by which it can be told that it is in force.
func hostOfEdit(number int) string { return fmt.Sprintf("edit-%d.acme.example.com", number) }

func goodEdit(number int, webhook string) map[string]string {
	return settings("service-account", "*", "webhook-configuration", webhook,
		"acr-registry-info", acmeItem+"  domains: "+world.PublicHost+","+hostOfEdit(number)+"\n")
}

// play makes edits, of which the odd ones are good, and waits each time until a controller has judged it.
func (s *scene) play(from, to int, webhook string, judge *world.Program, then func(number int)) {
	s.Helper()
	judged := func() int { return strings.Count(judge.Log(), "configuration judged") }
	for number := from; number <= to; number++ {
		before := judged()
		if number%2 == 1 {
			s.must(s.w.Configure(s.ctx, goodEdit(number, webhook)))
		} else if ruin := ruinousEdits[number/2-1]; ruin == nil {
			s.must(s.w.DeleteConfiguration(s.ctx))
		} else {
			s.configure(append([]string{"service-account", "nobody", "webhook-configuration", webhook}, ruin...)...)
		}
		s.eventually(soon, func() error {
			if judged() == before {
				return fmt.Errorf("%s has not judged edit %d", judge.Name(), number)
			}
			return nil
		})
		then(number)
	}
}

// stream of new ServiceAccounts, five a second.
type stream struct {
	*scene
	namespace string
	created   atomic.Int64
	failures  []error
	stop      chan struct{}
	done      sync.WaitGroup
}

// createAccounts begins to create ServiceAccounts and gives each answer of the API server to a function.
func (s *scene) createAccounts(namespace string, look func(*corev1.ServiceAccount) error) *stream {
	made := &stream{scene: s, namespace: namespace, stop: make(chan struct{})}
	made.done.Go(func() {
		pace := time.NewTicker(200 * time.Millisecond)
		defer pace.Stop()
		for {
			select {
			case <-made.stop:
				return
			case <-s.ctx.Done():
				return
			case <-pace.C:
			}
			account := accountWith(workerName(made.created.Load()))
			answer, err := s.client().CoreV1().ServiceAccounts(namespace).Create(s.ctx, account, metav1.CreateOptions{})
			if err == nil {
				made.created.Add(1)
				err = look(answer)
			}
			if err != nil {
				made.failures = append(made.failures, fmt.Errorf("ServiceAccount %s: %w", account.Name, err))
			}
		}
	})
	return made
}

func workerName(number int64) string { return fmt.Sprintf("worker-%d", number) }

// awaitNext waits until two more were created, so that the second was begun after now, and are bound.
func (m *stream) awaitNext() {
	m.Helper()
	wanted := m.created.Load() + 2
	m.eventually(soon, func() error {
		if created := m.created.Load(); created < wanted {
			return fmt.Errorf("%d ServiceAccounts were created, want %d", created, wanted)
		}
		return nil
	})
	m.awaitBound(m.namespace, workerName(wanted-1), soon)
}

// end stops the stream and waits until all that it created are bound.
func (m *stream) end() {
	m.Helper()
	close(m.stop)
	m.done.Wait()
	m.must(errors.Join(m.failures...))
	for number := range m.created.Load() {
		m.awaitBound(m.namespace, workerName(number), soon)
	}
	m.Logf("%d ServiceAccounts were created meanwhile", m.created.Load())
}

// awaitRemembered waits until the state Secret holds exactly this configuration.
func (s *scene) awaitRemembered(wanted map[string]string) {
	s.Helper()
	s.eventually(soon, func() error {
		state, err := s.client().CoreV1().Secrets(world.OwnNamespace).Get(s.ctx, world.StateSecretName, metav1.GetOptions{})
		if err != nil {
			return err
		}
		var stored map[string]string
		if err = json.Unmarshal(state.Data["configuration"], &stored); err == nil && !maps.Equal(stored, wanted) {
			err = fmt.Errorf("the state Secret holds %v, want %v", stored, wanted)
		}
		return err
	})
}

func TestOfTwentyEditsTheLastGoodOneStaysInForceAndNobodyIsEverUnbound(t *testing.T) {
	s := newScene(t)
	s.must(s.w.Configure(s.ctx, goodEdit(1, world.WebhookOff)))
	controller := s.startServing("--validate-config=false")
	namespace := s.namespace()
	hosts := func(number int) []string { return []string{world.PublicHost, hostOfEdit(number)} }
	s.awaitHosts(namespace, soon, hosts(1)...)
	s.awaitBound(namespace, "default", soon)
	bindings, entries := s.neverUnbound(namespace, "default", "kube-system"), s.neverLosesHosts([]string{namespace}, world.PublicHost)
	accounts := s.createAccounts(namespace, func(*corev1.ServiceAccount) error { return nil })

	s.play(2, 20, world.WebhookOff, controller, func(number int) {
		s.awaitHosts(namespace, soon, hosts(number-1+number%2)...)
		accounts.awaitNext()
	})

	accounts.end()
	s.awaitHosts(s.namespace(), soon, hosts(19)...)
	s.awaitRemembered(goodEdit(19, world.WebhookOff))
	bindings()
	entries()
}

func TestOfTwentyEditsAroundAKillOfTheLeaderTheLastGoodOneStaysInForce(t *testing.T) {
	s := newScene(t)
	webhook := "enable: true\nfailure-policy: Ignore\ntimeout-seconds: 10\n"
	s.must(s.w.Configure(s.ctx, goodEdit(1, webhook)))
	leader := s.startServing("--validate-config=false")
	standby := s.startController("--validate-config=false")
	s.startWebhook()
	namespace := s.namespace()
	s.awaitBound(namespace, "default", soon)
	s.must(s.w.AwaitWebhook(s.ctx, namespace, true, soon))
	bindings, entries := s.neverUnbound(namespace, "default", "kube-system"), s.neverLosesHosts([]string{namespace}, world.PublicHost)
	accounts := s.createAccounts(namespace, func(answer *corev1.ServiceAccount) error {
		if names := namesOf(answer); !slices.Equal(names, []string{world.SecretName}) {
			return fmt.Errorf("the create answer lists %v", names)
		}
		return nil
	})

	s.play(2, 10, webhook, standby, func(int) { accounts.awaitNext() })
	leader.Kill()
	s.play(11, 20, webhook, standby, func(int) { accounts.awaitNext() })

	fresh := s.namespace()
	s.awaitHosts(fresh, leaseDuration+takeoverReserve+promised, world.PublicHost, hostOfEdit(19))
	s.awaitHosts(namespace, soon, world.PublicHost, hostOfEdit(19))
	accounts.end()
	s.awaitRemembered(goodEdit(19, webhook))
	bindings()
	entries()
}

func TestATypoThatShrinksTheScopeIsUndoneAtNoCost(t *testing.T) {
	s := newScene(t)
	const system = "default,kube-*"
	s.configure("exclude-namespaces", system)
	controller := s.startController()
	var namespaces []string
	for range 12 {
		namespaces = append(namespaces, s.namespace())
	}
	for _, namespace := range namespaces {
		s.awaitSecret(namespace, startLimit)
		s.awaitBound(namespace, "default", soon)
	}
	calls, accounts := s.cloudCalls(), s.neverWritten(namespaces...)
	secrets := s.watchSecrets(func(old, now *corev1.Secret) error {
		return fmt.Errorf("the Secret of namespace %s was written: %t", old.Namespace, now != nil)
	})

	s.configure("exclude-namespaces", system, "watch-namespace", "al")

	s.awaitEvent("ScopeShrinking", soon, noted("12 of 12", slices.Min(namespaces), "and 2 more", "5m"))
	s.awaitMetric(controller, "acr_scope_shrinking_serviceaccounts 12", soon)
	s.must(controller.Stop(soon)) // a restart in the meantime changes nothing
	again := s.startController()
	s.awaitMetric(again, "acr_scope_shrinking_serviceaccounts 12", soon)
	s.must(world.Throughout(s.ctx, 3*time.Second, func() error { // longer than the end of a wait is looked for
		return errors.Join(s.w.AwaitPullSecrets(s.ctx, namespaces[0], "default", 0, world.SecretName), s.ctx.Err())
	}))
	s.configure("exclude-namespaces", system)
	s.awaitMetric(again, "acr_scope_shrinking_serviceaccounts 0", soon)

	fresh := s.namespace()
	s.awaitSecret(fresh, soon)
	s.awaitBound(fresh, "default", soon)
	accounts()
	secrets()
	if after := s.cloudCalls(); after != calls {
		t.Errorf("it cost %d cloud calls", after-calls)
	}
}
