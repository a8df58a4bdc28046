// SPDX-License-Identifier: Apache-2.0

package world

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Secret is the pull Secret of a namespace.
func (w *World) Secret(ctx context.Context, namespace string) (*corev1.Secret, error) {
	return w.Client().CoreV1().Secrets(namespace).Get(ctx, SecretName, metav1.GetOptions{})
}

// AwaitSecret waits for the pull Secret of a namespace.
func (w *World) AwaitSecret(ctx context.Context, namespace string, limit time.Duration) (secret *corev1.Secret, err error) {
	err = Eventually(ctx, limit, func() (err error) {
		secret, err = w.Secret(ctx, namespace)
		return err
	})
	return secret, err
}

// Ends is when the first of the logins in a pull Secret ends, by its annotation.
func Ends(secret *corev1.Secret) (time.Time, error) {
	return time.Parse(time.RFC3339, secret.Annotations["acr-credential-helper/expires-at"])
}

// CheckFresh is an error unless a pull Secret covers exactly these registry hosts, given in their order, by logins that are good.
func CheckFresh(secret *corev1.Secret, hosts []string) error {
	found, err := Hosts(secret)
	if err != nil {
		return err
	}
	slices.Sort(found)
	if !slices.Equal(found, hosts) {
		return fmt.Errorf("the Secret of namespace %s covers %v, want %v", secret.Namespace, found, hosts)
	}
	ends, err := Ends(secret)
	if err == nil && !ends.After(time.Now()) {
		err = fmt.Errorf("the Secret of namespace %s holds a login that ended at %s", secret.Namespace, ends)
	}
	return err
}

// AwaitPullSecrets waits until a ServiceAccount lists exactly these pull secrets in this order.
func (w *World) AwaitPullSecrets(ctx context.Context, namespace, name string, limit time.Duration, wanted ...string) error {
	return Eventually(ctx, limit, func() error {
		account, err := w.Client().CoreV1().ServiceAccounts(namespace).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if names := Names(account.ImagePullSecrets); !slices.Equal(names, wanted) {
			return fmt.Errorf("ServiceAccount %s/%s lists %v, want %v", namespace, name, names, wanted)
		}
		return nil
	})
}
