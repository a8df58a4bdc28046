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
