// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/world"
)

// foreignSecret makes a Secret of our name as somebody else would.
func (s *scene) foreignSecret(namespace string, kind corev1.SecretType, data map[string][]byte) *corev1.Secret {
	s.Helper()
	secret, err := s.client().CoreV1().Secrets(namespace).Create(s.ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Name:        world.SecretName,
			Labels:      map[string]string{"team": "web"},
			Annotations: map[string]string{"example.com/note": "kept"},
		},
		Type: kind,
		Data: data,
	}, metav1.CreateOptions{})
	s.must(err)
	return secret
}

// noteAbout accepts an Event about an object in that namespace whose note has these words.
func noteAbout(namespace, words string) func(eventsv1.Event) error {
	return func(event eventsv1.Event) error {
		if event.Regarding.Namespace != namespace || !strings.Contains(event.Note, words) {
			return fmt.Errorf("the last Event is about namespace %s: %s", event.Regarding.Namespace, event.Note)
		}
		return nil
	}
}

func TestAForeignSecretOfTheRightTypeIsAdoptedInPlaceAndKeepsItsLabels(t *testing.T) {
	s := newScene(t)
	s.configure()
	namespace := s.namespace()
	foreign := s.foreignSecret(namespace, corev1.SecretTypeDockerConfigJson, map[string][]byte{
		corev1.DockerConfigJsonKey: []byte(`{"auths":{"other.example.com":{"auth":"dTpw"}}}`),
	})

	s.startServing()

	s.eventually(soon, func() error {
		secret, err := s.secret(namespace)
		if err != nil {
			return err
		}
		if secret.UID != foreign.UID {
			return fmt.Errorf("uid %s, want %s", secret.UID, foreign.UID)
		}
		if secret.Labels["app.kubernetes.io/managed-by"] != "acr-credential-helper" {
			return fmt.Errorf("labels %v", secret.Labels)
		}
		if secret.Labels["team"] != "web" || secret.Annotations["example.com/note"] != "kept" {
			return fmt.Errorf("labels or annotations of others are gone: %v %v", secret.Labels, secret.Annotations)
		}
		return nil
	})
	s.awaitEvent("Adopted", soon, noteAbout(namespace, "other.example.com"))
}

func TestC07AForeignSecretOfAnotherTypeIsLeftAloneUntilItIsGone(t *testing.T) {
	s := newScene(t)
	s.configure()
	namespace := s.namespace()
	foreign := s.foreignSecret(namespace, corev1.SecretTypeOpaque, map[string][]byte{"key": []byte("value")})

	s.startServing()

	s.awaitEvent("AdoptionConflict", soon, noteAbout(namespace, "left alone"))
	untouched, err := s.secret(namespace)
	s.must(err)
	if untouched.ResourceVersion != foreign.ResourceVersion {
		t.Fatalf("the foreign Secret was written: resourceVersion %s, was %s", untouched.ResourceVersion, foreign.ResourceVersion)
	}
	s.must(s.client().CoreV1().Secrets(namespace).Delete(s.ctx, world.SecretName, metav1.DeleteOptions{}))
	s.eventually(soon, func() error {
		secret, err := s.secret(namespace)
		if err == nil && secret.Type != corev1.SecretTypeDockerConfigJson {
			err = fmt.Errorf("type %s", secret.Type)
		}
		return err
	})
}
