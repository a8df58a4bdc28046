// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"acr-credential-helper/tests/world"
)

// startBoth starts controller and webhook, waits until new ServiceAccounts of a new namespace are bound at creation, and
// returns that namespace.
func (s *scene) startBoth(changes ...string) (controller, webhook *world.Program, namespace string) {
	s.Helper()
	s.configure(append([]string{"service-account", "*", "webhook-configuration", world.WebhookOn}, changes...)...)
	namespace = s.namespace()
	controller = s.startController() // it makes the authority that signs the webhook's certificate (CRT-2)
	webhook = s.startWebhook()
	s.awaitSecret(namespace, startLimit)
	s.must(s.w.AwaitWebhook(s.ctx, namespace, true, soon))
	return controller, webhook, namespace
}

func (s *scene) registration() *admissionv1.MutatingWebhookConfiguration {
	s.Helper()
	found, err := s.client().AdmissionregistrationV1().MutatingWebhookConfigurations().Get(s.ctx, world.AdmissionName, metav1.GetOptions{})
	s.must(err)
	return found
}

func (s *scene) awaitWebhooks(count int) {
	s.Helper()
	s.eventually(soon, func() error {
		if found := len(s.registration().Webhooks); found != count {
			return fmt.Errorf("%d webhooks are registered, want %d", found, count)
		}
		return nil
	})
}

func TestWithWebhookEveryOneOfAThousandServiceAccountsIsBoundInTheCreateAnswer(t *testing.T) {
	s := newScene(t)
	_, _, namespace := s.startBoth()
	before := s.cloudCalls()

	const count, clients = 1000, 8
	var next, bound atomic.Int64
	var workers sync.WaitGroup
	for range clients {
		workers.Go(func() {
			for number := next.Add(1); number <= count; number = next.Add(1) {
				account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("load-%d", number)}}
				if number%2 == 0 {
					account.ObjectMeta = metav1.ObjectMeta{GenerateName: "generated-"}
					account.ImagePullSecrets = references("foreign")
				}
				wanted := append(namesOf(account), world.SecretName)
				answer, err := s.client().CoreV1().ServiceAccounts(namespace).Create(s.ctx, account, metav1.CreateOptions{})
				if err != nil {
					t.Error(err)
				} else if names := namesOf(answer); slices.Equal(names, wanted) {
					bound.Add(1)
				} else {
					t.Errorf("the create answer lists %v, want %v", names, wanted)
				}
			}
		})
	}
	workers.Wait()

	if bound.Load() != count {
		t.Errorf("%d of %d ServiceAccounts were bound in the create answer", bound.Load(), count)
	}
	if after := s.cloudCalls(); after != before {
		t.Errorf("it cost %d cloud calls", after-before)
	}
}

func TestTheRegistrationIsWhatTheConfigurationCovers(t *testing.T) {
	s := newScene(t)
	s.startBoth()

	hooks := s.registration().Webhooks

	if len(hooks) != 1 || hooks[0].Name != "serviceaccounts.acr-credential-helper.io" {
		t.Fatalf("registered: %+v", hooks)
	}
	hook := hooks[0]
	if *hook.FailurePolicy != admissionv1.Fail || *hook.TimeoutSeconds != 5 {
		t.Errorf("failurePolicy %s and timeoutSeconds %d, want Fail and 5 as configured", *hook.FailurePolicy, *hook.TimeoutSeconds)
	}
	if *hook.SideEffects != admissionv1.SideEffectClassNone || *hook.ReinvocationPolicy != admissionv1.IfNeededReinvocationPolicy {
		t.Errorf("sideEffects %s, reinvocationPolicy %s", *hook.SideEffects, *hook.ReinvocationPolicy)
	}
	if text := hook.NamespaceSelector.String(); !strings.Contains(text, "kube-system") {
		t.Errorf("namespaceSelector does not exclude kube-system (ADM-12): %s", text)
	}
	if len(hook.ClientConfig.CABundle) == 0 {
		t.Error("caBundle is empty")
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "probe"}}
	answer, err := s.client().CoreV1().ServiceAccounts("kube-system").Create(s.ctx, account,
		metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	s.must(err)
	if len(answer.ImagePullSecrets) > 0 {
		t.Errorf("a ServiceAccount of kube-system went through the webhook (ADM-12): %v", answer.ImagePullSecrets)
	}
}

func TestEveryFieldOfTheWebhookConfigurationIsObeyedAtOnceAndTouchesNothingElse(t *testing.T) {
	s := newScene(t)
	_, _, namespace := s.startBoth()
	s.awaitBound(namespace, "default", soon)
	before, calls := s.snapshot(namespace), s.cloudCalls()
	delete(before, "MutatingWebhookConfiguration")

	for _, edit := range []struct {
		name, text, registered string
	}{
		{"failure-policy is changed", "enable: true\nfailure-policy: Ignore\ntimeout-seconds: 5\n", "Ignore 5"},
		{"timeout-seconds is changed", "enable: true\nfailure-policy: Ignore\ntimeout-seconds: 30\n", "Ignore 30"},
		{"timeout-seconds is more than the API server takes", "enable: true\ntimeout-seconds: 31\nfailure-policy: Fail\n", "Fail 30"},
		{"the defaults are used", "enable: true\n", "Ignore 10"},
		{"enable is false", "enable: false\nfailure-policy: Fail\n", "none"},
		{"enable is true again", "enable: true\nfailure-policy: Fail\n", "Fail 10"},
		{"the key is removed", "", "none"},
	} {
		s.configure("service-account", "*", "webhook-configuration", edit.text)

		took := s.eventually(promised, func() error {
			registered := "none"
			if hooks := s.registration().Webhooks; len(hooks) == 1 {
				registered = fmt.Sprintf("%s %d", *hooks[0].FailurePolicy, *hooks[0].TimeoutSeconds)
			}
			if registered != edit.registered {
				return fmt.Errorf("%s: registered is %s, want %s", edit.name, registered, edit.registered)
			}
			return nil
		})

		t.Logf("%s: %s", edit.name, took.Round(time.Millisecond))
		after := s.snapshot(namespace)
		delete(after, "MutatingWebhookConfiguration")
		if !maps.Equal(before, after) {
			t.Fatalf("%s: something was written:\nbefore %v\nafter  %v", edit.name, before, after)
		}
	}
	if after := s.cloudCalls(); after != calls {
		t.Fatalf("the edits cost %d cloud calls", after-calls)
	}
}

func TestTheConfigMapTurnsTheWebhookOffAndOnAgain(t *testing.T) {
	s := newScene(t)
	_, _, namespace := s.startBoth()

	s.configure("service-account", "*")

	s.awaitWebhooks(0)
	s.must(s.w.AwaitWebhook(s.ctx, namespace, false, soon))
	if names := namesOf(s.createAccount(namespace, "in-the-background")); len(names) > 0 {
		t.Fatalf("with the webhook off the create answer lists %v", names)
	}
	s.awaitBound(namespace, "in-the-background", promised)

	s.configure("service-account", "*", "webhook-configuration", world.WebhookOn)

	s.awaitWebhooks(1)
	s.must(s.w.AwaitWebhook(s.ctx, namespace, true, soon))
	if names := namesOf(s.createAccount(namespace, "at-once")); !slices.Equal(names, []string{world.SecretName}) {
		t.Fatalf("with the webhook on again the create answer lists %v", names)
	}
}

func TestAnUpdateThatStripsTheEntryIsAnsweredWithTheEntry(t *testing.T) {
	s := newScene(t)
	_, _, namespace := s.startBoth()
	account := s.createAccount(namespace, "web", "foreign")
	account.ImagePullSecrets = references("foreign", "another")
	warnings := &warnings{}
	config := s.w.Plane.Config()
	config.WarningHandler = warnings
	client, err := kubernetes.NewForConfig(config)
	s.must(err)

	answer, err := client.CoreV1().ServiceAccounts(namespace).Update(s.ctx, account, metav1.UpdateOptions{})

	s.must(err)
	if names := namesOf(answer); !slices.Equal(names, []string{"foreign", "another", world.SecretName}) {
		t.Fatalf("the update answer lists %v", names)
	}
	s.must(holdsAll("the warning", warnings.take(), world.SecretName, "acr-credential-helper/exclude=true"))
	answer.Labels = map[string]string{"team": "shop"}
	_, err = client.CoreV1().ServiceAccounts(namespace).Update(s.ctx, answer, metav1.UpdateOptions{})
	s.must(err)
	if _, err = client.CoreV1().ServiceAccounts(namespace).Create(s.ctx, accountWith("new"), metav1.CreateOptions{}); err != nil || warnings.take() != "" {
		t.Errorf("where nothing is against the user's will there is a warning all the same (%v)", err)
	}
}

// warnings that kube-apiserver sends to a user.
type warnings struct {
	mu   sync.Mutex
	text string
}

func (w *warnings) HandleWarningHeader(_ int, _ string, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text += text + "\n"
}

func (w *warnings) take() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := w.text
	w.text = ""
	return text
}

func TestBothProgramsAreReadyWithTheWebhookOffFromTheStartAndTheFirstEnableTakesEffect(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "*") // off
	controller, err := s.w.StartController()
	s.must(err)
	webhook, err := s.w.StartWebhook()
	s.must(err)
	for _, program := range []*world.Program{controller, webhook} {
		s.must(program.AwaitReady(s.ctx, startLimit)) // as `helm --wait` does
	}
	namespace := s.namespace()
	s.awaitSecret(namespace, startLimit)
	s.awaitWebhooks(0)

	s.configure("service-account", "*", "webhook-configuration", world.WebhookOn)

	took := s.eventually(promised, func() error {
		if found := len(s.registration().Webhooks); found != 1 {
			return fmt.Errorf("%d webhooks are registered", found)
		}
		return nil
	})
	t.Logf("registered after %s", took.Round(time.Millisecond))
	s.must(s.w.AwaitWebhook(s.ctx, namespace, true, soon))
}

func TestInAnOutageOfTheWebhookFailCanStillBeTurnedIntoIgnore(t *testing.T) {
	s := newScene(t)
	_, webhook, _ := s.startBoth()
	webhook.Kill()

	s.configure("service-account", "*", "webhook-configuration", "enable: true\nfailure-policy: Ignore\ntimeout-seconds: 3\n")

	s.eventually(soon, func() error {
		hooks := s.registration().Webhooks
		if len(hooks) != 1 || *hooks[0].FailurePolicy != admissionv1.Ignore || *hooks[0].TimeoutSeconds != 3 {
			return fmt.Errorf("registered are %+v", hooks)
		}
		return nil
	})
}
