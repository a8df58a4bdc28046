// SPDX-License-Identifier: Apache-2.0

package cloud_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aliyun/credentials-go/credentials/providers"

	"acr-credential-helper/tests/cloud"
)

// assume gets a session of a role of the first account by AssumeRole.
func (s *scene) assume(role string, seconds int) (cloud.AccessKey, string) {
	s.Helper()
	body, err := s.assumeRole(assumer, map[string]string{
		"RoleArn": "acs:ram::" + account + ":role/" + role, "DurationSeconds": fmt.Sprint(seconds),
	})
	s.must(err)
	return sessionOf(body)
}

func sessionOf(body map[string]any) (cloud.AccessKey, string) {
	credentials, _ := body["Credentials"].(map[string]any)
	id, _ := credentials["AccessKeyId"].(string)
	secret, _ := credentials["AccessKeySecret"].(string)
	token, _ := credentials["SecurityToken"].(string)
	return cloud.AccessKey{ID: id, Secret: secret}, token
}

func (s *scene) assumeRole(key cloud.AccessKey, change map[string]string) (map[string]any, error) {
	s.Helper()
	query := map[string]string{"RoleArn": "acs:ram::" + account + ":role/acr-pull", "RoleSessionName": "acr-helper"}
	for name, value := range change {
		query[name] = value
	}
	return s.call(key, "", hangzhouSTS, "2015-04-01", "AssumeRole", query)
}

func TestAssumeRoleIssuesASessionThatWorksAndExpires(t *testing.T) {
	s := newScene(t)
	body, err := s.assumeRole(assumer, map[string]string{"DurationSeconds": "900"})
	s.must(err)
	key, token := sessionOf(body)
	credentials := body["Credentials"].(map[string]any)
	expires, err := time.Parse("2006-01-02T15:04:05Z", credentials["Expiration"].(string))
	s.must(err)
	if life := time.Until(expires); life > 15*time.Minute || life < 14*time.Minute {
		t.Fatalf("the session lives %s, want 15 minutes", life)
	}
	who, err := s.call(key, token, hangzhouSTS, "2015-04-01", "GetCallerIdentity", nil)
	s.must(err)
	if who["Arn"] != "acs:ram::"+account+":assumed-role/acr-pull/acr-helper" || who["IdentityType"] != "AssumedRoleUser" {
		t.Fatalf("caller is %v", who)
	}
	s.must(s.admin.SetLifetimes(s.ctx, cloud.Lifetimes{AssumedRole: cloud.Duration(time.Second)}))
	short, shortToken := s.assume("acr-pull", 900)
	s.eventually(5*time.Second, "the session expires", func() bool {
		_, err := s.token(short, shortToken, acme)
		return errorCode(err) == "InvalidSecurityToken.Expired"
	})
	_, err = s.token(key, token, acme)
	s.must(err) // the older, longer session is not touched
}

func TestAssumeRoleRefusesWithTheRightCode(t *testing.T) {
	s := newScene(t)
	cases := []struct {
		name   string
		key    cloud.AccessKey
		change map[string]string
		code   string
	}{
		{"no permission", puller, nil, "NoPermission"},
		{"root account", owner, nil, "NoPermission"},
		{"trust policy names somebody else", assumer, map[string]string{"RoleArn": "acs:ram::" + account + ":role/KubernetesWorkerRole-test"}, "NoPermission"},
		{"no such role", assumer, map[string]string{"RoleArn": "acs:ram::" + account + ":role/nobody"}, "EntityNotExist.Role"},
		{"user ARN", assumer, map[string]string{"RoleArn": "acs:ram::" + account + ":user/puller"}, "InvalidParameter.RoleArn"},
		{"session name", assumer, map[string]string{"RoleSessionName": "a b"}, "InvalidParameter.RoleSessionName"},
		{"too long", assumer, map[string]string{"DurationSeconds": "3601"}, "InvalidParameter.DurationSeconds"},
		{"too short", assumer, map[string]string{"DurationSeconds": "899"}, "InvalidParameter.DurationSeconds"},
		{"policy grammar", assumer, map[string]string{"Policy": "{"}, "InvalidParameter.PolicyGrammar"},
		{"missing", assumer, map[string]string{"RoleArn": ""}, "MissingRoleArn"},
	}
	for _, one := range cases {
		t.Run(one.name, func(*testing.T) {
			_, err := s.assumeRole(one.key, one.change)
			s.mustFail(err, one.code)
		})
	}
}

func TestASessionPolicyNarrowsThePermissions(t *testing.T) {
	s := newScene(t)
	body, err := s.assumeRole(assumer, map[string]string{
		"Policy": `{"Version":"1","Statement":[{"Effect":"Allow","Action":["cr:List*"],"Resource":"*"}]}`,
	})
	s.must(err)
	key, token := sessionOf(body)
	_, err = s.call(key, token, hangzhouCR, "2018-12-01", "ListInstanceEndpoint", map[string]string{"InstanceId": acme})
	s.must(err)
	_, err = s.token(key, token, acme)
	s.mustFail(err, "NoPermission")
}

// The vendor's credential library signs AssumeRole with the old scheme V1.
func TestTheCredentialLibraryAssumesARole(t *testing.T) {
	s := newScene(t)
	build := func(secret string) providers.CredentialsProvider {
		provider, err := providers.NewRAMRoleARNCredentialsProviderBuilder().
			WithAccessKeyId(assumer.ID).WithAccessKeySecret(secret).WithStsEndpoint("sts.aliyuncs.com").
			WithRoleArn("acs:ram::2234567890123456:role/shared-pull").WithRoleSessionName("acr-helper").WithDurationSeconds(7200).
			WithHttpOptions(&providers.HttpOptions{Proxy: s.addresses.Proxy}).Build()
		s.must(err)
		return provider
	}
	got, err := build(assumer.Secret).GetCredentials()
	s.must(err)
	body, err := s.token(cloud.AccessKey{ID: got.AccessKeyId, Secret: got.AccessKeySecret}, got.SecurityToken, "cri-partner0000000")
	s.must(err)
	if body["IsSuccess"] != true {
		t.Fatalf("a role of the other account does not get that account's instance: %v", body)
	}
	if _, err := build("wrong").GetCredentials(); err == nil {
		t.Fatal("a wrong secret was accepted")
	}
	if call := s.lastCall("AssumeRole"); call.Code != "SignatureDoesNotMatch" {
		t.Fatalf("recorded as %+v", call)
	}
}
