// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	registrationv1 "k8s.io/api/admissionregistration/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

// otherCases are the reviews of tests/fixtures/webhook/cases.yaml that kube-apiserver does not send to the product as it is installed and
// configured elsewhere here, and what brings it to send them.
var otherCases = map[string]struct {
	why  string
	show func(o *others, c admissionCase)
}{
	"B-10": {"the match conditions keep it from the webhook; a registration that was widened by hand sends it", (*others).accountNotListed},
	"B-11": {"the namespace selector keeps it from the webhook; a registration that was widened by hand sends it", (*others).namespaceNotWatched},
	"B-12": {"it needs a configuration and a namespace of its own", (*others).namespaceLikeANumber},
	"B-22": {"the rules have no subresources; a registration that was widened by hand sends it", (*others).tokenRequest},
	"B-23": {"the rules have ServiceAccounts alone; a registration that was widened by hand sends it", (*others).pod},
	"B-24": {"the registration asks for v1; one that was edited by hand asks for v1beta1", (*others).oldVersion},
	"B-25": {"nothing is registered before a webhook is ready; a registration of somebody else names one that is not", (*others).noConfiguration},
	"B-26": {"kube-apiserver sends whole reviews, and where a connection breaks off nobody is left to be answered; so a client of our own sends " +
		"this body whole", (*others).notAReview},
	"B-27": {"kube-apiserver gives each review a uid; so a client of our own sends it", (*others).notAReview},
}

// others is the scene of these cases.
type others struct {
	*scene
	webhook          *world.Program
	asker            *http.Client // that trusts what kube-apiserver is told to trust
	namespace, older string
}

const (
	widenedName = "aa-widened.example.com" // asked before the product's own
	widenedHook = "v1." + widenedName
	olderHook   = "v1beta1." + widenedName
)

// sendAll is a webhook at this address with everything in its rules that they can be widened to.
func sendAll(hook, version, url string, bundle []byte, namespace string) registrationv1.MutatingWebhook {
	none, fail := registrationv1.SideEffectClassNone, registrationv1.Fail
	return registrationv1.MutatingWebhook{
		Name: hook, ClientConfig: registrationv1.WebhookClientConfig{URL: &url, CABundle: bundle}, FailurePolicy: &fail, SideEffects: &none,
		AdmissionReviewVersions: []string{version},
		NamespaceSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": namespace}},
		Rules: []registrationv1.RuleWithOperations{{Operations: []registrationv1.OperationType{registrationv1.Create, registrationv1.Update},
			Rule: registrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"},
				Resources: []string{"serviceaccounts", "serviceaccounts/token", "pods"}}}},
	}
}

func (s *scene) register(namespace, configuration string, hooks ...registrationv1.MutatingWebhook) {
	s.Helper()
	admission := s.client().AdmissionregistrationV1().MutatingWebhookConfigurations()
	_, err := admission.Create(s.ctx, &registrationv1.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: configuration}, Webhooks: hooks},
		metav1.CreateOptions{})
	s.must(err)
	s.Cleanup(func() {
		if err := admission.Delete(context.Background(), configuration, metav1.DeleteOptions{}); err != nil {
			s.Error(err)
		}
	})
	s.awaitHooksKnown(namespace)
}

func TestTheOtherCasesAreAnsweredAsFarAsAnAPIServerCanBeBroughtToSendThem(t *testing.T) {
	s := newScene(t)
	_, webhook, namespace := s.startBoth()
	o := &others{scene: s, webhook: webhook, asker: s.webhookClient(), namespace: namespace, older: s.namespace()}
	url, bundle := s.w.WebhookURL()+mutatePath, s.registration().Webhooks[0].ClientConfig.CABundle
	s.register(namespace, widenedName, sendAll(widenedHook, "v1", url, bundle, o.namespace),
		sendAll(olderHook, "v1beta1", url, bundle, o.older))
	shown := 0
	for _, c := range admissionCases(t) {
		other, isOther := otherCases[c.ID]
		if !isOther {
			continue
		}
		shown++
		t.Run(c.ID+" "+c.Title, func(t *testing.T) {
			t.Log(other.why)
			of, one := *o, *s
			one.T = t
			of.scene = &one
			other.show(&of, c)
		})
	}
	if shown != len(otherCases) {
		t.Errorf("%d of %d cases were shown", shown, len(otherCases))
	}
}

// configureAs brings the configuration of a case into force, with these names in the place of those that stand there.
func (o *others) configureAs(c admissionCase, names ...string) {
	o.Helper()
	changes := []string{"service-account", "*", "webhook-configuration", world.WebhookOn}
	for key, value := range c.Config {
		changes = append(changes, key, strings.NewReplacer(names...).Replace(fmt.Sprint(value)))
	}
	o.configure(changes...)
}

func (o *others) review(c admissionCase) (review reviewed) {
	o.Helper()
	o.must(json.Unmarshal([]byte(c.Review), &review))
	return review
}

// decided fails the test unless kube-apiserver sends the webhook a review by this hook while do runs, gets one of these decisions and
// writes it into its audit log.
func (o *others) decided(hook string, decisions []string, do func()) {
	o.Helper()
	began := time.Now()
	do()
	o.eventually(soon, func() error {
		var seen []string
		err := o.w.ReadAudit(func(entry world.AuditEntry) error {
			if decision := entry.Annotations[hook+"/decision"]; decision != "" && entry.RequestReceivedTimestamp.After(began) {
				seen = append(seen, decision)
			}
			return nil
		})
		if err == nil && !slices.ContainsFunc(seen, func(one string) bool { return slices.Contains(decisions, one) }) {
			err = fmt.Errorf("by %s the webhook decided %v, want one of %v", hook, seen, decisions)
		}
		return err
	})
}

func (o *others) accountNotListed(c admissionCase) {
	o.configureAs(c)
	o.must(o.w.AwaitWebhook(o.ctx, o.namespace, false, soon)) // of another account that is not listed
	listed, err := o.client().CoreV1().ServiceAccounts(o.namespace).Create(o.ctx, accountWith("ci-runner"), metav1.CreateOptions{})
	if err != nil || !slices.Equal(namesOf(listed), []string{world.SecretName}) {
		o.Fatalf("a listed account has %v (%v): the case shows nothing", namesOf(listed), err)
	}
	o.decided(widenedHook, []string{"account_not_covered"}, func() { o.unpatched(o.namespace, c) })
}

func (o *others) unpatched(namespace string, c admissionCase) {
	o.Helper()
	if _, answer := o.write(namespace, strings.ToLower(c.ID), o.review(c)); len(answer.ImagePullSecrets) > 0 {
		o.Errorf("the answer lists %v", namesOf(answer))
	}
}

func (o *others) namespaceNotWatched(c admissionCase) {
	o.configureAs(c, "web", o.older)
	o.must(o.w.AwaitWebhook(o.ctx, o.namespace, false, soon))
	o.must(o.w.AwaitWebhook(o.ctx, o.older, true, soon)) // the one that is watched
	o.decided(widenedHook, []string{"namespace_not_covered"}, func() { o.unpatched(o.namespace, c) })
}

func (o *others) namespaceLikeANumber(c admissionCase) {
	number := fmt.Sprint(20_000_000 + rand.IntN(10_000_000))
	o.configureAs(c, "20240607", number, "web", o.namespace)
	o.must(o.w.AwaitWebhook(o.ctx, o.namespace, false, soon)) // in force: only `default` is listed
	watch, err := o.client().CoreV1().ServiceAccounts(number).Watch(o.ctx, metav1.ListOptions{})
	o.must(err)
	defer watch.Stop()
	o.decided(hookName, []string{"patched", "patched_unknown_namespace"}, func() {
		o.createNamespace(number) // and kube-controller-manager its account
		first := (<-watch.ResultChan()).Object.(*corev1.ServiceAccount)
		if first.Name != "default" || !slices.Equal(namesOf(first), []string{world.SecretName}) {
			o.Errorf("account %s was created with %v", first.Name, namesOf(first))
		}
	})
}

func (o *others) tokenRequest(c admissionCase) {
	o.configureAs(c)
	o.must(o.w.AwaitWebhook(o.ctx, o.namespace, true, soon))
	var review struct {
		Request struct{ Object authenticationv1.TokenRequest }
	}
	o.must(json.Unmarshal([]byte(c.Review), &review))
	review.Request.Object.Namespace = ""
	o.createAccount(o.namespace, "api")
	o.decided(widenedHook, []string{"foreign_request"}, func() {
		answer, err := o.client().CoreV1().ServiceAccounts(o.namespace).CreateToken(o.ctx, "api", &review.Request.Object, metav1.CreateOptions{})
		o.must(err)
		if answer.Status.Token == "" || !slices.Equal(answer.Spec.Audiences, review.Request.Object.Spec.Audiences) {
			o.Errorf("there is no token for %v", answer.Spec.Audiences)
		}
	})
}

func (o *others) pod(c admissionCase) {
	var review struct {
		Request struct{ Object corev1.Pod }
	}
	o.must(json.Unmarshal([]byte(c.Review), &review))
	pod := &review.Request.Object
	pod.Namespace = ""
	_, err := o.client().CoreV1().ServiceAccounts(o.namespace).Create(o.ctx, &corev1.ServiceAccount{
		ObjectMeta: metav1.ObjectMeta{Name: "plain", Labels: map[string]string{"acr-credential-helper/exclude": "true"}}}, metav1.CreateOptions{})
	o.must(err)
	pod.Spec.ServiceAccountName = "plain" // else the pod gets its account's entry from kube-apiserver
	o.decided(widenedHook, []string{"foreign_request"}, func() {
		answer, err := o.client().CoreV1().Pods(o.namespace).Create(o.ctx, pod, metav1.CreateOptions{})
		o.must(err)
		if len(answer.Spec.ImagePullSecrets) > 0 {
			o.Errorf("the pod lists %v", answer.Spec.ImagePullSecrets)
		}
	})
}

func (o *others) oldVersion(c admissionCase) {
	o.must(o.w.AwaitWebhook(o.ctx, o.older, true, soon))
	o.decided(olderHook, []string{"patched"}, func() { // by this hook, and not by the product's own registration
		if _, answer := o.write(o.older, strings.ToLower(c.ID), o.review(c)); !slices.Equal(namesOf(answer), []string{world.SecretName}) {
			o.Errorf("the answer lists %v", namesOf(answer))
		}
	})
}

func (o *others) noConfiguration(admissionCase) {
	o.configure("service-account", "*") // nothing of ours is registered meanwhile
	o.awaitWebhooks(0)
	nowhere, err := testbed.StartRelay()
	o.must(err)
	o.Cleanup(nowhere.Close)
	kubeconfig, err := o.w.Plane.KubeconfigVia(o.w.ControllerKubeconfig(), nowhere.Address())
	o.must(err)
	port, err := testbed.FreePort()
	o.must(err)
	address, dir := testbed.Loopback(port), o.TempDir()
	bundle := o.issue(dir)
	blind, err := o.w.StartWebhook("--webhook-bind-address="+address, "--cert-dir="+dir, "--kubeconfig="+kubeconfig)
	o.must(err)
	o.eventually(startLimit, func() error {
		connection, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) // only to see that it serves
		if err == nil {
			_ = connection.Close()
		}
		return err
	})
	namespace := o.namespaceOf(metav1.ObjectMeta{})
	o.awaitBound(namespace, "default", soon)
	o.register(namespace, "blind.example.com", sendAll("v1.blind.example.com", "v1", "https://"+address+mutatePath, bundle, namespace))
	if blind.Ready(o.ctx) {
		o.Fatal("it is ready: the case shows nothing (CRT-9)")
	}

	o.decided("v1.blind.example.com", []string{"no_configuration"}, func() {
		if names := namesOf(o.createAccount(namespace, "api")); len(names) > 0 {
			o.Errorf("the answer lists %v", names)
		}
	})

	o.awaitBound(namespace, "api", promised) // by the controller
	if counted := o.metrics(blind, `acr_webhook_decisions_total{decision="no_configuration"}`); counted == 0 {
		o.Error("it was not counted")
	}
}

func (o *others) notAReview(c admissionCase) {
	response, err := o.asker.Post(o.w.WebhookURL()+mutatePath, "application/json", strings.NewReader(c.Review))
	o.must(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	o.must(err)
	if response.StatusCode != c.Expect.HTTPStatus || !response.Close || strings.Contains(string(body), "patch") {
		o.Errorf("%s, connection closed: %t: %s", response.Status, response.Close, body)
	}
	if !o.webhook.Running() || !o.webhook.Ready(o.ctx) {
		o.Errorf("it harmed the webhook:\n%s", o.webhook.LogTail())
	}
}
