// SPDX-License-Identifier: Apache-2.0

package world

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// WebhookOn and WebhookOff are values of the key webhook-configuration.
const (
	WebhookOn  = "enable: true\nfailure-policy: Fail\ntimeout-seconds: 5\n"
	WebhookOff = "enable: false\n"
)

const policyLimit = 10 * time.Second // until the API server has forgotten a policy

// Enterprise is a value of the key acr-registry-info: the emulator's first Enterprise Edition instance.
const Enterprise = `- instanceId: "` + enterpriseInstance + `"` + "\n"

// Configure writes the ConfigMap acr-configuration with exactly these keys.
func (w *World) Configure(ctx context.Context, data map[string]string) error {
	maps := w.Client().CoreV1().ConfigMaps(OwnNamespace)
	wanted := AsApplied(&corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Name: ConfigMapName, Namespace: OwnNamespace}, Data: data,
	})
	_, err := maps.Update(ctx, wanted, metav1.UpdateOptions{})
	if apierrors.IsNotFound(err) {
		_, err = maps.Create(ctx, wanted, metav1.CreateOptions{})
	}
	return err
}

// DeleteConfiguration deletes the ConfigMap; it may be absent.
func (w *World) DeleteConfiguration(ctx context.Context) error {
	return ignoreNotFound(w.Client().CoreV1().ConfigMaps(OwnNamespace).Delete(ctx, ConfigMapName, metav1.DeleteOptions{}))
}

// AwaitWebhook waits until kube-apiserver asks the webhook about new ServiceAccounts of the namespace (on) or no more.
func (w *World) AwaitWebhook(ctx context.Context, namespace string, on bool, limit time.Duration) error {
	probe := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "probe"}}
	dryRun := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
	return Eventually(ctx, limit, func() error {
		answer, err := w.Client().CoreV1().ServiceAccounts(namespace).Create(ctx, probe, dryRun)
		if err != nil {
			return err
		}
		if bound := HasPullSecret(answer, SecretName); bound != on {
			return fmt.Errorf("a new ServiceAccount of namespace %s: bound at creation %t, want %t", namespace, bound, on)
		}
		return nil
	})
}

// Reset ends all programs of the product and takes the cluster and the cloud back to the state right after Start:
// nothing configured, nothing remembered, nothing registered, nothing bound. Namespaces stay.
func (w *World) Reset(ctx context.Context) error {
	w.KillPrograms()
	core := w.Client().CoreV1()
	return errors.Join(
		w.DeleteConfiguration(ctx),
		ignoreNotFound(core.Secrets(OwnNamespace).Delete(ctx, StateSecretName, metav1.DeleteOptions{})),
		ignoreNotFound(core.Secrets(OwnNamespace).Delete(ctx, CASecretName, metav1.DeleteOptions{})),
		ignoreNotFound(core.ConfigMaps(OwnNamespace).Delete(ctx, StatusConfigMapName, metav1.DeleteOptions{})),
		ignoreNotFound(w.Client().CoordinationV1().Leases(OwnNamespace).Delete(ctx, LeaseName, metav1.DeleteOptions{})),
		w.resetAdmission(ctx),
		w.resetNamespaces(ctx),
		w.resetCloud(ctx),
	)
}

// resetNamespaces takes all bindings and pull Secrets away. Left behind, they would be more than a later configuration
// covers, and the product takes its time before it obeys an edit that unbinds most of what is bound.
func (w *World) resetNamespaces(ctx context.Context) error {
	core := w.Client().CoreV1()
	accounts, err := core.ServiceAccounts(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, account := range accounts.Items {
		if !HasPullSecret(&account, SecretName) {
			continue
		}
		account.ImagePullSecrets = slices.DeleteFunc(account.ImagePullSecrets,
			func(reference corev1.LocalObjectReference) bool { return reference.Name == SecretName })
		_, err := core.ServiceAccounts(account.Namespace).Update(ctx, &account, metav1.UpdateOptions{})
		if ignoreNotFound(err) != nil {
			return err
		}
	}
	secrets, err := core.Secrets(metav1.NamespaceAll).List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + SecretName})
	if err != nil {
		return err
	}
	for _, secret := range secrets.Items {
		if err := ignoreNotFound(core.Secrets(secret.Namespace).Delete(ctx, SecretName, metav1.DeleteOptions{})); err != nil {
			return err
		}
	}
	return nil
}

// AbandonNamespace deletes a namespace without waiting for its end; its ServiceAccounts go at once.
func (w *World) AbandonNamespace(ctx context.Context, name string) error {
	core := w.Client().CoreV1()
	return errors.Join(
		ignoreNotFound(core.Namespaces().Delete(ctx, name, metav1.DeleteOptions{})),
		core.ServiceAccounts(name).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}),
	)
}

// resetAdmission empties the admission configurations, which is how the manifests ship them, and deletes the policy.
func (w *World) resetAdmission(ctx context.Context) error {
	admission := w.Client().AdmissionregistrationV1()
	mutating, err := admission.MutatingWebhookConfigurations().Get(ctx, AdmissionName, metav1.GetOptions{})
	if err != nil {
		return err
	}
	mutating.Webhooks = nil
	if _, err := admission.MutatingWebhookConfigurations().Update(ctx, mutating, metav1.UpdateOptions{}); err != nil {
		return err
	}
	validating, err := admission.ValidatingWebhookConfigurations().Get(ctx, AdmissionName, metav1.GetOptions{})
	if err != nil {
		return err
	}
	validating.Webhooks = nil
	if _, err := admission.ValidatingWebhookConfigurations().Update(ctx, validating, metav1.UpdateOptions{}); err != nil {
		return err
	}
	binding := ignoreNotFound(w.PolicyRequest("DELETE", PolicyBindings).Do(ctx).Error())
	policy := w.PolicyRequest("DELETE", Policies).Do(ctx).Error()
	if binding == nil && policy == nil { // the API server goes by it for a second more, and the next test would take it for its own
		return w.AwaitWebhook(ctx, metav1.NamespaceDefault, false, policyLimit)
	}
	return errors.Join(binding, ignoreNotFound(policy))
}

// ForgetNamespaces deletes namespaces and waits until they are gone.
func (w *World) ForgetNamespaces(ctx context.Context, names []string, limit time.Duration) error {
	namespaces := w.Client().CoreV1().Namespaces()
	for _, name := range names {
		if err := ignoreNotFound(namespaces.Delete(ctx, name, metav1.DeleteOptions{})); err != nil {
			return err
		}
	}
	for _, name := range names {
		err := Eventually(ctx, limit, func() error {
			_, err := namespaces.Get(ctx, name, metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				return nil
			}
			return fmt.Errorf("namespace %s is still there (%v)", name, err)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// HasPullSecret tells whether a ServiceAccount lists a pull secret of that name.
func HasPullSecret(account *corev1.ServiceAccount, name string) bool {
	for _, reference := range account.ImagePullSecrets {
		if reference.Name == name {
			return true
		}
	}
	return false
}

func ignoreNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
