// SPDX-License-Identifier: Apache-2.0

package cloud_test

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"

	"acr-credential-helper/tests/cloud"
)

// signed makes a GetAuthorizationToken request, changes it, signs it with the vendor's code, and lets a test spoil it after.
func (s *scene) signed(key cloud.AccessKey, before func(http.Header, url.Values)) *http.Request {
	s.Helper()
	header := http.Header{}
	for name, value := range map[string]string{
		"x-acs-action": "GetAuthorizationToken", "x-acs-version": "2018-12-01", "accept": "application/json",
		"x-acs-date":            time.Now().UTC().Format("2006-01-02T15:04:05Z"),
		"x-acs-signature-nonce": dara.StringValue(openapiutil.GetNonce()),
		"x-acs-content-sha256":  hex.EncodeToString(openapiutil.Hash(nil, dara.String("ACS3-HMAC-SHA256"))),
	} {
		header.Set(name, value)
	}
	query := url.Values{"InstanceId": {acme}}
	if before != nil {
		before(header, query)
	}
	request, err := http.NewRequestWithContext(s.ctx, http.MethodPost, "https://"+hangzhouCR+"/?"+query.Encode(), nil)
	s.must(err)
	request.Header = header
	toSign := &dara.Request{
		Method: dara.String("POST"), Pathname: dara.String("/"), Query: map[string]*string{}, Headers: map[string]*string{"host": dara.String(hangzhouCR)},
	}
	for name := range header {
		toSign.Headers[strings.ToLower(name)] = dara.String(header.Get(name))
	}
	for name := range query {
		toSign.Query[name] = dara.String(query.Get(name))
	}
	header.Set("Authorization", dara.StringValue(openapiutil.GetAuthorization(toSign, dara.String("ACS3-HMAC-SHA256"),
		dara.String(header.Get("x-acs-content-sha256")), dara.String(key.ID), dara.String(key.Secret))))
	return request
}

func setHeader(name, value string) func(http.Header, url.Values) {
	return func(header http.Header, _ url.Values) { header.Set(name, value) }
}

func TestASignatureIsCheckedInEveryPart(t *testing.T) {
	s := newScene(t)
	session, token := s.assume("acr-pull", 900)
	_, otherToken := s.assume("acr-pull", 900)
	stale := time.Now().Add(-16 * time.Minute).UTC().Format("2006-01-02T15:04:05Z")
	early := time.Now().Add(16 * time.Minute).UTC().Format("2006-01-02T15:04:05Z")
	cases := []struct {
		name   string
		key    cloud.AccessKey
		before func(http.Header, url.Values)
		after  func(*http.Request)
		code   string
	}{
		{"as the vendor signs", puller, nil, nil, "success"},
		{"unusual characters", puller, func(_ http.Header, q url.Values) { q.Set("Extra", "a b*c~d+e/ü=") }, nil, "success"},
		{"with token", session, setHeader("x-acs-security-token", token), nil, "success"},
		{"wrong secret", cloud.AccessKey{ID: puller.ID, Secret: "wrong"}, nil, nil, "SignatureDoesNotMatch"},
		{"changed query", puller, nil, func(r *http.Request) { r.URL.RawQuery = "InstanceId=cri-beta0000000000" }, "SignatureDoesNotMatch"},
		{"added query", puller, nil, func(r *http.Request) { r.URL.RawQuery += "&X=" }, "SignatureDoesNotMatch"},
		{"changed method", puller, nil, func(r *http.Request) { r.Method = http.MethodGet }, "SignatureDoesNotMatch"},
		{"changed header", puller, nil, func(r *http.Request) { r.Header.Set("x-acs-signature-nonce", "other") }, "SignatureDoesNotMatch"},
		{"unsigned header", puller, nil, func(r *http.Request) { r.Header.Set("x-acs-extra", "1") }, "IncompleteSignature"},
		{"unsigned content type", puller, nil, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, "IncompleteSignature"},
		{"hash of another body", puller, setHeader("x-acs-content-sha256", strings.Repeat("0", 64)), nil, "IncompleteSignature"},
		{"no signature", puller, nil, func(r *http.Request) { r.Header.Del("Authorization") }, "InvalidSignatureMethod"},
		{"other method", puller, nil, func(r *http.Request) { r.Header.Set("Authorization", "Basic eA==") }, "InvalidSignatureMethod"},
		{"stale date", puller, setHeader("x-acs-date", stale), nil, "InvalidTimeStamp.Expired"},
		{"early date", puller, setHeader("x-acs-date", early), nil, "InvalidTimeStamp.Expired"},
		{"date format", puller, setHeader("x-acs-date", time.Now().UTC().Format(time.RFC1123)), nil, "InvalidTimeStamp.Format"},
		{"unknown key", cloud.AccessKey{ID: "LTAInobody", Secret: "x"}, nil, nil, "InvalidAccessKeyId.NotFound"},
		{"inactive key", retired, nil, nil, "InvalidAccessKeyId.Inactive"},
		{"session without token", session, nil, nil, "MissingSecurityToken"},
		{"token of another session", session, setHeader("x-acs-security-token", otherToken), nil, "InvalidSecurityToken.MismatchWithAccessKey"},
		{"broken token", session, setHeader("x-acs-security-token", "CAISx"), nil, "InvalidSecurityToken.Malformed"},
		{"unknown action", puller, setHeader("x-acs-action", "DeleteInstance"), nil, "InvalidApi.NotFound"},
		{"unknown version", puller, setHeader("x-acs-version", "2016-06-07"), nil, "InvalidApi.NotFound"},
	}
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			request := s.signed(one.key, one.before)
			if one.after != nil {
				one.after(request)
			}
			status, body := s.send(request)
			if body["Code"] != one.code || (status == http.StatusOK) != (one.code == "success") {
				t.Fatalf("got %d %v, want %s", status, body, one.code)
			}
			if body["RequestId"] == nil || (one.code != "success" && (body["HostId"] != hangzhouCR || body["Recommend"] == nil)) {
				t.Fatalf("the answer lacks gateway fields: %v", body)
			}
		})
	}
}

func TestANonceServesOnce(t *testing.T) {
	s := newScene(t)
	request := s.signed(puller, nil)
	if _, body := s.send(request); body["Code"] != "success" {
		t.Fatal(body)
	}
	if _, body := s.send(request.Clone(s.ctx)); body["Code"] != "SignatureNonceUsed" {
		t.Fatalf("a repeated request got %v", body["Code"])
	}
}

func TestWithoutAcceptTheAnswerIsXML(t *testing.T) {
	s := newScene(t)
	response, err := s.client().Do(s.signed(puller, func(header http.Header, _ url.Values) { header.Del("accept") }))
	s.must(err)
	_ = response.Body.Close()
	if got := response.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/xml") {
		t.Fatalf("content type is %s", got)
	}
}
