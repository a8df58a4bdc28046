// SPDX-License-Identifier: Apache-2.0

package cloud_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"

	"acr-credential-helper/tests/cloud"
)

func (s *scene) fault(match cloud.FaultMatch, times int, do cloud.FaultAction) string {
	s.Helper()
	id, err := s.admin.AddFault(s.ctx, cloud.Fault{Match: match, Times: times, Do: do})
	s.must(err)
	return id
}

func TestThrottlingIsWhatTheSDKCallsThrottling(t *testing.T) {
	s := newScene(t)
	s.fault(cloud.FaultMatch{API: "GetAuthorizationToken", Instance: acme}, 2, cloud.FaultAction{
		Status: 400, Code: "Throttling.User", Message: "Request was denied due to user flow control.", RetryAfterMs: 1500,
	})
	client, err := openapi.NewClient(s.config(puller, "", hangzhouCR))
	s.must(err)
	client.DisableSDKError = dara.Bool(true)
	call := func() error {
		_, err := client.CallApi(&openapiutil.Params{
			Action: dara.String("GetAuthorizationToken"), Version: dara.String("2018-12-01"), Protocol: dara.String("HTTPS"),
			Pathname: dara.String("/"), Method: dara.String("POST"), AuthType: dara.String("AK"), Style: dara.String("RPC"),
			ReqBodyType: dara.String("formData"), BodyType: dara.String("json"),
		}, &openapiutil.OpenApiRequest{Query: map[string]*string{"InstanceId": dara.String(acme)}}, &dara.RuntimeOptions{})
		return err
	}
	var throttled *openapi.ThrottlingError
	if err := call(); !errors.As(err, &throttled) || dara.StringValue(throttled.Code) != "Throttling.User" {
		t.Fatalf("got %v, want a ThrottlingError", err)
	}
	// This SDK does not read the header that tells how long to wait, others do.
	response, err := s.client().Do(s.signed(puller, nil))
	s.must(err)
	_ = response.Body.Close()
	if got := response.Header.Get("x-acs-retry-after"); got != "1500" {
		t.Fatalf("x-acs-retry-after is %q", got)
	}
	s.must(call()) // twice means twice
}

func TestAFaultHitsOnlyWhatItMatches(t *testing.T) {
	s := newScene(t)
	outage := cloud.FaultAction{Status: 500, Code: "InternalError", Message: "m"}
	for _, match := range []cloud.FaultMatch{
		{Host: "cr.cn-shanghai.aliyuncs.com"}, {API: "ListInstanceEndpoint"}, {Instance: "cri-beta0000000000"},
		{AccessKeyID: limited.ID}, {Version: "2016-06-07"},
	} {
		id := s.fault(match, 0, outage)
		if _, err := s.token(puller, "", acme); err != nil {
			t.Errorf("%+v hit a call that it does not match: %v", match, err)
		}
		s.must(s.admin.RemoveFault(s.ctx, id))
	}
	id := s.fault(cloud.FaultMatch{Host: hangzhouCR, API: "GetAuthorizationToken", Instance: acme, AccessKeyID: puller.ID, Version: "2018-12-01"}, 0, outage)
	for range 3 {
		_, err := s.token(puller, "", acme)
		s.mustFail(err, "InternalError")
	}
	s.must(s.admin.RemoveFault(s.ctx, id))
	_, err := s.token(puller, "", acme)
	s.must(err)
}

func TestAFailureInsideAnHTTP200(t *testing.T) {
	s := newScene(t)
	s.fault(cloud.FaultMatch{}, 1, cloud.FaultAction{IsSuccessFalse: "SYSTEM_ERROR"})
	body, err := s.token(puller, "", acme)
	s.must(err)
	if body["IsSuccess"] != false || body["Code"] != "SYSTEM_ERROR" || body["AuthorizationToken"] != nil {
		t.Fatalf("got %v", body)
	}
	if call := s.lastCall("GetAuthorizationToken"); call.Code != "SYSTEM_ERROR" || call.Status != 200 {
		t.Fatalf("recorded as %+v", call)
	}
}

func TestBodiesThatAreNotJSON(t *testing.T) {
	s := newScene(t)
	for _, one := range []struct {
		name          string
		do            cloud.FaultAction
		status        int
		contentType   string
		body          string
		mustEqualBody bool
	}{
		{"html", cloud.FaultAction{HTML: true, Status: 502}, 502, "text/html", "<html>", false},
		{"empty", cloud.FaultAction{Empty: true}, 503, "", "", true},
		{"xml", cloud.FaultAction{XML: true, Status: 403, Code: "Forbidden.RAM"}, 403, "text/xml", "<Code>Forbidden.RAM</Code>", false},
		{"body", cloud.FaultAction{Body: `{"IsSuccess":true,"Code":"success"}`}, 200, "application/json", `{"IsSuccess":true,"Code":"success"}`, true},
		{"lower case", cloud.FaultAction{LowerCase: true, Status: 500, Code: "USER_NOT_EXIST", Message: "m"}, 500, "application/json", `"code":"USER_NOT_EXIST"`, false},
	} {
		s.fault(cloud.FaultMatch{}, 1, one.do)
		response, err := s.client().Do(s.signed(puller, nil))
		s.must(err)
		text, err := io.ReadAll(response.Body)
		s.must(err)
		_ = response.Body.Close()
		got := string(text)
		if response.StatusCode != one.status || !strings.HasPrefix(response.Header.Get("Content-Type"), one.contentType) ||
			!strings.Contains(got, one.body) || (one.mustEqualBody && got != one.body) {
			t.Errorf("%s: got %s %q %q", one.name, response.Status, response.Header.Get("Content-Type"), got)
		}
	}
}

func TestACutConnectionAndASilentServer(t *testing.T) {
	s := newScene(t)
	s.fault(cloud.FaultMatch{}, 1, cloud.FaultAction{Cut: true})
	if response, err := s.client().Do(s.signed(puller, nil)); err == nil {
		_ = response.Body.Close()
		t.Fatalf("a cut connection gave %s", response.Status)
	}
	if call := s.lastCall("GetAuthorizationToken"); call.Code != "fault:cut" {
		t.Fatalf("recorded as %+v", call)
	}
	s.fault(cloud.FaultMatch{}, 1, cloud.FaultAction{Hang: true})
	client := s.client()
	client.Timeout = 300 * time.Millisecond
	var late *url.Error
	if _, err := client.Do(s.signed(puller, nil)); !errors.As(err, &late) || !late.Timeout() {
		t.Fatalf("got %v, want a time-out", err)
	}
	s.fault(cloud.FaultMatch{}, 1, cloud.FaultAction{DelayMs: 300})
	begin := time.Now()
	if status, _ := s.send(s.signed(puller, nil)); status != http.StatusOK || time.Since(begin) < 300*time.Millisecond {
		t.Fatalf("a delayed answer came with status %d after %s", status, time.Since(begin))
	}
}

func TestASkewedCloudClockShowsInTheDateHeader(t *testing.T) {
	s := newScene(t)
	s.fault(cloud.FaultMatch{}, 0, cloud.FaultAction{ClockSkewSeconds: 1200})
	response, err := s.client().Do(s.signed(puller, nil))
	s.must(err)
	_ = response.Body.Close()
	theirs, err := http.ParseTime(response.Header.Get("Date"))
	s.must(err)
	if ahead := time.Until(theirs); response.StatusCode != 400 || ahead < 19*time.Minute || ahead > 21*time.Minute {
		t.Fatalf("status %d, the clock is %s ahead", response.StatusCode, ahead)
	}
	status, body := s.send(s.signed(puller, setHeader("x-acs-date", theirs.UTC().Format("2006-01-02T15:04:05Z"))))
	if status != http.StatusOK {
		t.Fatalf("signed with the cloud's time: %d %v", status, body)
	}
}

func TestFaultsReachTheMetadataService(t *testing.T) {
	s := newScene(t)
	s.fault(cloud.FaultMatch{API: "ImdsCredentials"}, 1, cloud.FaultAction{Body: `{"Code":"Failed"}`})
	if status, body := s.metadata(http.MethodGet, rolePath+"KubernetesWorkerRole-test"); status != 200 || body != `{"Code":"Failed"}` {
		t.Fatalf("got %d %q", status, body)
	}
	s.fault(cloud.FaultMatch{API: "ImdsToken"}, 1, cloud.FaultAction{Status: 404})
	if status, _ := s.metadata(http.MethodPut, "/latest/api/token", "X-aliyun-ecs-metadata-token-ttl-seconds", "60"); status != 404 {
		t.Fatalf("got %d", status)
	}
	s.must(s.admin.ClearFaults(s.ctx))
}
