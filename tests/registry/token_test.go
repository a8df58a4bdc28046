// SPDX-License-Identifier: Apache-2.0

package registry_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"acr-credential-helper/tests/cloud"
)

const acmeService = "registry.aliyuncs.com:cn-hangzhou:china:" + acme

// token asks the token service as the clients do: by GET with Basic authentication or, like containerd, by POST of a form.
func (s *scene) token(method string, login *authn.Basic, service string) (int, string) {
	s.Helper()
	values := url.Values{"service": {service}, "scope": {"repository:shop/web:pull"}}
	target, body := s.server.Addresses().Realm+"?"+values.Encode(), ""
	if method == http.MethodPost {
		values.Set("grant_type", "password")
		values.Set("username", login.Username)
		values.Set("password", login.Password)
		target, body = s.server.Addresses().Realm, values.Encode()
	}
	request, err := http.NewRequestWithContext(s.ctx, method, target, strings.NewReader(body))
	s.must(err)
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	} else if login != nil {
		request.SetBasicAuth(login.Username, login.Password)
	}
	response, err := (&http.Client{Transport: s.transport}).Do(request)
	s.must(err)
	defer func() { _ = response.Body.Close() }()
	var answer struct{ Token string }
	s.must(json.NewDecoder(response.Body).Decode(&answer))
	return response.StatusCode, answer.Token
}

// manifest asks the registry for the image with a token and returns the status.
func (s *scene) manifest(token string) int {
	s.Helper()
	request, err := http.NewRequestWithContext(s.ctx, http.MethodGet, "https://acme-registry.cn-hangzhou.cr.aliyuncs.com/v2/shop/web/manifests/1", nil)
	s.must(err)
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Accept", "application/vnd.docker.distribution.manifest.v2+json")
	response, err := (&http.Client{Transport: s.transport}).Do(request)
	s.must(err)
	_ = response.Body.Close()
	return response.StatusCode
}

func TestTheTokenServiceAnswersGetAndPost(t *testing.T) {
	s := newScene(t)
	login := s.login(acme).(*authn.Basic)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		status, token := s.token(method, login, acmeService)
		if status != http.StatusOK || s.manifest(token) != http.StatusOK {
			t.Errorf("%s: token service said %d, the registry %d", method, status, s.manifest(token))
		}
		if status, _ := s.token(method, &authn.Basic{Username: login.Username, Password: "wrong"}, acmeService); status != http.StatusUnauthorized {
			t.Errorf("%s with a wrong password: %d", method, status)
		}
	}
	status, token := s.token(http.MethodGet, nil, acmeService)
	if status != http.StatusOK || s.manifest(token) != http.StatusUnauthorized {
		t.Errorf("anonymous: token service said %d, the registry %d", status, s.manifest(token))
	}
	if status, _ := s.token(http.MethodGet, login, "registry.aliyuncs.com:cn-hangzhou:china:cri-nobody"); status != http.StatusBadRequest {
		t.Errorf("unknown service: %d", status)
	}
}

func TestATokenDoesNotOutliveItsLogin(t *testing.T) {
	s := newScene(t)
	s.must(s.server.Admin().SetLifetimes(s.ctx, cloud.Lifetimes{RegistryToken: cloud.Duration(3 * time.Second)}))
	_, token := s.token(http.MethodGet, s.login(acme).(*authn.Basic), acmeService)
	if status := s.manifest(token); status != http.StatusOK {
		t.Fatalf("the registry said %d to a fresh token", status)
	}
	begin := time.Now()
	for s.manifest(token) == http.StatusOK {
		if time.Since(begin) > 10*time.Second {
			t.Fatal("the registry accepts the token long after the login has ended")
		}
		time.Sleep(20 * time.Millisecond)
	}
}
