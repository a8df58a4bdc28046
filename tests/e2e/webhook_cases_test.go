// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"

	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

const webhookIgnore = "enable: true\nfailure-policy: Ignore\n"

func TestC01TheFirstPodOfADeploymentThatIsAppliedTogetherWithItsAccountCarriesTheEntry(t *testing.T) {
	s := newScene(t)
	_, _, namespace := s.startBoth()
	text, err := os.ReadFile(filepath.Join(testbed.ModuleDir(), "fixtures", "kube", "account-and-deployment.yaml"))
	s.must(err)

	for round := range 5 {
		name := fmt.Sprintf("api-%d", round)
		file := filepath.Join(t.TempDir(), name+".yaml")
		s.must(os.WriteFile(file, []byte(strings.ReplaceAll(string(text), "NAME", name)), 0o600))
		printed, err := s.kubectl("apply", "--namespace", namespace, "--filename", file, "--output", "json")
		if err != nil {
			t.Fatalf("%v: %s", err, printed)
		}
		var answers struct{ Items []corev1.ServiceAccount } // the Deployment's list is no list of ServiceAccounts and stays empty
		s.must(json.Unmarshal([]byte(printed), &answers))
		if len(answers.Items) != 2 || !slices.Equal(namesOf(&answers.Items[0]), []string{world.SecretName}) {
			t.Fatalf("the answer for the ServiceAccount does not list the entry: %s", printed)
		}

		pod, err := s.w.AwaitPod(s.ctx, namespace, name, "")
		s.must(err)
		if names := world.Names(pod.Spec.ImagePullSecrets); !slices.Equal(names, []string{world.SecretName}) {
			t.Fatalf("pod %s carries %v from its creation", pod.Name, names)
		}
	}
}

func TestC28AWebhookThatIsGoneStopsNoClusterAndCleanupLeavesNoRegistration(t *testing.T) {
	s := newScene(t)
	_, webhook, namespace := s.startBoth("webhook-configuration", webhookIgnore)
	webhook.Kill()

	for i := range 20 {
		where := namespace
		if i == 7 {
			where = metav1.NamespaceSystem
		}
		name := fmt.Sprintf("%s-%d", s.freeName(), i)
		began := time.Now()
		s.createAccount(where, name)
		if took := time.Since(began); took > time.Second {
			t.Errorf("the creation in namespace %s took %s", where, took)
		}
		if where == metav1.NamespaceSystem {
			s.must(s.client().CoreV1().ServiceAccounts(where).Delete(s.ctx, name, metav1.DeleteOptions{}))
		} else {
			s.awaitBound(where, name, soon) // in the background
		}
	}
	for _, hook := range s.registration().Webhooks {
		for _, expression := range hook.NamespaceSelector.MatchExpressions {
			if expression.Operator == metav1.LabelSelectorOpIn && slices.Contains(expression.Values, metav1.NamespaceSystem) {
				t.Errorf("kube-system is selected: %v", expression)
			}
		}
	}

	s.configure("service-account", "*", "webhook-configuration", world.WebhookOn) // Fail
	cleanup, err := s.w.StartController("--cleanup")
	s.must(err)
	if code := s.awaitEnd(cleanup); code != 0 {
		t.Fatalf("--cleanup ended with exit code %d:\n%s", code, cleanup.LogTail())
	}
	if hooks := s.registration().Webhooks; len(hooks) > 0 {
		t.Errorf("after --cleanup there is still %+v", hooks)
	}
}

func TestC29ATrustBundleThatIsWipedAgainAndAgainIsPutBackAndNothingIsRefused(t *testing.T) {
	s := newScene(t)
	_, _, namespace := s.startBoth("webhook-configuration", webhookIgnore)
	const wipes, every = 8, 6 * time.Second
	began := time.Now()
	accounts := s.createAccounts(namespace, func(*corev1.ServiceAccount) error { return nil })

	for range wipes {
		s.wipeTrust()
		wiped := time.Now()
		s.eventually(5*time.Second, func() error {
			hooks := s.registration().Webhooks
			if len(hooks) != 1 || len(hooks[0].ClientConfig.CABundle) == 0 {
				return fmt.Errorf("registered are %+v", hooks)
			}
			return nil
		})
		<-time.After(time.Until(wiped.Add(every)))
	}

	accounts.end()
	writes := s.productWrites(began, "patch", "mutatingwebhookconfigurations", "", world.AdmissionName) +
		s.productWrites(began, "update", "mutatingwebhookconfigurations", "", world.AdmissionName)
	if writes != wipes {
		t.Errorf("the registration was written %d times against %d wipes", writes, wipes)
	}
}

// wipeTrust is what a chart's upgrade does to the registration: it comes without the bundle.
func (s *scene) wipeTrust() {
	s.Helper()
	s.must(retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		registered := s.registration()
		for i := range registered.Webhooks {
			registered.Webhooks[i].ClientConfig.CABundle = nil
		}
		_, err := s.client().AdmissionregistrationV1().MutatingWebhookConfigurations().Update(s.ctx, registered, metav1.UpdateOptions{})
		return err
	}))
}

func TestC30TenAccountsASecondForAMinuteUnderFailAreAllBoundAtOnce(t *testing.T) {
	s := newScene(t)
	// Two webhooks behind what stands for their Service.
	ports, err := testbed.FreePorts(2)
	s.must(err)
	addresses := []string{testbed.Loopback(ports[0]), testbed.Loopback(ports[1])}
	relay, err := testbed.StartRelay(addresses...)
	s.must(err)
	t.Cleanup(relay.Close)
	url := "--webhook-url=https://" + relay.Address()
	s.configure("service-account", "*", "exclude-namespaces", "plain-*",
		"webhook-configuration", "enable: true\nfailure-policy: Fail\ntimeout-seconds: 15\n")
	s.startController(url)
	var webhooks []*world.Program
	for _, address := range addresses {
		webhooks = append(webhooks, s.startWebhook("--webhook-bind-address="+address, url))
	}
	var namespaces []string
	for range 20 {
		namespaces = append(namespaces, s.namespace())
	}
	plain := "plain-" + s.freeName()
	s.createNamespace(plain)
	for _, namespace := range namespaces {
		s.awaitBound(namespace, "default", soon)
		s.must(s.w.AwaitWebhook(s.ctx, namespace, true, soon))
	}
	asked := s.requestsOf(webhooks...)
	calls := s.cloudCalls()

	const perSecond, duration = 10, 60 * time.Second
	var mu sync.Mutex
	var failures []error
	var through, beside []time.Duration
	create := func(namespace string, number int) (time.Duration, *corev1.ServiceAccount, error) {
		began := time.Now()
		answer, err := s.client().CoreV1().ServiceAccounts(namespace).Create(s.ctx, accountWith(fmt.Sprintf("load-%d", number)), metav1.CreateOptions{})
		return time.Since(began), answer, err
	}
	var creations sync.WaitGroup
	pace := time.NewTicker(time.Second / perSecond)
	defer pace.Stop()
	for number := range perSecond * int(duration/time.Second) {
		<-pace.C
		creations.Go(func() {
			took, answer, err := create(namespaces[number%len(namespaces)], number)
			if err == nil && !world.HasPullSecret(answer, world.SecretName) {
				err = errors.New("the create answer does not list the entry")
			}
			floor, _, besideErr := create(plain, number)
			mu.Lock()
			defer mu.Unlock()
			through, beside = append(through, took), append(beside, floor)
			if err = errors.Join(err, besideErr); err != nil {
				failures = append(failures, fmt.Errorf("creation %d: %w", number, err))
			}
		})
	}
	creations.Wait()

	s.must(errors.Join(failures...))
	added := percentile(through, 99) - percentile(beside, 99)
	t.Logf("99th percentile of a creation: %s through the webhook, %s beside it, so %s added", percentile(through, 99), percentile(beside, 99), added)
	if added > 1500*time.Millisecond { // the time itself is a matter of the machine; this would be work inside the call
		t.Errorf("the webhooks added %s", added)
	}
	if made := s.requestsOf(webhooks...) - asked; made > 10 { // a watch may end and be opened again
		t.Errorf("the webhooks asked the API server %v times meanwhile", made)
	}
	if made := s.cloudCalls() - calls; made != 0 {
		t.Errorf("%d cloud calls were made meanwhile", made)
	}
}

func percentile(times []time.Duration, percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[len(sorted)*percent/100]
}

// requestsOf is how many requests to the API server these programs have made.
func (s *scene) requestsOf(programs ...*world.Program) (sum float64) {
	s.Helper()
	for _, program := range programs {
		sum += s.metrics(program, "rest_client_requests_total{")
	}
	return sum
}
