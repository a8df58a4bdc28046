// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/world"
)

var (
	betaHosts     = []string{"beta-registry-vpc.cn-hangzhou.cr.aliyuncs.com"} // its public endpoint is disabled
	personalHosts = []string{
		"registry.cn-hangzhou.aliyuncs.com", "registry-vpc.cn-hangzhou.aliyuncs.com", "registry-internal.cn-hangzhou.aliyuncs.com",
	}
)

// holdsAll says which of the words are missing in a text.
func holdsAll(what, text string, words ...string) error {
	for _, word := range words {
		if word == "" || !strings.Contains(text, word) {
			return fmt.Errorf("%s does not name %q: %s", what, word, text)
		}
	}
	return nil
}

// requestIDs of the failed calls about an instance, or of those of these APIs, as the cloud recorded them.
func (s *scene) requestIDs(instance string, apis ...string) (ids []string) {
	s.Helper()
	for _, call := range s.calls() {
		if call.Instance == instance && call.Code != "success" && (len(apis) == 0 || slices.Contains(apis, call.API)) {
			ids = append(ids, call.RequestID)
		}
	}
	return ids
}

// requestID of the first of them.
func (s *scene) requestID(instance string, apis ...string) string {
	s.Helper()
	if ids := s.requestIDs(instance, apis...); len(ids) > 0 {
		return ids[0]
	}
	return ""
}

// succeeded counts successful calls of an API.
func (s *scene) succeeded(api string) int {
	s.Helper()
	count := 0
	for _, call := range s.calls() {
		if call.API == api && call.Code == "success" {
			count++
		}
	}
	return count
}

func TestTheWorkerRoleServesWithEveryModeOfTheMetadataService(t *testing.T) {
	for _, mode := range []string{"required", "optional", "none"} {
		t.Run(mode, func(t *testing.T) {
			s := newScene(t)
			metadata := cloud.DefaultWorld().Metadata
			metadata.HTTPTokens = mode
			s.must(s.w.Cloud.SetMetadata(s.ctx, metadata))
			image := world.PublicHost + "/apps/worker-role:v1"
			s.must(s.w.Push(s.ctx, image))
			s.configure()

			s.startController()

			namespace := s.namespace()
			secret := s.awaitHosts(namespace, startLimit, acmeHosts...)
			s.must(s.w.PullWith(s.ctx, image, secret))
			if s.succeeded("ImdsCredentials") == 0 {
				t.Fatal("the metadata service was not asked for credentials")
			}
			withToken := s.succeeded("ImdsToken") > 0
			if wanted := mode != "none"; withToken != wanted {
				t.Fatalf("a metadata token was fetched: %t, want %t", withToken, wanted)
			}
		})
	}
}

func TestAnAccessKeyServesAnInstanceOfAnotherAccount(t *testing.T) {
	s := newScene(t)
	s.configure("acr-registry-info", `- instanceId: cri-acme0000000000
- instanceId: cri-partner0000000
  regionId: cn-hangzhou
  domains: partner-registry.cn-hangzhou.cr.aliyuncs.com
  customAccessKey: LTAItestuserpartner00001
  customAccessKeySecret: testSecretOfPartner0000000001
`)

	s.startController()

	s.awaitHosts(s.namespace(), startLimit, append([]string{"partner-registry.cn-hangzhou.cr.aliyuncs.com"}, acmeHosts...)...)
	for _, call := range s.calls() {
		if call.Instance == "cri-partner0000000" && call.AccessKeyID != "LTAItestuserpartner00001" {
			t.Fatalf("%s for the partner's instance was signed by %s", call.API, call.AccessKeyID)
		}
	}
}

func TestAnInstanceOfAnotherRegionIsAskedInItsRegion(t *testing.T) {
	s := newScene(t)
	s.configure("acr-registry-info", "- {instanceId: cri-gamma000000000, regionId: cn-shanghai}")

	s.startController()

	s.awaitHosts(s.namespace(), startLimit, "gamma-registry.cn-shanghai.cr.aliyuncs.com")
}

func TestWithoutAConfigMapPersonalEditionServesTheDefaultNamespace(t *testing.T) {
	s := newScene(t)
	image := "registry.cn-hangzhou.aliyuncs.com/acme/personal:v1"
	s.must(s.w.Push(s.ctx, image))

	s.startController()

	secret := s.awaitHosts("default", startLimit, personalHosts...)
	s.awaitBound("default", "default", soon)
	s.must(s.w.PullWith(s.ctx, image, secret))
	if _, err := s.secret(s.namespace()); err == nil {
		t.Fatal("a namespace outside the default scope was served")
	}
}

// Most clusters without a list do not use Personal Edition at all.
func TestD14PersonalEditionThatNobodyAskedForIsAWarningAndHardlyEverTried(t *testing.T) {
	s := newScene(t)
	_, err := s.w.Cloud.AddFault(s.ctx, cloud.Fault{
		Match: cloud.FaultMatch{Version: "2016-06-07"},
		Do:    cloud.FaultAction{Status: 404, Code: "USER_NOT_EXIST", Message: "no such user.", LowerCase: true},
	})
	s.must(err)

	controller := s.startController()

	s.awaitEvent("CredentialRefreshFailed", startLimit, func(event eventsv1.Event) error {
		if event.Type != "Warning" {
			return fmt.Errorf("the Event is of type %s", event.Type)
		}
		return holdsAll("the note", event.Note, "personal@cn-hangzhou", "USER_NOT_EXIST", "acr-registry-info lists nothing")
	})
	asked := s.callsByInstance()[""]["GetAuthorizationToken"]
	s.must(world.Throughout(s.ctx, 5*time.Second, func() error {
		if now := s.callsByInstance()[""]["GetAuthorizationToken"]; len(now) != len(asked) || len(now) == 0 {
			return fmt.Errorf("%d calls, then %d", len(asked), len(now))
		}
		return nil
	}))
	if strings.Contains(controller.Log(), `"level":"error"`) {
		t.Errorf("an error was logged:\n%s", controller.Log())
	}
	if _, err := s.secret("default"); !apierrors.IsNotFound(err) {
		t.Errorf("a Secret without a login: %v", err)
	}
}

func TestPersonalAndEnterpriseEditionServeTogether(t *testing.T) {
	s := newScene(t)
	s.configure("acr-registry-info", world.Enterprise+`- instanceId: ""`+"\n")

	s.startController()

	s.awaitHosts(s.namespace(), startLimit, append(personalHosts, acmeHosts...)...)
}
