// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	eventsv1 "k8s.io/api/events/v1"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/world"
)

// awaitTold waits for an Event with this reason and a note that holds all words.
func (s *scene) awaitTold(reason string, words ...string) {
	s.Helper()
	s.awaitEvent(reason, startLimit, func(event eventsv1.Event) error { return holdsAll("the note", event.Note, words...) })
}

// partnerItem is an item for the partner's instance, which belongs to another account, with more fields.
func partnerItem(fields ...string) string {
	return "- instanceId: cri-partner0000000\n  " + strings.Join(fields, "\n  ") + "\n"
}

const outdatedProvider = "acs:ram::" + homeAccount + ":oidc-provider/ack-rrsa-outdated"

// registerOutdatedProvider registers a provider that knows a key with which the cluster signs no more.
func (s *scene) registerOutdatedProvider() {
	s.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.must(err)
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), Algorithm: string(jose.ES256), Use: "sig"}}})
	s.must(err)
	s.must(s.w.Cloud.SetOIDCProvider(s.ctx, cloud.OIDCProvider{
		ARN: outdatedProvider, Issuer: "https://kubernetes.default.svc", ClientIDs: []string{"sts.aliyuncs.com"}, JWKS: string(keys),
	}))
}

// The mistakes that are made most, and the words that an admin has to find in the Event.
func TestAMisconfigurationIsToldWithItsCauseAndItsCure(t *testing.T) {
	rrsaItem := partnerItem("rrsaRoleARN: "+assumingRole, "rrsaOIDCProviderRoleARN: "+world.OIDCProviderARN, "assumeRoleARN: "+sharedPull)
	for _, mistake := range []struct {
		name, item, rrsa string
		prepare          func(*scene)
		audience         string // of the mounted OIDC token; empty = none is mounted
		args, words      []string
	}{
		{
			name: "policy missing", item: world.Enterprise,
			prepare: func(s *scene) { s.must(s.w.Cloud.SetPermissions(s.ctx, workerRole)) },
			words:   []string{"NoPermission", "cr:GetAuthorizationToken", "cr:ListInstanceEndpoint", "cr:PullRepository", "RequestId", "grant"},
		},
		{
			name: "the caller may not assume roles", item: partnerItem("assumeRoleARN: " + sharedPull),
			prepare: func(s *scene) { s.must(s.w.Cloud.SetPermissions(s.ctx, workerRole, "cr:*")) },
			words:   []string{"NoPermission", "assumeRoleARN", sharedPull, "worker role KubernetesWorkerRole-test", "sts:AssumeRole", "trust"},
		},
		{
			name:  "the role does not trust the caller",
			item:  partnerItem("assumeRoleARN: "+sharedPull, "customAccessKey: LTAItestuserpuller000001", "customAccessKeySecret: testSecretOfPuller00000000001"),
			words: []string{"NoPermission", "assumeRoleARN", sharedPull, "access key LTAI***", "trust"},
			prepare: func(s *scene) {
				s.must(s.w.Cloud.SetPermissions(s.ctx, "acs:ram::"+homeAccount+":user/puller", "sts:AssumeRole"))
			},
		},
		{
			name: "no such role", item: partnerItem("assumeRoleARN: acs:ram::" + otherAccount + ":role/absent"),
			words: []string{"EntityNotExist.Role", "role/absent", "ARN"},
		},
		{
			name: "wrong region", item: "- {instanceId: cri-acme0000000000, regionId: cn-shanghai}",
			words: []string{"INSTANCE_NOT_EXIST", "cn-shanghai", "regionId"},
		},
		{
			name: "wrong instance", item: "- {instanceId: cri-typo000000000}",
			words: []string{"INSTANCE_NOT_EXIST", "cri-typo000000000", "instanceId"},
		},
		{
			name: "metadata blocked", item: world.Enterprise, args: []string{"--imds-endpoint=http://127.0.0.1:1", "--token-mode=workerRole"},
			words: []string{"cannot reach the metadata service", "network policy"},
		},
		{
			name: "RRSA is off", item: rrsaItem, audience: "sts.aliyuncs.com",
			words: []string{"RRSA is off", "rrsa", "enable: true"},
		},
		{
			name: "RRSA switched on too late", item: rrsaItem, rrsa: rrsaOn,
			words: []string{"RRSA was switched on after this pod started", "restart the pod", "recreate"},
		},
		{
			name: "OIDC token of another audience", item: rrsaItem, rrsa: rrsaOn, audience: "vault",
			words: []string{"AuthenticationFail.OIDCToken.AudienceNotMatch", "audience vault", "sts.aliyuncs.com"},
		},
		{
			name: "OIDC provider with an older key of the cluster",
			item: partnerItem("rrsaRoleARN: "+assumingRole, "rrsaOIDCProviderRoleARN: "+outdatedProvider),
			rrsa: rrsaOn, audience: "sts.aliyuncs.com", prepare: (*scene).registerOutdatedProvider,
			words: []string{"AuthenticationFail.OIDCToken.InvalidSignature", "rrsaOIDCProviderRoleARN", "rotated", outdatedProvider},
		},
		{
			name: "trust policy of the RRSA role names another account",
			item: partnerItem("rrsaRoleARN: acs:ram::"+homeAccount+":role/acr-pull", "rrsaOIDCProviderRoleARN: "+world.OIDCProviderARN),
			rrsa: rrsaOn, audience: "sts.aliyuncs.com",
			words: []string{"AuthenticationFail.NoPermission", "trust policy", "subject system:serviceaccount:kube-system:aliyun-acr-credential-helper"},
		},
		{
			name: "wrong access key", item: partnerItem("customAccessKey: LTAItestuserpartner00001", "customAccessKeySecret: swapped"),
			words: []string{"SignatureDoesNotMatch", "swapped"},
		},
	} {
		t.Run(mistake.name, func(t *testing.T) {
			s := newScene(t)
			if mistake.prepare != nil {
				mistake.prepare(s)
			}
			file := s.oidcTokenFile(false)
			if mistake.audience != "" {
				s.putOIDCToken(file, mistake.audience)
			}
			s.configure("acr-registry-info", mistake.item, "rrsa", mistake.rrsa)

			s.startController(append(mistake.args, "--oidc-token-file="+file)...)

			s.awaitTold("CredentialRefreshFailed", mistake.words...)
		})
	}
}

func TestAnExpireDurationAboveTheRolesMaximumServesAnHourAndIsTold(t *testing.T) {
	s := newScene(t)
	s.configure("acr-registry-info", partnerItem("assumeRoleARN: "+sharedPull, "expireDuration: 43200"))

	s.startController()

	s.pullsAs("assumed-role/shared-pull/", partnerHost)
	s.awaitTold("CredentialRefreshed", "warning", "expireDuration 43200", sharedPull, "InvalidParameter.DurationSeconds", "3600")
}

func TestATokenThatComesLaterIsUsedWithoutARestart(t *testing.T) {
	s := newScene(t)
	file := s.oidcTokenFile(false)
	s.configure("rrsa", rrsaOn, "acr-registry-info", `- instanceId: cri-acme0000000000
  domains: `+world.PublicHost+`
  rrsaRoleARN: `+podRole+`
  rrsaOIDCProviderRoleARN: `+world.OIDCProviderARN)
	s.startController("--oidc-token-file=" + file)
	s.awaitTold("CredentialRefreshFailed", "restart the pod")

	s.putOIDCToken(file, "sts.aliyuncs.com")

	s.pullsAs("assumed-role/acr-helper-pod/", world.PublicHost)
}

func TestAManagedRoleThatACKCannotAssumeIsToldWithItsCode(t *testing.T) {
	s := newScene(t)
	s.configure()

	s.startController("--addon-token-file=" + s.addonTokenFile("NotAuthorised"))

	s.awaitTold("CredentialRefreshFailed", "EntityNotExist.Role", "NotAuthorised", "--token-mode=workerRole")
}

// skewCloud moves the cloud's clock against that of the programs.
func (s *scene) skewCloud(seconds int) {
	s.Helper()
	_, err := s.w.Cloud.AddFault(s.ctx, cloud.Fault{Do: cloud.FaultAction{ClockSkewSeconds: seconds}})
	s.must(err)
}

// lastLogin is when the cloud gave an instance a login last.
func (s *scene) lastLogin(instance string) (last time.Time) {
	s.Helper()
	for _, call := range s.calls() {
		if call.API == "GetAuthorizationToken" && call.Instance == instance && call.Code == "success" {
			last = call.Time
		}
	}
	return last
}

func TestLoginsArePublishedAndEndByTheCloudsTime(t *testing.T) {
	for _, skew := range []int{1200, -1200} {
		t.Run(fmt.Sprint(skew), func(t *testing.T) {
			s := newScene(t)
			s.skewCloud(skew)
			s.shortenLogins()
			s.configure("acr-registry-info", acmeItem+betaItem)
			namespace := s.namespace()

			s.startController()

			s.awaitHosts(namespace, startLimit, append(betaHosts, acmeHosts...)...)
			s.awaitTwoRefreshes(namespace, "cri-acme0000000000", "cri-beta0000000000")
			s.spoil("cri-beta0000000000", cloud.FaultAction{Status: 403, Code: "NoPermission"})
			s.awaitHosts(namespace, shortLife+soon, acmeHosts...)
			served := time.Since(s.lastLogin("cri-beta0000000000"))
			if served < shortLife-2*time.Second || served > shortLife+3*time.Second {
				t.Errorf("the login was taken out %s after it was made, want %s", served, shortLife)
			}
		})
	}
}

func TestARestartUnderAWrongClockGoesOnFromTheStoredLogins(t *testing.T) {
	s := newScene(t)
	s.skewCloud(-1200) // by the node's clock, logins of less have ended before they began
	s.must(s.w.Cloud.SetLifetimes(s.ctx, cloud.Lifetimes{RegistryToken: cloud.Duration(10 * time.Minute)}))
	s.configure()
	controller := s.startServing()
	s.must(controller.Stop(soon))
	s.spoil("", cloud.FaultAction{Cut: true})

	s.startController()

	s.awaitHosts(s.namespace(), startLimit, acmeHosts...)
}

func TestAClockTwentyMinutesOffIsCorrectedAndTold(t *testing.T) {
	for _, skew := range []int{1200, -1200} {
		t.Run(fmt.Sprint(skew), func(t *testing.T) {
			s := newScene(t)
			s.skewCloud(skew)
			s.configure("acr-registry-info", partnerItem("assumeRoleARN: "+sharedPull))

			controller := s.startController()

			s.pullsAs("assumed-role/shared-pull/", partnerHost)
			s.must(holdsAll("the log", controller.Log(), "the clock of this node differs", "clock_is_behind_minutes"))
		})
	}
}
