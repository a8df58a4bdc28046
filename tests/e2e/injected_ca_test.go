// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"

	"acr-credential-helper/tests/world"
)

// issue writes tls.crt and tls.key for the webhook's address into a folder, signed by themselves, and returns the CA.
func (s *scene) issue(dir string) []byte {
	s.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "an admin's issuer"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	s.must(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	s.must(err)
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	s.must(os.WriteFile(filepath.Join(dir, "tls.crt"), certificate, 0o600))
	s.must(os.WriteFile(filepath.Join(dir, "tls.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	return certificate
}

// injectCA is what cert-manager's injector does to an object with its annotation: the bundle goes into every webhook.
func (s *scene) injectCA(bundle []byte) {
	s.Helper()
	s.must(retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		registered := s.registration()
		if from := registered.Annotations["cert-manager.io/inject-ca-from"]; from != "kube-system/acr-webhook" {
			return fmt.Errorf("the annotation is %q", from)
		}
		for i := range registered.Webhooks {
			registered.Webhooks[i].ClientConfig.CABundle = bundle
		}
		_, err := s.client().AdmissionregistrationV1().MutatingWebhookConfigurations().Update(s.ctx, registered,
			metav1.UpdateOptions{FieldManager: "cert-manager-cainjector"})
		return err
	}))
}

func (s *scene) awaitPolicy(policy admissionv1.FailurePolicyType) {
	s.Helper()
	s.eventually(soon, func() error {
		if hooks := s.registration().Webhooks; len(hooks) != 1 || *hooks[0].FailurePolicy != policy {
			return fmt.Errorf("registered are %+v, want %s", hooks, policy)
		}
		return nil
	})
}

func TestWithAnInjectedCAFailIsRegisteredOnceTheBundleVerifiesTheWebhook(t *testing.T) {
	s := newScene(t)
	dir := t.TempDir()
	bundle, strangers := s.issue(dir), s.issue(t.TempDir())
	s.configure("service-account", "*", "webhook-configuration", world.WebhookOn)
	s.startController("--webhook-inject-ca-from=kube-system/acr-webhook")
	s.startWebhook("--cert-dir=" + dir)
	namespace := s.namespace()

	s.awaitPolicy(admissionv1.Ignore)
	s.createAccount(namespace, "before-any-bundle")
	s.awaitBound(namespace, "before-any-bundle", soon)
	s.injectCA(strangers)
	s.createAccount(namespace, "by-a-strangers-bundle")
	s.awaitPolicy(admissionv1.Ignore)
	s.injectCA(bundle)

	s.awaitPolicy(admissionv1.Fail)
	s.must(s.w.AwaitWebhook(s.ctx, namespace, true, soon))
	if names := namesOf(s.createAccount(namespace, "web")); !slices.Equal(names, []string{world.SecretName}) {
		t.Errorf("the create answer lists %v", names)
	}
	if kept := s.registration().Webhooks[0].ClientConfig.CABundle; !slices.Equal(kept, bundle) {
		t.Error("the injector's bundle was changed")
	}
}

func TestCertificatesOfTheUsersOwnIssuerAreReloadedAsAPairUnderFailWithoutAFailedCall(t *testing.T) {
	s := newScene(t)
	dir, nextDir := t.TempDir(), t.TempDir()
	bundle := slices.Concat(s.issue(dir), s.issue(nextDir)) // of an issuer that rotates
	file := filepath.Join(t.TempDir(), "ca.crt")
	s.must(os.WriteFile(file, bundle, 0o600))
	s.configure("service-account", "*", "webhook-configuration", world.WebhookOn)
	s.startController("--webhook-ca-file=" + file)
	webhook := s.startWebhook("--cert-dir=" + dir)
	namespace := s.namespace()
	s.awaitPolicy(admissionv1.Fail)
	s.must(s.w.AwaitWebhook(s.ctx, namespace, true, soon))
	if registered := s.registration().Webhooks[0].ClientConfig.CABundle; !slices.Equal(registered, bundle) {
		t.Errorf("the registration trusts %s", registered)
	}
	before := s.hookCalls(hookName)
	accounts := s.createAccounts(namespace, func(answer *corev1.ServiceAccount) error {
		if !world.HasPullSecret(answer, world.SecretName) {
			return errors.New("the create answer does not list the entry")
		}
		return nil
	})
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(bundle)
	shown := func(by string) error {
		certificate, err := os.ReadFile(filepath.Join(by, "tls.crt"))
		if err != nil {
			return err
		}
		wanted, _ := pem.Decode(certificate)
		connection, err := tls.Dial("tcp", strings.TrimPrefix(s.w.WebhookURL(), "https://"), &tls.Config{RootCAs: trusted})
		if err != nil {
			return world.Permanent(err) // no handshake fails meanwhile
		}
		defer connection.Close()
		if !bytes.Equal(connection.ConnectionState().PeerCertificates[0].Raw, wanted.Bytes) {
			return errors.New("it shows another certificate")
		}
		return nil
	}
	s.must(shown(dir))

	next, err := os.ReadFile(filepath.Join(nextDir, "tls.crt"))
	s.must(err)
	old := t.TempDir()
	s.must(os.CopyFS(old, os.DirFS(dir)))
	s.must(os.WriteFile(filepath.Join(dir, "tls.crt"), next, 0o600))
	s.awaitMetric(webhook, "certwatcher_read_certificate_errors_total 1", 2*soon) // half a pair was seen
	s.must(shown(old))
	key, err := os.ReadFile(filepath.Join(nextDir, "tls.key"))
	s.must(err)
	s.must(os.WriteFile(filepath.Join(dir, "tls.key"), key, 0o600))

	s.eventually(2*soon, func() error { return shown(nextDir) })
	accounts.awaitNext()
	accounts.end()
	s.noCallFailed(before)
}
