// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/world"
)

func (s *story) switchWebhook(what, value string) error {
	return s.act(what, func() error {
		if err := s.configure(value); err != nil {
			return err
		}
		return s.w.AwaitWebhook(s.ctx, namespace, value == world.WebhookOn, soon)
	})
}

func (s *story) webhook() error {
	if err := s.switchWebhook("webhook on: the ConfigMap's edit has registered it, and it answers", world.WebhookOn); err != nil {
		return err
	}
	return s.act("webhook on: the very first pod of a Helm release carries the pull secret from its creation", func() error {
		pod, err := s.w.InstallRelease(s.ctx, namespace, "instant")
		if err != nil {
			return err
		}
		return expectPullSecret("pod "+pod.Name, pod.Spec.ImagePullSecrets)
	})
}

func (s *story) toggle() error {
	if err := s.switchWebhook("webhook off: the ConfigMap's edit has removed the registration", world.WebhookOff); err != nil {
		return err
	}
	begin := time.Now()
	account, err := s.createAccount("later")
	if err != nil {
		return err
	}
	if names := world.Names(account.ImagePullSecrets); len(names) > 0 {
		return fmt.Errorf("with the webhook off the create answer of a ServiceAccount lists %v", names)
	}
	if err := s.w.AwaitPullSecrets(s.ctx, namespace, "later", promised, world.SecretName); err != nil {
		return err
	}
	s.tell("webhook off: a new ServiceAccount is bound in the background", time.Since(begin), "promised: 1 s")
	if err := s.switchWebhook("webhook on again", world.WebhookOn); err != nil {
		return err
	}
	return s.act("webhook on again: the create answer of a ServiceAccount has the pull secret", func() error {
		account, err := s.createAccount("at-once")
		if err != nil {
			return err
		}
		return expectPullSecret("the answer", account.ImagePullSecrets)
	})
}

func (s *story) createAccount(name string) (*corev1.ServiceAccount, error) {
	account := world.AsApplied(&corev1.ServiceAccount{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
	})
	return s.w.Client().CoreV1().ServiceAccounts(namespace).Create(s.ctx, account, metav1.CreateOptions{})
}
