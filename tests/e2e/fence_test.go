// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"acr-credential-helper/tests/world"
)

// thief has what somebody has who stole the controller's token.
func (s *scene) thief() kubernetes.Interface {
	s.Helper()
	client, err := s.w.ControllerClient()
	s.must(err)
	return client
}

// refused fails the test unless the fence, and not the lack of a right, refused the request.
func (s *scene) refused(what string, err error) {
	s.Helper()
	if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "the fence of acr-credential-helper") {
		s.Errorf("%s: %v, want a refusal by the fence", what, err)
	}
}

func TestAStolenControllerTokenMintsNoOtherToken(t *testing.T) {
	s := newScene(t)
	s.from(world.FenceFrom)
	namespace, thief := s.namespace(), s.thief()
	tokenOf := func(name, account string) *corev1.Secret {
		return &corev1.Secret{Type: corev1.SecretTypeServiceAccountToken, ObjectMeta: metav1.ObjectMeta{Name: name,
			Annotations: map[string]string{corev1.ServiceAccountNameKey: account}}}
	}

	for _, name := range []string{world.SecretName, world.StateSecretName, world.CASecretName, "anything"} {
		for _, in := range []string{namespace, world.OwnNamespace} {
			_, err := thief.CoreV1().Secrets(in).Create(s.ctx, tokenOf(name, "default"), metav1.CreateOptions{})
			s.refused(fmt.Sprintf("token Secret %s/%s", in, name), err)
		}
	}
	generated := tokenOf("", "default")
	generated.GenerateName = world.SecretName
	_, err := thief.CoreV1().Secrets(namespace).Create(s.ctx, generated, metav1.CreateOptions{})
	s.refused("token Secret with a generated name", err)
	for name, in := range map[string]string{"anything": namespace, world.StateSecretName: namespace, world.CASecretName: namespace} {
		_, err := thief.CoreV1().Secrets(in).Create(s.ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
		s.refused(fmt.Sprintf("Secret %s/%s", in, name), err)
	}
	_, err = thief.CoreV1().Secrets(namespace).Create(s.ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: world.SecretName}}, metav1.CreateOptions{})
	s.refused("an opaque Secret of our name", err)
}

func TestAStolenControllerTokenChangesNothingElseInAServiceAccount(t *testing.T) {
	s := newScene(t)
	s.from(world.FenceFrom)
	s.configure()
	namespace, thief := s.namespace(), s.thief()
	account := accountWith("web", "theirs", "registry")
	account.Annotations = map[string]string{"pod-identity.alibabacloud.com/role-name": "reader"}
	_, err := s.client().CoreV1().ServiceAccounts(namespace).Create(s.ctx, account, metav1.CreateOptions{})
	s.must(err)
	patch := func(body string) error {
		_, err := thief.CoreV1().ServiceAccounts(namespace).Patch(s.ctx, "web", types.MergePatchType, []byte(body), metav1.PatchOptions{})
		return err
	}

	for what, body := range map[string]string{
		"an annotation":     `{"metadata":{"annotations":{"pod-identity.alibabacloud.com/role-name":"owner"}}}`,
		"a new annotation":  `{"metadata":{"annotations":{"eks.amazonaws.com/role-arn":"x"}}}`,
		"all annotations":   `{"metadata":{"annotations":null}}`,
		"a label":           `{"metadata":{"labels":{"a":"b"}}}`,
		"a finalizer":       `{"metadata":{"finalizers":["example.com/stuck"]}}`,
		"an owner":          `{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"none","uid":"x"}]}}`,
		"a token":           `{"secrets":[{"name":"x"}]}`,
		"automounting":      `{"automountServiceAccountToken":false}`,
		"a foreign entry":   `{"imagePullSecrets":[{"name":"theirs"},{"name":"registry"},{"name":"mine"}]}`,
		"one entry less":    fmt.Sprintf(`{"imagePullSecrets":[{"name":"theirs"},{"name":%q}]}`, world.SecretName),
		"no entry left":     `{"imagePullSecrets":null}`,
		"ours and the rest": fmt.Sprintf(`{"metadata":{"labels":{"a":"b"}},"imagePullSecrets":[{"name":"theirs"},{"name":"registry"},{"name":%q}]}`, world.SecretName),
	} {
		s.refused(what, patch(body))
	}

	s.must(patch(fmt.Sprintf(`{"imagePullSecrets":[{"name":"theirs"},{"name":"registry"},{"name":%q}]}`, world.SecretName)))
	s.must(patch(`{"imagePullSecrets":[{"name":"theirs"},{"name":"registry"}]}`))
}

func TestAStolenControllerTokenMakesNoOtherObjectOfTheOwnNamespace(t *testing.T) {
	s := newScene(t)
	s.from(world.FenceFrom)
	_, err := s.thief().CoreV1().ConfigMaps(world.OwnNamespace).Create(s.ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "mine"}}, metav1.CreateOptions{})
	s.refused("a ConfigMap", err)
	_, err = s.thief().CoreV1().ConfigMaps(world.OwnNamespace).Update(s.ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: world.ConfigMapName}}, metav1.UpdateOptions{})
	if !apierrors.IsForbidden(err) {
		t.Errorf("an update of acr-configuration: %v, want 403", err)
	}
}

// In whatever spelling the helper understands overwrite, the fence does too, as soon as it is there.
func TestInOverwriteModeTheFenceLetsForeignEntriesGo(t *testing.T) {
	for name, changes := range map[string][]string{
		"key":      {"binding-mode", "overwrite"},
		"quoted":   {"binding-mode", `"Overwrite" # as before`},
		"spelling": {"bindingMode", "overwrite"},
		"managed":  {"acr-registry-info", `{"AcrInstanceInfo":[{"instanceId":"cri-acme0000000000"}],"bindingMode":"overwrite"}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			namespace := s.namespace()
			s.createAccount(namespace, "web", "theirs")
			s.configure(slices.Concat([]string{"service-account", "web"}, changes)...)

			s.startController()

			s.awaitPullSecrets(namespace, "web", soon, world.SecretName)
		})
	}
}

func TestTheFenceWithForeignEntriesKeptWinsOverOverwriteMode(t *testing.T) {
	s := newScene(t)
	s.from(world.FenceFrom)
	s.installed("fence.foreignEntries=keep")
	namespace := s.namespace()
	s.createAccount(namespace, "web", "theirs")
	s.createAccount(namespace, "plain")
	s.configure("service-account", "web,plain", "binding-mode", "overwrite")
	s.eventually(soon, func() error { // it takes the API server a moment
		_, err := s.thief().CoreV1().ServiceAccounts(namespace).Patch(s.ctx, "web", types.MergePatchType,
			fmt.Appendf(nil, `{"imagePullSecrets":[{"name":%q}]}`, world.SecretName), metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil || !strings.Contains(err.Error(), "fence.foreignEntries") {
			return fmt.Errorf("the policy is not in force: %v", err)
		}
		return nil
	})
	controller := s.startController()

	s.awaitPullSecrets(namespace, "plain", soon, world.SecretName)
	s.awaitLog(controller, "work failed", "web", "fence.foreignEntries")
	s.awaitPullSecrets(namespace, "web", 0, "theirs")
}

func TestThePoliciesOfTheFenceAreFreeOfTypeErrors(t *testing.T) {
	s := newScene(t)
	s.from(world.FenceFrom)
	s.eventually(soon, func() error {
		policies, err := s.client().AdmissionregistrationV1().ValidatingAdmissionPolicies().List(s.ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/component=fence"})
		if err != nil {
			return err
		}
		if len(policies.Items) != 4 {
			return world.Permanent(fmt.Errorf("there are %d policies, want 4", len(policies.Items)))
		}
		for _, policy := range policies.Items {
			if policy.Status.ObservedGeneration != policy.Generation {
				return fmt.Errorf("policy %s was not checked yet", policy.Name)
			}
			if policy.Status.TypeChecking != nil && len(policy.Status.TypeChecking.ExpressionWarnings) > 0 {
				return world.Permanent(fmt.Errorf("policy %s: %v", policy.Name, policy.Status.TypeChecking.ExpressionWarnings))
			}
		}
		return nil
	})
}

// SEC-2, SEC-4: neither account reads or lists any other Secret, nor asks for the token of an account.
func TestNoAccountOfTheProductReachesAnotherSecret(t *testing.T) {
	s := newScene(t)
	namespace := s.namespace()
	s.createAccount(namespace, "web")
	for _, name := range []string{"theirs", world.SecretName} {
		_, err := s.client().CoreV1().Secrets(namespace).Create(s.ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
		s.must(err)
	}
	controller := s.thief()
	webhook, err := s.w.WebhookClient()
	s.must(err)
	forbidden := func(what string, err error) {
		t.Helper()
		if !apierrors.IsForbidden(err) {
			t.Errorf("%s: %v, want 403", what, err)
		}
	}

	for name, client := range map[string]kubernetes.Interface{"controller": controller, "webhook": webhook} {
		for _, in := range []string{namespace, world.OwnNamespace, metav1.NamespaceAll} {
			_, err := client.CoreV1().Secrets(in).List(s.ctx, metav1.ListOptions{})
			forbidden(name+" lists Secrets of "+in, err)
		}
		_, err := client.CoreV1().Secrets(namespace).Get(s.ctx, "theirs", metav1.GetOptions{})
		forbidden(name+" reads a Secret", err)
		forbidden(name+" deletes a Secret", client.CoreV1().Secrets(namespace).Delete(s.ctx, "theirs", metav1.DeleteOptions{}))
		_, err = client.CoreV1().ServiceAccounts(namespace).CreateToken(s.ctx, "web", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
		forbidden(name+" asks for a token", err)
		_, err = client.CoreV1().Pods(namespace).List(s.ctx, metav1.ListOptions{})
		forbidden(name+" lists pods", err)
	}
	_, err = webhook.CoreV1().Secrets(namespace).Get(s.ctx, world.SecretName, metav1.GetOptions{})
	forbidden("the webhook reads a pull Secret", err)
	_, err = controller.CoreV1().Secrets(namespace).Get(s.ctx, world.SecretName, metav1.GetOptions{})
	s.must(err)
}

// Where the webhook has no address of its own the controller asks for that of its Service, and dials it.
func TestWithoutAURLTheClusterIPOfTheServiceIsDialled(t *testing.T) {
	s := newScene(t)
	service, err := s.client().CoreV1().Services(world.OwnNamespace).Get(s.ctx, "acr-webhook", metav1.GetOptions{})
	s.must(err)
	s.configure("webhook-configuration", world.WebhookOn)

	controller := s.startController("--webhook-url=")

	s.awaitLog(controller, "no webhook endpoint answers yet", service.Spec.ClusterIP)
}
