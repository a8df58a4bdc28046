// SPDX-License-Identifier: Apache-2.0

package registry_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	cr "github.com/alibabacloud-go/cr-20181201/v2/client"
	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	util "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/registry"
)

const (
	acme, beta = "cri-acme0000000000", "cri-beta0000000000"
	acmeImage  = "acme-registry.cn-hangzhou.cr.aliyuncs.com/shop/web:1"
	vpcImage   = "acme-registry-vpc.cn-hangzhou.cr.aliyuncs.com/shop/web:1"
	userImage  = "images.acme.example.com/shop/web:1"
	betaImage  = "beta-registry-vpc.cn-hangzhou.cr.aliyuncs.com/shop/web:1"
	ownImage   = "registry.cn-hangzhou.aliyuncs.com/acme/web:1"
	otherImage = "registry.cn-hangzhou.aliyuncs.com/somebody/web:1"
)

// scene is a cloud with running registries that hold the images above.
type scene struct {
	*testing.T
	ctx       context.Context
	server    *cloud.Server
	registry  *registry.Registry
	transport *http.Transport
	roots     string
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{T: t, ctx: t.Context()}
	dir := t.TempDir()
	var err error
	s.server, err = cloud.Start(t.Context(), cloud.Options{World: cloud.DefaultWorld(), Dir: filepath.Join(dir, "cloud")})
	s.must(err)
	t.Cleanup(s.server.Close)
	s.registry, err = registry.Start(t.Context(), filepath.Join(dir, "registry"), s.server.Addresses(), acme, beta, "")
	s.must(err)
	t.Cleanup(func() {
		if err := s.registry.Stop(); err != nil {
			t.Error(err)
		}
	})
	anchor, err := os.ReadFile(filepath.Join(dir, "cloud", "ca.crt"))
	s.must(err)
	s.roots = string(anchor)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(anchor)
	proxy, err := url.Parse(s.server.Addresses().Proxy)
	s.must(err)
	s.transport = &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(s.transport.CloseIdleConnections)

	admin := cloud.DefaultWorld().RegistryAdmin
	for _, image := range []string{acmeImage, betaImage, ownImage, otherImage} {
		content, err := random.Image(256, 1)
		s.must(err)
		s.must(remote.Write(s.reference(image), content, remote.WithContext(s.ctx), remote.WithTransport(s.transport),
			remote.WithAuth(&authn.Basic{Username: admin.User, Password: admin.Password})))
	}
	return s
}

func (s *scene) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *scene) reference(image string) name.Reference {
	s.Helper()
	reference, err := name.ParseReference(image)
	s.must(err)
	return reference
}

// pull reads an image with all its layers.
func (s *scene) pull(image string, as authn.Authenticator) error {
	s.Helper()
	found, err := remote.Image(s.reference(image), remote.WithContext(s.ctx), remote.WithTransport(s.transport), remote.WithAuth(as))
	if err != nil {
		return err
	}
	layers, err := found.Layers()
	if err != nil {
		return err
	}
	for _, layer := range layers {
		content, err := layer.Compressed()
		if err != nil {
			return err
		}
		if err := content.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (s *scene) mustRefuse(image string, as authn.Authenticator) {
	s.Helper()
	if err := s.pull(image, as); !isRefused(err) {
		s.Fatalf("%s: got %v, want a refusal", image, err)
	}
}

func isRefused(err error) bool {
	var answer *transport.Error
	return errors.As(err, &answer) && (answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden)
}

const pullerKey = "LTAItestuserpuller000001"

// login asks the cloud for a temporary login with the official client.
func (s *scene) login(instance string) authn.Authenticator {
	s.Helper()
	client, err := cr.NewClient(&openapi.Config{
		AccessKeyId: tea.String(pullerKey), AccessKeySecret: tea.String("testSecretOfPuller00000000001"),
		Endpoint: tea.String("cr.cn-hangzhou.aliyuncs.com"), HttpsProxy: tea.String(s.server.Addresses().Proxy), Ca: tea.String(s.roots),
	})
	s.must(err)
	answer, err := client.GetAuthorizationTokenWithOptions(&cr.GetAuthorizationTokenRequest{InstanceId: tea.String(instance)}, &util.RuntimeOptions{})
	s.must(err)
	return &authn.Basic{Username: tea.StringValue(answer.Body.TempUsername), Password: tea.StringValue(answer.Body.AuthorizationToken)}
}

func TestARegistryServesExactlyTheLoginsOfItsInstance(t *testing.T) {
	s := newScene(t)
	login := s.login(acme)
	for _, image := range []string{acmeImage, vpcImage, userImage} {
		s.must(s.pull(image, login))
	}
	s.mustRefuse(acmeImage, authn.Anonymous)
	s.mustRefuse(acmeImage, &authn.Basic{Username: "cr_temp_user", Password: "wrong"})
	s.mustRefuse(acmeImage, &authn.Basic{Username: "somebody", Password: login.(*authn.Basic).Password})
	s.mustRefuse(betaImage, login)
	s.mustRefuse(ownImage, login)
	s.must(s.pull(betaImage, s.login(beta)))
	content, err := random.Image(64, 1)
	s.must(err)
	err = remote.Write(s.reference(acmeImage+"-new"), content, remote.WithTransport(s.transport), remote.WithAuth(login))
	if !isRefused(err) {
		t.Fatalf("a pull login pushed: %v", err)
	}
}

func TestALoginEndsWithItsLifeAndAnotherOneStartsBefore(t *testing.T) {
	s := newScene(t)
	s.must(s.server.Admin().SetLifetimes(s.ctx, cloud.Lifetimes{RegistryToken: cloud.Duration(2 * time.Second)}))
	old := s.login(acme)
	s.must(s.pull(acmeImage, old))
	s.must(s.server.Admin().SetLifetimes(s.ctx, cloud.Lifetimes{}))
	renewed := s.login(acme)
	deadline := time.Now().Add(10 * time.Second)
	for !isRefused(s.pull(acmeImage, old)) {
		if time.Now().After(deadline) {
			t.Fatal("the login outlived its time")
		}
		s.must(s.pull(acmeImage, renewed))
	}
	s.must(s.pull(acmeImage, renewed))
}

func TestAPullNeedsThePermissionAtThatMoment(t *testing.T) {
	s := newScene(t)
	login := s.login(acme)
	s.must(s.server.Admin().SetPermissions(s.ctx, pullerKey, "cr:GetAuthorizationToken"))
	s.mustRefuse(acmeImage, login)
	s.must(s.server.Admin().SetPermissions(s.ctx, pullerKey, "cr:PullRepository"))
	s.must(s.pull(acmeImage, login))
}

func TestStoppedRegistriesAreGone(t *testing.T) {
	s := newScene(t)
	address := s.registry.Address("registry.aliyuncs.com:cn-hangzhou:china:" + acme)
	if address == "" || len(s.registry.Logs()) != 3 {
		t.Fatalf("address %q, logs %v", address, s.registry.Logs())
	}
	s.must(s.registry.Stop())
	if connection, err := (&http.Client{Timeout: time.Second}).Get("http://" + address); err == nil {
		_ = connection.Body.Close()
		t.Fatalf("%s still answers", address)
	}
}

// With the emulator dialled for every name, as clients without our proxy do it, a registry host is the registry itself.
func TestTheEmulatorPassesRegistryHostsOnToTheirRegistries(t *testing.T) {
	s := newScene(t)
	direct := s.transport.Clone()
	direct.Proxy = nil
	direct.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, s.server.Addresses().OpenAPI)
	}
	t.Cleanup(direct.CloseIdleConnections)
	client := &http.Client{Transport: direct}
	for _, one := range []struct{ host, service string }{
		{"acme-registry.cn-hangzhou.cr.aliyuncs.com", acmeService},
		{"images.acme.example.com", acmeService},
		{"registry.cn-hangzhou.aliyuncs.com", "registry.aliyuncs.com:cn-hangzhou:26842"},
	} {
		response, err := client.Get("https://" + one.host + "/v2/")
		s.must(err)
		_ = response.Body.Close()
		want := `Bearer realm="` + s.server.Addresses().Realm + `",service="` + one.service + `"`
		if got := response.Header.Get("WWW-Authenticate"); response.StatusCode != http.StatusUnauthorized || got != want {
			t.Errorf("%s: %s, %q, want %q", one.host, response.Status, got, want)
		}
	}
	for _, host := range []string{"partner-registry.cn-hangzhou.cr.aliyuncs.com", "beta-registry.cn-hangzhou.cr.aliyuncs.com"} {
		if response, err := client.Get("https://" + host + "/v2/"); err == nil {
			_ = response.Body.Close()
			t.Errorf("%s: %s, but its registry does not run, or its endpoint is disabled", host, response.Status)
		}
	}
}
