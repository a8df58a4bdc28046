// SPDX-License-Identifier: Apache-2.0

package cloud_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"

	"acr-credential-helper/tests/cloud"
)

const (
	acme                    = "cri-acme0000000000"
	account                 = "1234567890123456"
	hangzhouCR, hangzhouSTS = "cr.cn-hangzhou.aliyuncs.com", "sts.cn-hangzhou.aliyuncs.com"
)

var (
	puller  = cloud.AccessKey{ID: "LTAItestuserpuller000001", Secret: "testSecretOfPuller00000000001"}
	limited = cloud.AccessKey{ID: "LTAItestuserlimited00001", Secret: "testSecretOfLimited0000000001"}
	assumer = cloud.AccessKey{ID: "LTAItestuserassumer00001", Secret: "testSecretOfAssumer0000000001"}
	retired = cloud.AccessKey{ID: "LTAItestuserretired00001", Secret: "testSecretOfRetired0000000001"}
	owner   = cloud.AccessKey{ID: "LTAItestrootowner0000001", Secret: "testSecretOfOwner000000000001"}
)

// keysDir holds the keys that all emulators of this package share, so that the SDKs can be told once whom to trust.
var keysDir string

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	var err error
	if keysDir, err = os.MkdirTemp("", "cloud-keys-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(keysDir) }()
	server, err := cloud.Start(context.Background(), cloud.Options{World: cloud.DefaultWorld(), Dir: keysDir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	server.Close()
	if err := os.Setenv("SSL_CERT_FILE", filepath.Join(keysDir, "ca.crt")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// scene is one running emulator.
type scene struct {
	*testing.T
	ctx       context.Context
	admin     *cloud.Admin
	addresses cloud.Addresses
}

func newScene(t *testing.T) *scene {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"ca.crt", "ca.key", "token.crt", "token.key"} {
		text, err := os.ReadFile(filepath.Join(keysDir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server, err := cloud.Start(t.Context(), cloud.Options{World: cloud.DefaultWorld(), Dir: dir, Log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return &scene{T: t, ctx: t.Context(), admin: server.Admin(), addresses: server.Addresses()}
}

func (s *scene) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// config makes an SDK configuration that reaches the emulator through its proxy under a real host name.
func (s *scene) config(key cloud.AccessKey, token, host string) *openapi.Config {
	config := &openapi.Config{
		AccessKeyId: dara.String(key.ID), AccessKeySecret: dara.String(key.Secret), Endpoint: dara.String(host),
		HttpsProxy: dara.String(s.addresses.Proxy), ReadTimeout: dara.Int(3000), ConnectTimeout: dara.Int(3000),
	}
	if token != "" {
		config.SecurityToken = dara.String(token)
	}
	return config
}

// call sends one request with the vendor's generic client and returns the body.
func (s *scene) call(key cloud.AccessKey, token, host, version, action string, query map[string]string) (map[string]any, error) {
	s.Helper()
	client, err := openapi.NewClient(s.config(key, token, host))
	s.must(err)
	params := &openapiutil.Params{
		Action: dara.String(action), Version: dara.String(version), Protocol: dara.String("HTTPS"), Pathname: dara.String("/"),
		Method: dara.String("POST"), AuthType: dara.String("AK"), Style: dara.String("RPC"),
		ReqBodyType: dara.String("formData"), BodyType: dara.String("json"),
	}
	if version == "2016-06-07" {
		params.Pathname, params.Method, params.Style = dara.String("/tokens"), dara.String("GET"), dara.String("ROA")
	}
	request := &openapiutil.OpenApiRequest{Query: map[string]*string{}}
	for name, value := range query {
		request.Query[name] = dara.String(value)
	}
	answer, err := client.CallApi(params, request, &dara.RuntimeOptions{})
	if err != nil {
		return nil, err
	}
	body, _ := answer["body"].(map[string]any)
	return body, nil
}

// token asks for a login of an Enterprise instance.
func (s *scene) token(key cloud.AccessKey, securityToken, instance string) (map[string]any, error) {
	s.Helper()
	return s.call(key, securityToken, hangzhouCR, "2018-12-01", "GetAuthorizationToken", map[string]string{"InstanceId": instance})
}

// errorCode is the Code that the SDK found in an error answer; "" if err is none of the cloud's.
func errorCode(err error) string {
	var coded interface{ GetCode() *string }
	if errors.As(err, &coded) {
		return tea.StringValue(coded.GetCode())
	}
	var sdk *tea.SDKError
	if errors.As(err, &sdk) {
		return tea.StringValue(sdk.Code)
	}
	return ""
}

// mustFail checks that a call ended with a Code.
func (s *scene) mustFail(err error, code string) {
	s.Helper()
	if got := errorCode(err); err == nil || got != code {
		s.Fatalf("got error %v (code %q), want code %s", err, got, code)
	}
}

// eventually waits for a condition, which it asks often.
func (s *scene) eventually(limit time.Duration, what string, holds func() bool) {
	s.Helper()
	deadline := time.Now().Add(limit)
	for !holds() {
		if time.Now().After(deadline) {
			s.Fatalf("not within %s: %s", limit, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// lastCall returns the newest record of an API.
func (s *scene) lastCall(api string) cloud.Call {
	s.Helper()
	calls, err := s.admin.Calls(s.ctx)
	s.must(err)
	for at := len(calls) - 1; at >= 0; at-- {
		if calls[at].API == api {
			return calls[at]
		}
	}
	s.Fatalf("no call of %s was recorded", api)
	return cloud.Call{}
}
