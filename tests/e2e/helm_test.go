// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"slices"
	"testing"

	"acr-credential-helper/tests/world"
)

func TestWithWebhookTheFirstPodOfAHelmReleaseCarriesThePullSecret(t *testing.T) {
	s := newScene(t)
	_, _, namespace := s.startBoth()

	for i := range 5 {
		pod, err := s.w.InstallRelease(s.ctx, namespace, fmt.Sprintf("shop-%d", i))

		s.must(err)
		if names := world.Names(pod.Spec.ImagePullSecrets); !slices.Equal(names, []string{world.SecretName}) {
			t.Fatalf("pod %s carries %v from its creation", pod.Name, names)
		}
	}
}

func TestWithoutWebhookTheNextPodOfAHelmReleaseCarriesThePullSecret(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "*")
	s.startServing()
	namespace := s.namespace()
	s.awaitSecret(namespace, soon)

	first, err := s.w.InstallRelease(s.ctx, namespace, "shop")

	s.must(err)
	s.awaitBound(namespace, "shop", promised)
	next, err := s.w.ReplacePod(s.ctx, "shop", first)
	s.must(err)
	if names := world.Names(next.Spec.ImagePullSecrets); !slices.Equal(names, []string{world.SecretName}) {
		t.Fatalf("pod %s carries %v", next.Name, names)
	}
}
