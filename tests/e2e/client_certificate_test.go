// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"crypto/x509/pkix"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/world"
)

// Files by which kube-apiserver shows webhooks a certificate.
const (
	admissionConfiguration = `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: MutatingAdmissionWebhook
  configuration:
    apiVersion: apiserver.config.k8s.io/v1
    kind: WebhookAdmissionConfiguration
    kubeConfigFile: %s
`
	webhookKubeconfig = `apiVersion: v1
kind: Config
users:
- name: "*"
  user: {client-certificate: %[1]s/tls.crt, client-key: %[1]s/tls.key}
`
)

func TestAWebhookThatAsksForACertificateServesAnAPIServerAndAControllerThatShowOne(t *testing.T) {
	s := newScene(t)
	const name = "caller-of-webhooks"
	plane, dir := s.w.Plane, t.TempDir()
	_, err := plane.UserKubeconfig(name, pkix.Name{CommonName: name})
	s.must(err)
	for from, to := range map[string]string{name + ".crt": "tls.crt", name + ".key": "tls.key"} {
		text, err := os.ReadFile(filepath.Join(plane.Dir(), from))
		s.must(err)
		s.must(os.WriteFile(filepath.Join(dir, to), text, 0o600))
	}
	s.configure("service-account", "*", "webhook-configuration", world.WebhookOn)
	s.startController("--webhook-client-cert-dir=" + dir)
	s.startWebhook("--client-ca-file="+plane.CAFile(), "--client-cn="+name)
	namespace := s.namespace()
	s.awaitSecret(namespace, startLimit)
	s.awaitPolicy(admissionv1.Fail) // the controller was heard
	s.awaitHooksKnown(namespace)
	if _, err := s.client().CoreV1().ServiceAccounts(namespace).Create(s.ctx, accountWith("stranger"), metav1.CreateOptions{}); err == nil {
		t.Fatal("a kube-apiserver without a certificate was heard: the test shows nothing")
	}
	kubeconfig, configuration := filepath.Join(dir, "kubeconfig"), filepath.Join(dir, "admission.yaml")
	s.must(os.WriteFile(kubeconfig, fmt.Appendf(nil, webhookKubeconfig, dir), 0o600))
	s.must(os.WriteFile(configuration, fmt.Appendf(nil, admissionConfiguration, kubeconfig), 0o600))
	t.Cleanup(func() {
		if err := plane.RestartAPIServer(context.Background()); err != nil {
			t.Error(err)
		}
	})

	s.must(plane.RestartAPIServer(s.ctx, "--admission-control-config-file="+configuration))

	s.must(s.w.AwaitWebhook(s.ctx, namespace, true, startLimit))
	if names := namesOf(s.createAccount(namespace, "web")); !slices.Equal(names, []string{world.SecretName}) {
		t.Errorf("the create answer lists %v", names)
	}
	s.awaitPolicy(admissionv1.Fail)
}
