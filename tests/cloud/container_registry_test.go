// SPDX-License-Identifier: Apache-2.0

package cloud_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	personalapi "github.com/alibabacloud-go/cr-20160607/client"
	cr "github.com/alibabacloud-go/cr-20181201/v2/client"
	oldopenapi "github.com/alibabacloud-go/darabonba-openapi/client"
	oldutil "github.com/alibabacloud-go/tea-utils/service"
	"github.com/alibabacloud-go/tea/tea"

	"acr-credential-helper/tests/cloud"
)

func TestTheOfficialClientGetsATokenAndEndpoints(t *testing.T) {
	s := newScene(t)
	client, err := cr.NewClient(s.config(puller, "", hangzhouCR))
	s.must(err)
	answer, err := client.GetAuthorizationToken(&cr.GetAuthorizationTokenRequest{InstanceId: tea.String(acme)})
	s.must(err)
	body := answer.Body
	if !tea.BoolValue(body.IsSuccess) || tea.StringValue(body.Code) != "success" || tea.StringValue(body.TempUsername) != "cr_temp_user" {
		t.Fatalf("unexpected answer: %v", tea.Prettify(body))
	}
	if !strings.Contains(tea.StringValue(body.AuthorizationToken), ":") || len(tea.StringValue(body.RequestId)) != 36 {
		t.Fatal("the password has no colon, or the request id is no UUID")
	}
	life := time.Until(time.UnixMilli(tea.Int64Value(body.ExpireTime)))
	if life < 59*time.Minute || life > time.Hour {
		t.Fatalf("a login from an access key lives %s, want one hour", life)
	}

	listed, err := client.ListInstanceEndpoint(&cr.ListInstanceEndpointRequest{
		InstanceId: tea.String("cri-beta0000000000"), ModuleName: tea.String("Registry"),
	})
	s.must(err)
	var got []string
	for _, endpoint := range listed.Body.Endpoints {
		for _, domain := range endpoint.Domains {
			got = append(got, tea.StringValue(endpoint.EndpointType)+" "+tea.StringValue(domain.Domain)+" "+tea.StringValue(domain.Type))
		}
		if enabled := tea.StringValue(endpoint.EndpointType) == "vpc"; tea.BoolValue(endpoint.Enable) != enabled {
			t.Errorf("endpoint %s: enable is %v", tea.StringValue(endpoint.EndpointType), !enabled)
		}
	}
	want := "internet beta-registry.cn-hangzhou.cr.aliyuncs.com SYSTEM,vpc beta-registry-vpc.cn-hangzhou.cr.aliyuncs.com SYSTEM"
	if strings.Join(got, ",") != want {
		t.Fatalf("endpoints are %v, want %s", got, want)
	}
}

func TestAnInstanceOfAnotherRegionOrAccountDoesNotExist(t *testing.T) {
	s := newScene(t)
	for _, instance := range []string{"cri-gamma000000000", "cri-partner0000000", "cri-nobody00000000"} {
		body, err := s.token(puller, "", instance)
		s.must(err)
		if body["IsSuccess"] != false || body["Code"] != "INSTANCE_NOT_EXIST" {
			t.Errorf("%s: got %v, want IsSuccess false and INSTANCE_NOT_EXIST inside a 200", instance, body)
		}
		if call := s.lastCall("GetAuthorizationToken"); call.Code != "INSTANCE_NOT_EXIST" || call.Instance != instance {
			t.Errorf("recorded as %+v", call)
		}
	}
}

func TestPermissionsActAtOnce(t *testing.T) {
	s := newScene(t)
	query := map[string]string{"InstanceId": acme}
	_, err := s.call(limited, "", hangzhouCR, "2018-12-01", "ListInstanceEndpoint", query)
	s.mustFail(err, "NoPermission")
	s.must(s.admin.SetPermissions(s.ctx, limited.ID, "cr:List*"))
	_, err = s.call(limited, "", hangzhouCR, "2018-12-01", "ListInstanceEndpoint", query)
	s.must(err)
	_, err = s.token(limited, "", acme)
	s.mustFail(err, "NoPermission")
	var coded *tea.SDKError
	if !errors.As(err, &coded) || coded.AccessDeniedDetail["AuthAction"] != "cr:GetAuthorizationToken" {
		t.Fatalf("the error names no denied action: %v", err)
	}
}

func TestPersonalEditionAnswersItsRegisteredUsers(t *testing.T) {
	s := newScene(t)
	old, err := personalapi.NewClient(&oldopenapi.Config{
		AccessKeyId: tea.String(puller.ID), AccessKeySecret: tea.String(puller.Secret), Endpoint: tea.String(hangzhouCR),
		HttpsProxy: tea.String(s.addresses.Proxy),
	})
	s.must(err)
	_, err = old.GetAuthorizationTokenWithOptions(map[string]*string{}, &oldutil.RuntimeOptions{})
	s.must(err)

	body, err := s.call(puller, "", hangzhouCR, "2016-06-07", "GetAuthorizationToken", nil)
	s.must(err)
	data, _ := body["data"].(map[string]any)
	expires, _ := data["expireDate"].(json.Number)
	milliseconds, err := expires.Int64()
	s.must(err)
	if life := time.Until(time.UnixMilli(milliseconds)); data["tempUserName"] != "cr_temp_user" || life < 59*time.Minute || life > time.Hour {
		t.Fatalf("user %v, life %s", data["tempUserName"], life)
	}
	_, err = s.call(limited, "", hangzhouCR, "2016-06-07", "GetAuthorizationToken", nil)
	s.mustFail(err, "USER_NOT_EXIST")
}

func TestALoginLivesAsLongAsTheSessionAndTheCap(t *testing.T) {
	s := newScene(t)
	life := func(key cloud.AccessKey, token string) time.Duration {
		body, err := s.token(key, token, acme)
		s.must(err)
		milliseconds, err := body["ExpireTime"].(json.Number).Int64()
		s.must(err)
		return time.Until(time.UnixMilli(milliseconds))
	}
	key, token := s.assume("acr-pull", 900)
	if got := life(key, token); got > 15*time.Minute || got < 14*time.Minute {
		t.Errorf("a login from a 15 minute session lives %s", got)
	}
	s.must(s.admin.SetLifetimes(s.ctx, cloud.Lifetimes{RegistryToken: cloud.Duration(40 * time.Second)}))
	for name, got := range map[string]time.Duration{"session": life(key, token), "access key": life(puller, "")} {
		if got > 40*time.Second || got < 30*time.Second {
			t.Errorf("a capped login from a %s lives %s, want 40s", name, got)
		}
	}
}
