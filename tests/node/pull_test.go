// SPDX-License-Identifier: Apache-2.0

package node

import (
	"encoding/base64"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/cloud"
)

// What all other tests build on: without this the node, or the registry, would let everybody pull.
func TestAPrivateImageNeedsAPullSecret(t *testing.T) {
	s := newScene(t)
	namespace := s.namespace()
	image := s.push()

	s.create(namespace, pod("without", image))
	s.eventually(soon, func() error {
		without, err := s.client().CoreV1().Pods(namespace).Get(s.ctx, "without", metav1.GetOptions{})
		if err != nil {
			return err
		}
		if count, _ := s.failedPulls(namespace); count == 0 {
			return fmt.Errorf("no pull has failed yet; the pod: %s", why(without))
		}
		return nil
	})

	s.createDockerSecret(namespace, "by-hand")
	s.create(namespace, pod("with", image, "by-hand"))
	s.eventually(soon, func() error {
		with, err := s.client().CoreV1().Pods(namespace).Get(s.ctx, "with", metav1.GetOptions{})
		if err == nil && with.Status.Phase != corev1.PodRunning {
			err = fmt.Errorf("the pod with a pull Secret does not run: %s", why(with))
		}
		return err
	})
}

// createDockerSecret creates a pull Secret as people make them by hand.
func (s *scene) createDockerSecret(namespace, name string) {
	s.Helper()
	admin := cloud.DefaultWorld().RegistryAdmin
	login := base64.StdEncoding.EncodeToString([]byte(admin.User + ":" + admin.Password))
	_, err := s.client().CoreV1().Secrets(namespace).Create(s.ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Type: corev1.SecretTypeDockerConfigJson,
		Data: map[string][]byte{corev1.DockerConfigJsonKey: []byte(`{"auths":{"` + vpcHost + `":{"auth":"` + login + `"}}}`)},
	}, metav1.CreateOptions{})
	s.must(err)
}
