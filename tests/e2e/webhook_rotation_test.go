// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
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
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"

	"acr-credential-helper/tests/world"
)

// agingAuthority puts a CA Secret in place whose authority is young, and returns it as it is now and as it will be near its end. Both
// certificates have one key and one name and are trusted, so that a year can pass in a moment and nobody has to trust anybody new for it.
func (s *scene) agingAuthority() (young, old []byte) {
	s.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.must(err)
	certify := func(serial int64, begins, ends time.Duration) []byte {
		now := time.Now()
		template := &x509.Certificate{
			SerialNumber: big.NewInt(now.UnixNano() + serial), Subject: pkix.Name{CommonName: "an authority that ages"},
			NotBefore: now.Add(begins), NotAfter: now.Add(ends), BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
			KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		s.must(err)
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	const day = 24 * time.Hour
	young, old = certify(0, -time.Hour, 365*day), certify(1, -300*day, 65*day)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	s.must(err)
	_, err = s.client().CoreV1().Secrets(world.OwnNamespace).Create(s.ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: world.CASecretName, Labels: map[string]string{"app.kubernetes.io/managed-by": "acr-credential-helper"}},
		Data: map[string][]byte{
			"ca.crt": append(bytes.Clone(young), old...), "tls.crt": young,
			"tls.key":     pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
			"switched-at": []byte(time.Now().UTC().Format(time.RFC3339)),
		},
	}, metav1.CreateOptions{})
	s.must(err)
	return young, old
}

func (s *scene) authority() (*corev1.Secret, error) {
	return s.client().CoreV1().Secrets(world.OwnNamespace).Get(s.ctx, world.CASecretName, metav1.GetOptions{})
}

func (s *scene) editAuthority(edit func(data map[string][]byte)) {
	s.Helper()
	s.must(retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		secret, err := s.authority()
		if err != nil {
			return err
		}
		edit(secret.Data)
		_, err = s.client().CoreV1().Secrets(world.OwnNamespace).Update(s.ctx, secret, metav1.UpdateOptions{})
		return err
	}))
}

// awaitTrust waits until the registration trusts these authorities and no other, and kube-apiserver knows.
func (s *scene) awaitTrust(namespace string, authorities ...[]byte) *x509.CertPool {
	s.Helper()
	wanted := x509.NewCertPool()
	wanted.AppendCertsFromPEM(bytes.Join(authorities, nil))
	s.eventually(soon, func() error {
		trusted := x509.NewCertPool()
		for _, hook := range s.registration().Webhooks {
			trusted.AppendCertsFromPEM(hook.ClientConfig.CABundle)
		}
		if !trusted.Equal(wanted) {
			return errors.New("the registration trusts other authorities")
		}
		return nil
	})
	s.awaitHooksKnown(namespace)
	return wanted
}

// awaitSigner waits until the certificate that a replica shows to a new connection is signed by this authority.
func (s *scene) awaitSigner(of replica, authority []byte) {
	s.Helper()
	block, _ := pem.Decode(authority)
	s.eventually(soon, func() error {
		connection, err := tls.Dial("tcp", of.address, &tls.Config{InsecureSkipVerify: true}) // only to look
		if err != nil {
			return err
		}
		defer connection.Close()
		if chain := connection.ConnectionState().PeerCertificates; len(chain) != 2 || !bytes.Equal(chain[1].Raw, block.Bytes) {
			return fmt.Errorf("%s shows a certificate of another authority", of.Name())
		}
		return nil
	})
}

// greeter makes a connection of its own for each request, and trusts what kube-apiserver has learnt so far.
type greeter struct {
	trusted            atomic.Pointer[x509.CertPool]
	handshakes, failed atomic.Int64
}

func (g *greeter) client() *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			dialer := tls.Dialer{Config: &tls.Config{RootCAs: g.trusted.Load()}}
			connection, err := dialer.DialContext(ctx, network, address)
			g.handshakes.Add(1)
			if err != nil {
				g.failed.Add(1)
			}
			return connection, err
		},
	}}
}

func TestNoHandshakeAndNoCreationFailsWhileTheAuthorityAndTheCertificatesRotateUnderLoad(t *testing.T) {
	s := newScene(t)
	front := startService(t)
	young, old := s.agingAuthority()
	replicas, namespace := s.serveByTwo(front)
	greeter := &greeter{}
	greeter.trusted.Store(s.awaitTrust(namespace, young, old))
	load := s.loadWebhook(greeter.client(), front, namespace)
	signedBy := func(authority []byte) {
		s.Helper()
		for _, replica := range replicas {
			s.awaitSigner(replica, authority)
		}
		seen := greeter.handshakes.Load() // now some with the new certificate
		s.eventually(soon, func() error {
			if greeter.handshakes.Load() < seen+50 {
				return errors.New("too few handshakes")
			}
			return nil
		})
	}
	signedBy(young)

	// Ten months later. The controller makes the next authority and publishes it before it signs (CRT-6).
	s.editAuthority(func(data map[string][]byte) { data["tls.crt"] = old })
	signedBy(old)
	var next []byte
	s.eventually(soon, func() error {
		secret, err := s.authority()
		if err != nil || secret.Data["next.crt"] == nil {
			return errors.Join(errors.New("there is no next authority"), err)
		}
		next = secret.Data["next.crt"]
		return nil
	})
	greeter.trusted.Store(s.awaitTrust(namespace, young, old, next))
	// The controller now gives API servers two minutes to learn of it. Here there is one, which knows it: the switch as it makes it then.
	s.editAuthority(func(data map[string][]byte) {
		data["tls.crt"], data["tls.key"], data["switched-at"] = data["next.crt"], data["next.key"], []byte(time.Now().UTC().Format(time.RFC3339))
		delete(data, "next.crt")
		delete(data, "next.key")
	})
	signedBy(next)
	// A week later the last certificate of the old one has ended, and the controller forgets it.
	s.editAuthority(func(data map[string][]byte) {
		data["switched-at"] = []byte(time.Now().Add(-8 * 24 * time.Hour).UTC().Format(time.RFC3339))
	})
	greeter.trusted.Store(s.awaitTrust(namespace, next))
	signedBy(next)
	load.end()
	t.Logf("%d handshakes of a client of our own, %d failed", greeter.handshakes.Load(), greeter.failed.Load())
	if failed := greeter.failed.Load(); failed > 0 {
		t.Errorf("%d handshakes failed", failed)
	}
}
