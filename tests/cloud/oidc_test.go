// SPDX-License-Identifier: Apache-2.0

package cloud_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/credentials-go/credentials/providers"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"acr-credential-helper/tests/cloud"
)

const (
	providerARN = "acs:ram::" + account + ":oidc-provider/ack-rrsa-ctest"
	issuer      = "https://kubernetes.default.svc.cluster.local"
	subject     = "system:serviceaccount:kube-system:aliyun-acr-credential-helper"
	rrsaRole    = "acs:ram::" + account + ":role/acr-pull"
)

// cluster signs ServiceAccount tokens as a cluster does.
type cluster struct{ signer jose.Signer }

// registerCluster makes a cluster whose keys the provider of the default world knows.
func (s *scene) registerCluster() cluster {
	s.Helper()
	made, keys := s.newCluster()
	s.must(s.admin.SetOIDCProvider(s.ctx, cloud.OIDCProvider{ARN: providerARN, Issuer: issuer, ClientIDs: []string{"sts.aliyuncs.com"}, JWKS: keys}))
	return made
}

func (s *scene) newCluster() (cluster, string) {
	s.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.must(err)
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
	s.must(err)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k1"}}, nil)
	s.must(err)
	return cluster{signer: signer}, string(keys)
}

func (s *scene) sign(from cluster, change func(*jwt.Claims)) string {
	s.Helper()
	claims := jwt.Claims{
		Issuer: issuer, Subject: subject, Audience: jwt.Audience{"sts.aliyuncs.com"},
		IssuedAt: jwt.NewNumericDate(time.Now()), Expiry: jwt.NewNumericDate(time.Now().Add(time.Hour)),
	}
	if change != nil {
		change(&claims)
	}
	text, err := jwt.Signed(from.signer).Claims(claims).Serialize()
	s.must(err)
	return text
}

// client reaches the emulator by real host names without any SDK.
func (s *scene) client() *http.Client {
	proxy, err := url.Parse(s.addresses.Proxy)
	s.must(err)
	transport := &http.Transport{Proxy: http.ProxyURL(proxy), DisableKeepAlives: true}
	return &http.Client{Transport: transport, Timeout: 5 * time.Second}
}

// send sends a request and returns status and JSON body.
func (s *scene) send(request *http.Request) (int, map[string]any) {
	s.Helper()
	response, err := s.client().Do(request)
	s.must(err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	s.must(err)
	var body map[string]any
	if err := json.Unmarshal(text, &body); err != nil {
		s.Fatalf("answer %s is not JSON: %s", response.Status, text)
	}
	return response.StatusCode, body
}

// oidcRequest makes the request in one of the vendor's three shapes.
func (s *scene) oidcRequest(shape string, parameters map[string]string) *http.Request {
	s.Helper()
	common := url.Values{"Action": {"AssumeRoleWithOIDC"}, "Format": {"JSON"}, "Version": {"2015-04-01"}, "Timestamp": {time.Now().UTC().Format("2006-01-02T15:04:05Z")}}
	own := url.Values{"RoleArn": {rrsaRole}, "OIDCProviderArn": {providerARN}, "RoleSessionName": {"acr-helper"}, "DurationSeconds": {"3600"}}
	for name, value := range parameters {
		own.Set(name, value)
	}
	method, body := http.MethodPost, ""
	if shape == "form" {
		body = own.Encode()
	} else {
		for name, values := range own {
			common[name] = values
		}
		if shape == "get" {
			method = http.MethodGet
		}
	}
	request, err := http.NewRequestWithContext(s.ctx, method, "https://sts-vpc.cn-hangzhou.aliyuncs.com/?"+common.Encode(), strings.NewReader(body))
	s.must(err)
	if shape == "form" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return request
}

func TestAllThreeOfficialShapesOfTheOIDCCallAreAccepted(t *testing.T) {
	s := newScene(t)
	token := s.sign(s.registerCluster(), nil)
	for _, shape := range []string{"post", "get", "form"} {
		status, body := s.send(s.oidcRequest(shape, map[string]string{"OIDCToken": token}))
		if status != http.StatusOK {
			t.Fatalf("%s: %d %v", shape, status, body)
		}
		key, securityToken := sessionOf(body)
		_, err := s.token(key, securityToken, acme)
		s.must(err)
		information, _ := body["OIDCTokenInfo"].(map[string]any)
		if information["Subject"] != subject || information["VerificationInfo"] != "Success" {
			t.Fatalf("%s: OIDCTokenInfo is %v", shape, information)
		}
	}
}

func TestTheCredentialLibraryUsesOIDC(t *testing.T) {
	s := newScene(t)
	provider, err := providers.NewOIDCCredentialsProviderBuilder().
		WithOIDCToken(s.sign(s.registerCluster(), nil)).WithOIDCProviderARN(providerARN).WithRoleArn(rrsaRole).
		WithRoleSessionName("acr-helper").WithSTSEndpoint("sts-vpc.cn-hangzhou.aliyuncs.com").
		WithHttpOptions(&providers.HttpOptions{Proxy: s.addresses.Proxy}).Build()
	s.must(err)
	got, err := provider.GetCredentials()
	s.must(err)
	_, err = s.token(cloud.AccessKey{ID: got.AccessKeyId, Secret: got.AccessKeySecret}, got.SecurityToken, acme)
	s.must(err)
}

func TestTheOIDCCallRefusesWithTheRightCode(t *testing.T) {
	s := newScene(t)
	known := s.registerCluster()
	stranger, _ := s.newCluster()
	cases := []struct{ name, parameter, value, code string }{
		{"provider ARN", "OIDCProviderArn", "nonsense", "AuthenticationFail.NoPermission"},
		{"unknown provider", "OIDCProviderArn", providerARN + "-other", "AuthenticationFail.NoPermission"},
		{"no role", "RoleArn", rrsaRole + "-other", "EntityNotExist.Role"},
		{"role without trust", "RoleArn", "acs:ram::" + account + ":role/KubernetesWorkerRole-test", "AuthenticationFail.NoPermission"},
		{"no token", "OIDCToken", "", "MissingOIDCToken"},
		{"not three parts", "OIDCToken", "a.b", "AuthenticationFail.OIDCToken.Invalid"},
		{"no JSON", "OIDCToken", "a.b.c", "AuthenticationFail.OIDCToken.Invalid"},
		{"foreign key", "OIDCToken", s.sign(stranger, nil), "AuthenticationFail.OIDCToken.InvalidSignature"},
		{"expired", "OIDCToken", s.sign(known, func(c *jwt.Claims) { c.Expiry = jwt.NewNumericDate(time.Now().Add(-time.Second)) }), "AuthenticationFail.OIDCToken.Expired"},
		{"audience", "OIDCToken", s.sign(known, func(c *jwt.Claims) { c.Audience = jwt.Audience{issuer} }), "AuthenticationFail.OIDCToken.AudienceNotMatch"},
		{"issuer", "OIDCToken", s.sign(known, func(c *jwt.Claims) { c.Issuer = "https://other.example.com" }), "AuthenticationFail.OIDCToken.IssuerNotMatch"},
		{"subject", "OIDCToken", s.sign(known, func(c *jwt.Claims) { c.Subject = "system:serviceaccount:default:default" }), "AuthenticationFail.NoPermission"},
	}
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			parameters := map[string]string{"OIDCToken": s.sign(known, nil)}
			parameters[one.parameter] = one.value
			status, body := s.send(s.oidcRequest("form", parameters))
			if body["Code"] != one.code || status == http.StatusOK {
				t.Fatalf("got %d %v, want %s", status, body, one.code)
			}
		})
	}
}
