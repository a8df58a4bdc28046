// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"

	"acr-credential-helper/tests/world"
)

// The cloud's names do not resolve here: only the proxy knows the way. It passes on nothing but cloud hosts, so the API server
// and the metadata service must be reached without it.
func TestCloudCallsGoThroughTheProxyOfTheEnvironmentAndNothingElseDoes(t *testing.T) {
	s := newScene(t)
	image := world.PublicHost + "/apps/proxy:v1"
	s.must(s.w.Push(s.ctx, image))
	s.configure("acr-registry-info", world.Enterprise+partnerItem("assumeRoleARN: "+sharedPull))

	controller, err := s.w.StartControllerIn([]string{"HTTPS_PROXY=" + s.w.Addresses.Proxy, "NO_PROXY=.example.test"}, "--openapi-connect-to=")
	s.must(err)
	s.must(controller.AwaitReady(s.ctx, startLimit))

	secret := s.awaitHosts(s.namespace(), startLimit, append([]string{partnerHost}, acmeHosts...)...)
	s.must(s.w.PullWith(s.ctx, image, secret))
	if s.succeeded("AssumeRole") != 1 || s.succeeded("GetAuthorizationToken") != 2 || s.succeeded("ImdsCredentials") != 1 {
		t.Fatalf("calls: %v", s.calls())
	}
}
