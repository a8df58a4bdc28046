// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/world"
)

const (
	homeAccount  = "1234567890123456"
	otherAccount = "2234567890123456"
	partnerHost  = "partner-registry.cn-hangzhou.cr.aliyuncs.com"
	gammaHost    = "gamma-registry.cn-shanghai.cr.aliyuncs.com"
	sharedPull   = "acs:ram::" + otherAccount + ":role/shared-pull"
	podRole      = "acs:ram::" + homeAccount + ":role/acr-helper-pod"
	assumingRole = "acs:ram::" + homeAccount + ":role/acr-helper-pod-assumes"
	workerRole   = "acs:ram::" + homeAccount + ":role/KubernetesWorkerRole-test"
	managedRole  = "AliyunCSManagedAcrRole"
	rrsaOn       = "enable: true\n"
)

// oidcTokenFile is the place of a projected token, with a good one in it if it is mounted.
func (s *scene) oidcTokenFile(isMounted bool) string {
	s.Helper()
	s.must(s.w.RegisterOIDCProvider(s.ctx))
	file := filepath.Join(s.TempDir(), "token")
	if isMounted {
		s.putOIDCToken(file, "sts.aliyuncs.com")
	}
	return file
}

func (s *scene) putOIDCToken(file, audience string) {
	s.Helper()
	token, err := s.w.IssueOIDCToken(s.ctx, audience)
	s.must(err)
	s.must(os.WriteFile(file+".new", []byte(token), 0o600))
	s.must(os.Rename(file+".new", file))
}

// addonTokenFile is a mounted token of a managed role.
func (s *scene) addonTokenFile(role string) string {
	s.Helper()
	token, err := s.w.Cloud.IssueAddonToken(s.ctx, cloud.AddonTokenRequest{Account: homeAccount, Role: role})
	s.must(err)
	text, err := json.Marshal(token)
	s.must(err)
	file := filepath.Join(s.TempDir(), "token-config")
	s.must(os.WriteFile(file, text, 0o600))
	return file
}

// pullsAs pushes an image to each host, and then pulls it with the pull Secret of a new namespace that the controller serves.
// Every login must have been fetched by the given identity.
func (s *scene) pullsAs(identity string, hosts ...string) {
	s.Helper()
	var secret = s.awaitHosts(s.namespace(), startLimit, hosts...)
	for _, host := range hosts {
		image := host + "/acme/identities:v1"
		s.must(s.w.Push(s.ctx, image))
		s.must(s.w.PullWith(s.ctx, image, secret))
	}
	for _, call := range s.calls() {
		if call.API == "GetAuthorizationToken" && call.Code == "success" && !strings.Contains(call.Identity, identity) {
			s.Fatalf("the login of instance %q was fetched by %s, want %s", call.Instance, call.Identity, identity)
		}
	}
}

func TestTheManagedRoleServesWhereItsTokenIsMounted(t *testing.T) {
	s := newScene(t)
	s.configure("acr-registry-info", "- {instanceId: cri-acme0000000000, domains: "+world.PublicHost+"}")

	s.startController("--addon-token-file=" + s.addonTokenFile(managedRole))

	s.pullsAs("assumed-role/"+managedRole+"/", world.PublicHost)
	if s.succeeded("ImdsCredentials") > 0 {
		t.Fatal("the metadata service was asked although the managed role is there")
	}
}

func TestTheWorkerRoleServesWhereNoTokenIsMounted(t *testing.T) {
	s := newScene(t)
	s.configure("acr-registry-info", "- {instanceId: cri-acme0000000000, domains: "+world.PublicHost+"}")

	s.startController("--addon-token-file=" + filepath.Join(t.TempDir(), "absent"))

	s.pullsAs("assumed-role/KubernetesWorkerRole-test/", world.PublicHost)
}

func TestAnImageOfAnotherRegionIsPulled(t *testing.T) {
	s := newScene(t)
	s.configure("acr-registry-info", "- {instanceId: cri-gamma000000000, regionId: cn-shanghai}")

	s.startController()

	s.pullsAs("assumed-role/KubernetesWorkerRole-test/", gammaHost)
}

func TestRRSAServesTheSameAccount(t *testing.T) {
	s := newScene(t)
	s.configure("rrsa", rrsaOn, "acr-registry-info", `- instanceId: cri-acme0000000000
  domains: `+world.PublicHost+`
  rrsaRoleARN: `+podRole+`
  rrsaOIDCProviderRoleARN: `+world.OIDCProviderARN)

	s.startController("--oidc-token-file=" + s.oidcTokenFile(true))

	s.pullsAs("assumed-role/acr-helper-pod/", world.PublicHost)
}

func TestRRSAWithARoleOfAnotherAccountServesThatAccount(t *testing.T) {
	s := newScene(t)
	s.configure("rrsa", rrsaOn, "acr-registry-info", `- instanceId: cri-partner0000000
  rrsaRoleARN: `+assumingRole+`
  rrsaOIDCProviderRoleARN: `+world.OIDCProviderARN+`
  assumeRoleARN: `+sharedPull+`
  expireDuration: 7200`)

	s.startController("--oidc-token-file=" + s.oidcTokenFile(true))

	s.pullsAs("assumed-role/shared-pull/", partnerHost)
}

func TestTheWorkerRoleAssumesARoleOfAnotherAccount(t *testing.T) {
	s := newScene(t)
	s.configure("acr-registry-info", "- {instanceId: cri-partner0000000, assumeRoleARN: '"+sharedPull+"'}")

	s.startController()

	s.pullsAs("assumed-role/shared-pull/", partnerHost)
}

func TestAnAccessKeyPullsFromItsOwnAccount(t *testing.T) {
	s := newScene(t)
	s.configure("acr-registry-info", `- instanceId: cri-partner0000000
  customAccessKey: LTAItestuserpartner00001
  customAccessKeySecret: testSecretOfPartner0000000001`)

	s.startController()

	s.pullsAs("user/partner", partnerHost)
}

func TestAnAccessKeyAssumesARoleOfAnotherAccount(t *testing.T) {
	s := newScene(t)
	s.configure("acr-registry-info", `- instanceId: cri-partner0000000
  assumeRoleARN: `+sharedPull+`
  customAccessKey: LTAItestuserassumer00001
  customAccessKeySecret: testSecretOfAssumer0000000001`)

	s.startController()

	s.pullsAs("assumed-role/shared-pull/", partnerHost)
}

func TestAnAccessKeyOfASecretPullsFromItsAccount(t *testing.T) {
	s := newScene(t)
	name := fmt.Sprintf("partner-key-%d", s.began.UnixNano())
	s.installed("credentialSecrets={" + name + "}")
	s.putAccessKey(name, "LTAItestuserpartner00001", "testSecretOfPartner0000000001")
	s.configure("acr-registry-info", partnerItem("customAccessKeySecretRef: {name: "+name+"}"))

	s.startController()

	s.pullsAs("user/partner", partnerHost)
}

// A cluster outside the cloud has no metadata service; its key stands where the vendor's guide says.
func TestTheAccessKeyOfARegisteredClusterServes(t *testing.T) {
	s := newScene(t)
	const name = "alibaba-addon-secret"
	t.Cleanup(func() { // other tests are on nodes of the cloud
		if err := s.client().CoreV1().Secrets(world.OwnNamespace).Delete(context.Background(), name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	s.installed("credentialSecrets={" + name + "}")
	s.putAccessKey(name, "LTAItestuserpuller000001", "testSecretOfPuller00000000001")
	s.configure("acr-registry-info", "- {instanceId: cri-acme0000000000, domains: "+world.PublicHost+"}")

	s.startController("--imds-endpoint=http://127.0.0.1:1")

	s.pullsAs("user/puller", world.PublicHost)
}

func TestEnterpriseAndPersonalEditionOfSeveralAccountsAndRegionsServeTogether(t *testing.T) {
	s := newScene(t)
	s.configure("acr-registry-info", `- instanceId: cri-acme0000000000
  domains: `+world.PublicHost+`
- {instanceId: cri-gamma000000000, regionId: cn-shanghai}
- {instanceId: cri-partner0000000, assumeRoleARN: '`+sharedPull+`'}
- {instanceId: "", domains: registry.cn-hangzhou.aliyuncs.com}
`)

	s.startController()

	s.pullsAs("assumed-role/", world.PublicHost, gammaHost, partnerHost, "registry.cn-hangzhou.aliyuncs.com")
}
