// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/world"
)

const (
	ignoringWebhook = "enable: true\nfailure-policy: Ignore\ntimeout-seconds: 2\n"
	placeholderItem = "- instanceId: <cri-instanceId>\n" // an error, after which the other items serve at a first start
)

// brokenFor is a broken text that covers one namespace.
func brokenFor(namespace string) []string {
	return []string{"watch-namespace", namespace, "acr-registry-info", acmeItem + "  domains: " + world.PublicHost + "\n" + placeholderItem, "service-account", "*",
		"webhook-configuration", ignoringWebhook}
}

// neverBound forbids that a ServiceAccount of this namespace gets our entry.
func (s *scene) neverBound(namespace string) (end func()) {
	s.Helper()
	return s.watchAccounts(func(_, now *corev1.ServiceAccount) error {
		if now != nil && now.Namespace == namespace && world.HasPullSecret(now, world.SecretName) {
			return fmt.Errorf("ServiceAccount %s/%s was bound", now.Namespace, now.Name)
		}
		return nil
	})
}

// awaitStateKeys waits until the state Secret exists with and without these keys, and returns it.
func (s *scene) awaitStateKeys(with, without string) (state *corev1.Secret) {
	s.Helper()
	s.eventually(soon, func() (err error) {
		if state, err = s.client().CoreV1().Secrets(world.OwnNamespace).Get(s.ctx, world.StateSecretName, metav1.GetOptions{}); err != nil {
			return err
		}
		if state.Data[with] == nil || state.Data[without] != nil {
			return fmt.Errorf("the state Secret has %q and %q, want %s alone", state.Data[with], state.Data[without], with)
		}
		return nil
	})
	return state
}

// startTogether starts both programs, as a rollout does: neither waits for what the other is to make first.
func (s *scene) startTogether() (controller, webhook *world.Program) {
	s.Helper()
	controller, err := s.w.StartController("--validate-config=false")
	s.must(err)
	webhook, err = s.w.StartWebhook()
	s.must(err)
	return controller, webhook
}

func TestWhatAFirstStartTookFromABrokenTextRulesOverRestartsAndEditsUntilOneIsAccepted(t *testing.T) {
	s := newScene(t)
	shop, other := s.namespace(), s.namespace()
	otherStaysFree := s.neverBound(other)
	s.configure(brokenFor(shop)...)
	controller, webhook := s.startTogether()
	s.createAccount(shop, "early")
	s.createAccount(other, "early")
	s.awaitBound(shop, "early", startLimit)
	s.awaitHosts(shop, soon, world.PublicHost)
	s.awaitStateKeys("first-start", "configuration")

	controller.Kill()
	webhook.Kill()
	s.configure(brokenFor(other)...) // edited from one broken text to another while nobody looks
	controller, webhook = s.startTogether()
	s.createAccount(shop, "after-edit")
	s.createAccount(other, "after-edit")
	s.awaitBound(shop, "after-edit", startLimit)
	s.must(s.w.AwaitWebhook(s.ctx, shop, true, startLimit))
	s.awaitEvent("ConfigurationInvalid", soon, noted("the good parts of the text of the first start stay in force"))

	controller.Kill()
	webhook.Kill()
	s.must(s.w.DeleteConfiguration(s.ctx))
	s.startTogether()
	s.createAccount(shop, "after-deletion")
	s.awaitBound(shop, "after-deletion", startLimit)
	s.must(s.w.AwaitWebhook(s.ctx, shop, true, startLimit))
	s.must(s.w.AwaitWebhook(s.ctx, other, false, soon))
	s.neverAskedForPersonalEdition()
	otherStaysFree()

	s.configure("watch-namespace", other, "service-account", "*", "webhook-configuration", ignoringWebhook)
	s.awaitBound(other, "early", soon)
	s.awaitPullSecrets(shop, "early", soon)
	s.awaitStateKeys("configuration", "first-start")
}

// configureBinary writes the ConfigMap with text and with keys in binaryData, as `kubectl create --from-file` does with
// files that are not UTF-8.
func (s *scene) configureBinary(data map[string]string, keys ...string) {
	s.Helper()
	binary := map[string][]byte{}
	for _, key := range keys {
		binary[key] = []byte("\xff\xfe-\x00 \x00a\x00") // UTF-16
	}
	_, err := s.client().CoreV1().ConfigMaps(world.OwnNamespace).Create(s.ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: world.ConfigMapName, Namespace: world.OwnNamespace}, Data: data, BinaryData: binary,
	}, metav1.CreateOptions{})
	s.must(err)
}

func TestAListInBinaryDataIsNeverTakenForPersonalEdition(t *testing.T) {
	s := newScene(t)
	shop := s.namespace()
	others := s.neverBound("default")
	text := settings("watch-namespace", shop, "service-account", "*", "acr-registry-info", "", "webhook-configuration", ignoringWebhook)
	s.configureBinary(text, "acr-registry-info", "logo.png")
	controller, webhook := s.startTogether()
	s.awaitBound(shop, "default", startLimit) // the Secret follows when there is a list
	s.awaitEvent("ConfigurationInvalid", soon, noted("acr-registry-info", "binaryData", "UTF-8"))

	labelled := s.stored()
	labelled.Labels = map[string]string{"team": "shop"}
	_, err := s.client().CoreV1().ConfigMaps(world.OwnNamespace).Update(s.ctx, labelled, metav1.UpdateOptions{})
	s.must(err)
	state := s.awaitStateKeys("first-start", "configuration")
	var first struct{ BinaryKeys []string }
	s.must(json.Unmarshal(state.Data["first-start"], &first))
	if !slices.Equal(first.BinaryKeys, []string{"acr-registry-info", "logo.png"}) {
		t.Fatalf("the state Secret holds the binary keys %v", first.BinaryKeys)
	}
	controller.Kill()
	webhook.Kill()
	s.startTogether()
	s.createAccount(shop, "after-restart")
	s.must(s.w.AwaitWebhook(s.ctx, shop, true, startLimit))
	if _, err := s.secret(shop); err == nil {
		t.Fatal("a pull Secret was made without a list")
	}
	s.neverAskedForPersonalEdition()

	s.configure("watch-namespace", shop, "service-account", "*")
	s.awaitSecret(shop, startLimit) // the Lease of the killed leader may have to run out first
	others()
}

func TestAScopeInBinaryDataCoversNothingUntilItIsText(t *testing.T) {
	s := newScene(t)
	s.coversNothingUntilCorrected(func() {
		s.configureBinary(settings("watch-namespace", "", "webhook-configuration", ignoringWebhook), "watch-namespace")
	}, "watch-namespace", "binaryData")
}

func TestNamespacesLeftOutByWhatCannotBeReadAreNotCovered(t *testing.T) {
	for _, broken := range []struct{ key, value, word string }{
		{"exclude-namespaces", "kube-*,pay_ments", "pay_ments"},
		{"namespace-selector", "# team=shop", "comment"},
		{"exclude-namespace", "payments", "did you mean exclude-namespaces"},
	} {
		t.Run(broken.key, func(t *testing.T) {
			s := newScene(t)
			s.coversNothingUntilCorrected(func() {
				s.configure("watch-namespace", "all", "service-account", "*", "webhook-configuration", ignoringWebhook, broken.key, broken.value)
			}, broken.key, broken.word)
		})
	}
}

// coversNothingUntilCorrected expects that at a first start with the text that write writes nothing is bound, although
// the instance gets its login, and that a corrected text is obeyed. The Event holds these words.
func (s *scene) coversNothingUntilCorrected(write func(), words ...string) {
	s.Helper()
	shop := s.namespace()
	nobody := s.watchAccounts(func(_, now *corev1.ServiceAccount) error {
		if now != nil && world.HasPullSecret(now, world.SecretName) {
			return errors.New("ServiceAccount " + now.Namespace + "/" + now.Name + " was bound")
		}
		return nil
	})
	write()
	s.startTogether()
	s.awaitEvent("ConfigurationInvalid", startLimit, noted(words...))
	s.eventually(soon, func() error {
		if s.logins("cri-acme0000000000") == 0 {
			return errors.New("the instance has no login, though only the scope is unknown")
		}
		return nil
	})
	s.awaitStateKeys("first-start", "configuration")
	nobody()

	s.configure("watch-namespace", shop)
	s.awaitBound(shop, "default", soon)
}
