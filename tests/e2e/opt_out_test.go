// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"acr-credential-helper/tests/world"
)

const excludeKey = "acr-credential-helper/exclude"

// optOuts are the ways to keep an object out: where the mark stands, and as what.
var optOuts = []struct {
	name        string
	onNamespace bool
	member      string
}{
	{"label on the Namespace", true, "labels"},
	{"annotation on the Namespace", true, "annotations"},
	{"label on the ServiceAccount", false, "labels"},
	{"annotation on the ServiceAccount", false, "annotations"},
}

func marked(name, member string, is bool) metav1.ObjectMeta {
	meta := metav1.ObjectMeta{Name: name}
	if is && member == "labels" {
		meta.Labels = map[string]string{excludeKey: "true"}
	}
	if is && member == "annotations" {
		meta.Annotations = map[string]string{excludeKey: "true"}
	}
	return meta
}

// mark sets or removes a mark of a namespace or of its ServiceAccount `web`.
func (s *scene) mark(namespace string, onNamespace bool, member string, on bool) {
	s.Helper()
	value := "null"
	if on {
		value = `"true"`
	}
	patch := fmt.Appendf(nil, `{"metadata":{%q:{%q:%s}}}`, member, excludeKey, value)
	var err error
	if onNamespace {
		_, err = s.client().CoreV1().Namespaces().Patch(s.ctx, namespace, types.MergePatchType, patch, metav1.PatchOptions{})
	} else {
		_, err = s.client().CoreV1().ServiceAccounts(namespace).Patch(s.ctx, "web", types.MergePatchType, patch, metav1.PatchOptions{})
	}
	s.must(err)
}

// webhookBinds asks by a dry run what an update that drops our entry would come to: whether the webhook puts it back.
func (s *scene) webhookBinds(namespace, name string) (bool, error) {
	accounts := s.client().CoreV1().ServiceAccounts(namespace)
	account, err := accounts.Get(s.ctx, name, metav1.GetOptions{})
	if err != nil {
		return false, err
	}
	account.ImagePullSecrets = slices.DeleteFunc(account.ImagePullSecrets,
		func(reference corev1.LocalObjectReference) bool { return reference.Name == world.SecretName })
	answer, err := accounts.Update(s.ctx, account, metav1.UpdateOptions{DryRun: []string{metav1.DryRunAll}})
	return err == nil && world.HasPullSecret(answer, world.SecretName), err
}

// awaitBothWays waits until the ServiceAccount `web` is bound (or not) and the webhook is of the same opinion.
func (s *scene) awaitBothWays(namespace string, bound bool, limit time.Duration) {
	s.Helper()
	s.eventually(limit, func() error {
		names, err := s.pullSecrets(namespace, "web")
		if err != nil {
			return err
		}
		answer, err := s.webhookBinds(namespace, "web")
		if has := slices.Contains(names, world.SecretName); err == nil && (has != bound || answer != bound) {
			err = fmt.Errorf("in namespace %s: bound %t, by the webhook %t, want %t", namespace, has, answer, bound)
		}
		return err
	})
}

func TestC11AnOptedOutNamespaceOrServiceAccountIsLeftAloneByBothWays(t *testing.T) {
	s := newScene(t)
	s.startBoth()
	var namespaces []string
	for _, way := range optOuts {
		namespace := s.namespaceOf(marked("", way.member, way.onNamespace))
		namespaces = append(namespaces, namespace)
		answer, err := s.client().CoreV1().ServiceAccounts(namespace).Create(s.ctx,
			&corev1.ServiceAccount{ObjectMeta: marked("web", way.member, !way.onNamespace)}, metav1.CreateOptions{})
		s.must(err)
		if names := namesOf(answer); len(names) > 0 {
			t.Fatalf("%s: the create answer lists %v", way.name, names)
		}
	}
	for i, way := range optOuts { // an update is another way into admission
		answer, err := s.client().CoreV1().ServiceAccounts(namespaces[i]).Patch(s.ctx, "web", types.MergePatchType,
			[]byte(`{"imagePullSecrets":[{"name":"another"}]}`), metav1.PatchOptions{})
		s.must(err)
		if names := namesOf(answer); !slices.Equal(names, []string{"another"}) {
			t.Fatalf("%s: the update answer lists %v", way.name, names)
		}
	}
	witness := s.namespace() // what came before it has been looked at once it is served
	s.awaitSecret(witness, soon)
	s.awaitBound(witness, "default", soon)
	s.must(world.Throughout(s.ctx, promised, func() error {
		for i, way := range optOuts {
			names, err := s.pullSecrets(namespaces[i], "web")
			if _, missing := s.secret(namespaces[i]); err == nil && (len(names) != 1 || (missing == nil) == way.onNamespace) {
				err = fmt.Errorf("the list is %v, the Secret: %v", names, missing)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", way.name, err)
			}
		}
		return nil
	}))

	for i, way := range optOuts {
		s.mark(namespaces[i], way.onNamespace, way.member, false)
		s.awaitBothWays(namespaces[i], true, soon/2)
		s.awaitSecret(namespaces[i], soon/2)
	}
	before := s.snapshot(witness)
	for i, way := range optOuts {
		s.mark(namespaces[i], way.onNamespace, way.member, true)
		s.awaitBothWays(namespaces[i], false, soon/2)
		s.awaitPullSecrets(namespaces[i], "web", 0, "another")
		s.eventually(soon/2, func() error {
			if _, missing := s.secret(namespaces[i]); (missing == nil) == way.onNamespace {
				return fmt.Errorf("%s: the Secret: %v", way.name, missing)
			}
			return nil
		})
	}
	s.unchanged(before, witness)
}
