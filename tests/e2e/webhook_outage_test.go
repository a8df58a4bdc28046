// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"acr-credential-helper/tests/world"
)

func TestAnOutageUnderFailStopsOnlyNewAccountsThatTheConfigurationCoversAndNoUnbindingOfOurs(t *testing.T) {
	s := newScene(t)
	const excluded = "plain-*"
	s.configure("service-account", "web,probe,leaves", "exclude-namespaces", excluded, "webhook-configuration", world.WebhookOn)
	namespace := s.namespace()
	s.startController("--webhook-breaker=false") // else Fail would end with it
	webhook := s.startWebhook()
	s.awaitSecret(namespace, startLimit)
	s.must(s.w.AwaitWebhook(s.ctx, namespace, true, soon))
	plain := "plain-" + s.freeName()
	s.createNamespace(plain)
	s.createAccount(namespace, "leaves", "foreign")
	s.createAccount(namespace, "api")
	webhook.Kill()
	create := func(where string, account *corev1.ServiceAccount) error {
		_, err := s.client().CoreV1().ServiceAccounts(where).Create(s.ctx, account, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return err
	}
	patch := func(name, body string) error {
		_, err := s.client().CoreV1().ServiceAccounts(namespace).Patch(s.ctx, name, types.MergePatchType, []byte(body), metav1.PatchOptions{})
		return err
	}

	if create(namespace, accountWith("web")) == nil {
		t.Fatal("under Fail a covered ServiceAccount was created without the webhook: the test shows nothing")
	}
	for what, err := range map[string]error{
		"an account that is not listed":     create(namespace, accountWith("worker")),
		"an excluded namespace":             create(plain, accountWith("web")),
		"kube-system":                       create(metav1.NamespaceSystem, accountWith("web")),
		"an account that has opted out":     create(namespace, &corev1.ServiceAccount{ObjectMeta: marked("web", "labels", true)}),
		"an account that lists the entry":   create(namespace, accountWith("web", world.SecretName)),
		"an edit of a bound account":        patch("leaves", `{"metadata":{"labels":{"team":"shop"}}}`),
		"an edit of one that is not listed": patch("api", `{"imagePullSecrets":[{"name":"another"}]}`),
		"a token of a bound account": func() error {
			_, err := s.client().CoreV1().ServiceAccounts(namespace).CreateToken(s.ctx, "leaves", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
			return err
		}(),
		"a Secret": func() error {
			_, err := s.client().CoreV1().Secrets(namespace).Create(s.ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "any"}}, metav1.CreateOptions{})
			return err
		}(),
		"the end of an account": s.client().CoreV1().ServiceAccounts(namespace).Delete(s.ctx, "api", metav1.DeleteOptions{}),
	} {
		if err != nil {
			t.Errorf("the outage stops %s: %v", what, err)
		}
	}

	s.configure("service-account", "web,probe", "exclude-namespaces", excluded, "webhook-configuration", world.WebhookOn)
	s.awaitPullSecrets(namespace, "leaves", soon, "foreign") // the controller takes its entry back all the same

	if policy := s.registration().Webhooks[0].FailurePolicy; *policy != admissionv1.Fail {
		t.Errorf("registered is %s", *policy)
	}
	s.startWebhook()
	s.must(s.w.AwaitWebhook(s.ctx, namespace, true, soon))
	s.must(patch("leaves", `{"metadata":{"labels":{"team":"none"}}}`))
	s.must(world.Throughout(s.ctx, promised, func() error { // and nobody binds it anew
		if names, err := s.pullSecrets(namespace, "leaves"); err != nil || !slices.Equal(names, []string{"foreign"}) {
			return errors.Join(fmt.Errorf("it lists %v", names), err)
		}
		return nil
	}))
}
