// SPDX-License-Identifier: Apache-2.0

package cloud_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/credentials-go/credentials/providers"

	"acr-credential-helper/tests/cloud"
)

const rolePath = "/latest/meta-data/ram/security-credentials/"

// metadata sends one request to the metadata service; header is a list of names and values.
func (s *scene) metadata(method, path string, header ...string) (int, string) {
	s.Helper()
	request, err := http.NewRequestWithContext(s.ctx, method, s.addresses.IMDS+path, nil)
	s.must(err)
	for at := 0; at < len(header); at += 2 {
		request.Header.Set(header[at], header[at+1])
	}
	response, err := (&http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{}}).Do(request)
	s.must(err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	s.must(err)
	return response.StatusCode, string(text)
}

func (s *scene) metadataToken() string {
	s.Helper()
	status, token := s.metadata(http.MethodPut, "/latest/api/token", "X-aliyun-ecs-metadata-token-ttl-seconds", "21600")
	if status != http.StatusOK {
		s.Fatalf("token: %d", status)
	}
	return token
}

func TestTheCredentialLibraryReadsTheRoleOfTheNode(t *testing.T) {
	s := newScene(t)
	for _, mode := range []string{"optional", "required", "none"} {
		metadata := cloud.DefaultWorld().Metadata
		metadata.HTTPTokens = mode
		s.must(s.admin.SetMetadata(s.ctx, metadata))
		provider, err := providers.NewECSRAMRoleCredentialsProviderBuilder().
			WithHttpOptions(&providers.HttpOptions{Proxy: s.addresses.Proxy}).Build()
		s.must(err)
		got, err := provider.GetCredentials()
		if err != nil {
			t.Fatalf("%s: %v", mode, err)
		}
		body, err := s.token(cloud.AccessKey{ID: got.AccessKeyId, Secret: got.AccessKeySecret}, got.SecurityToken, acme)
		s.must(err)
		if body["IsSuccess"] != true {
			t.Fatalf("%s: %v", mode, body)
		}
	}
}

func TestTheMetadataServiceKeepsItsRules(t *testing.T) {
	s := newScene(t)
	token := s.metadataToken()
	metadata := cloud.DefaultWorld().Metadata
	metadata.HTTPTokens = "required"
	s.must(s.admin.SetMetadata(s.ctx, metadata))
	const name = "X-aliyun-ecs-metadata-token"
	for _, one := range []struct {
		name, method, path string
		header             []string
		status             int
		contains           string
	}{
		{"no token", http.MethodGet, rolePath, nil, http.StatusForbidden, "403 - Forbidden"},
		{"wrong token", http.MethodGet, rolePath, []string{name, "nonsense"}, http.StatusForbidden, "<html"},
		{"role", http.MethodGet, rolePath, []string{name, token}, http.StatusOK, metadata.Role},
		{"other role", http.MethodGet, rolePath + "nobody", []string{name, token}, http.StatusNotFound, "<html"},
		{"region", http.MethodGet, "/latest/meta-data/region-id", []string{name, token}, http.StatusOK, "cn-hangzhou"},
		{"zone", http.MethodGet, "/latest/meta-data/zone-id", []string{name, token}, http.StatusOK, "cn-hangzhou-i"},
		{"document", http.MethodGet, "/latest/dynamic/instance-identity/document", []string{name, token}, http.StatusOK, `"owner-account-id":"` + account},
		{"unknown path", http.MethodGet, "/latest/meta-data/nonsense", []string{name, token}, http.StatusNotFound, "404"},
		{"ttl too long", http.MethodPut, "/latest/api/token", []string{name + "-ttl-seconds", "21601"}, http.StatusBadRequest, "400"},
		{"ttl missing", http.MethodPut, "/latest/api/token", nil, http.StatusBadRequest, "400"},
	} {
		status, body := s.metadata(one.method, one.path, one.header...)
		if status != one.status || !strings.Contains(body, one.contains) {
			t.Errorf("%s: got %d %q", one.name, status, body)
		}
	}
}

func TestANodeWithoutRoleAnswersAPageOfMarkup(t *testing.T) {
	s := newScene(t)
	metadata := cloud.DefaultWorld().Metadata
	metadata.Role = ""
	s.must(s.admin.SetMetadata(s.ctx, metadata))
	if status, body := s.metadata(http.MethodGet, rolePath); status != http.StatusNotFound || !strings.Contains(body, "<html") {
		t.Fatalf("got %d %q", status, body)
	}
}

func TestTheRoleCredentialIsRenewedInTimeAndReallyExpires(t *testing.T) {
	s := newScene(t)
	s.must(s.admin.SetLifetimes(s.ctx, cloud.Lifetimes{IMDSSession: cloud.Duration(3 * time.Second)}))
	read := func() (credential struct{ AccessKeyId, AccessKeySecret, SecurityToken, Code string }) {
		_, text := s.metadata(http.MethodGet, rolePath+"KubernetesWorkerRole-test")
		s.must(json.Unmarshal([]byte(text), &credential))
		return credential
	}
	first := read()
	if first.Code != "Success" || read() != first {
		t.Fatal("a fresh credential is not handed out twice")
	}
	s.eventually(5*time.Second, "a new credential is handed out", func() bool { return read().AccessKeyId != first.AccessKeyId })
	s.eventually(5*time.Second, "the old credential expires", func() bool {
		_, err := s.token(cloud.AccessKey{ID: first.AccessKeyId, Secret: first.AccessKeySecret}, first.SecurityToken, acme)
		return errorCode(err) == "InvalidSecurityToken.Expired"
	})
}
