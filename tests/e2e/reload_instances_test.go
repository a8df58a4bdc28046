// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/world"
)

const (
	acmeItem    = "- instanceId: cri-acme0000000000\n"
	betaItem    = "- instanceId: cri-beta0000000000\n"
	gammaItem   = "- {instanceId: cri-gamma000000000, regionId: cn-shanghai}\n"
	partnerKeys = "- instanceId: cri-partner0000000\n  customAccessKey: LTAItestuserpartner00001\n  customAccessKeySecret: "
	partnerRole = "- {instanceId: cri-partner0000000, assumeRoleARN: '" + sharedPull + "'"
	acmeVPCHost = "acme-registry-vpc.cn-hangzhou.cr.aliyuncs.com"
)

// registryStep is an edit of acr-registry-info: which hosts the pull Secrets cover from then on, which instances are logged
// in anew for it, and how often, and what an Event with this reason says about it.
type registryStep struct {
	name, info    string
	hosts         []string
	logins        map[string]int
	reason, words string
}

func join(lists ...[]string) []string { return slices.Concat(lists...) }

var registrySteps = []registryStep{
	{name: "an instance is added", info: acmeItem + betaItem,
		hosts: join(acmeHosts, betaHosts), logins: map[string]int{"cri-beta0000000000": 1}},
	{name: "their order changes", info: betaItem + acmeItem,
		hosts: join(acmeHosts, betaHosts)},
	{name: "domains are narrowed", info: acmeItem + "  domains: " + world.PublicHost + "\n" + betaItem,
		hosts: join([]string{world.PublicHost}, betaHosts)},
	{name: "domains are widened", info: acmeItem + "  domains: " + world.PublicHost + "," + acmeVPCHost + ",hub.acme.example.com\n" + betaItem,
		hosts: join([]string{world.PublicHost, acmeVPCHost, "hub.acme.example.com"}, betaHosts)},
	{name: "domains are removed", info: acmeItem + betaItem,
		hosts: join(acmeHosts, betaHosts)},
	{name: "an instance is looked for in the wrong region", info: acmeItem + betaItem + "- instanceId: cri-gamma000000000\n",
		hosts: join(acmeHosts, betaHosts), reason: "CredentialRefreshFailed", words: "cri-gamma000000000"},
	{name: "its region is corrected", info: acmeItem + betaItem + gammaItem,
		hosts: join(acmeHosts, betaHosts, []string{gammaHost}), logins: map[string]int{"cri-gamma000000000": 1}},
	{name: "an access key is wrong", info: acmeItem + betaItem + gammaItem + partnerKeys + "notTheSecret\n",
		hosts: join(acmeHosts, betaHosts, []string{gammaHost}), reason: "CredentialRefreshFailed", words: "SignatureDoesNotMatch"},
	{name: "the access key is corrected", info: acmeItem + betaItem + gammaItem + partnerKeys + "testSecretOfPartner0000000001\n",
		hosts: join(acmeHosts, betaHosts, []string{gammaHost, partnerHost}), logins: map[string]int{"cri-partner0000000": 1}},
	{name: "a role takes the place of the access key", info: acmeItem + betaItem + gammaItem + partnerRole + "}\n",
		hosts: join(acmeHosts, betaHosts, []string{gammaHost, partnerHost}), logins: map[string]int{"cri-partner0000000": 1}},
	{name: "the session of the role is to last longer", info: acmeItem + betaItem + gammaItem + partnerRole + ", expireDuration: 7200}\n",
		hosts: join(acmeHosts, betaHosts, []string{gammaHost, partnerHost}), logins: map[string]int{"cri-partner0000000": 1}},
	{name: "Personal Edition is added", info: acmeItem + betaItem + gammaItem + partnerRole + ", expireDuration: 7200}\n- instanceId: ''\n",
		hosts: join(acmeHosts, betaHosts, []string{gammaHost, partnerHost}, personalHosts), logins: map[string]int{"": 1}},
	{name: "instances are removed by an edit with an error", info: acmeItem + "- instanceId: 'cri-beta0000000000\n",
		hosts:  join(acmeHosts, betaHosts, []string{gammaHost, partnerHost}, personalHosts),
		reason: "ConfigurationInvalid", words: "acr-registry-info line 2"},
	{name: "instances are removed", info: acmeItem + betaItem,
		hosts: join(acmeHosts, betaHosts)},
}

// allLogins counts the logins of each instance.
func (s *scene) allLogins() map[string]int {
	s.Helper()
	logins := map[string]int{}
	for _, call := range s.calls() {
		if call.API == "GetAuthorizationToken" && call.Code == "success" {
			logins[call.Instance]++
		}
	}
	return logins
}

func TestEveryEditOfTheRegistriesIsObeyedAtOnceAndTouchesNothingElse(t *testing.T) {
	s := newScene(t)
	s.configure("acr-registry-info", acmeItem)
	controller := s.startController()
	namespace := s.namespace()
	first := s.awaitHosts(namespace, startLimit, acmeHosts...)
	s.awaitBound(namespace, "default", soon)
	accounts := s.neverWritten(namespace)

	for _, step := range registrySteps {
		wanted := s.allLogins()
		for instance, count := range step.logins {
			wanted[instance] += count
		}
		s.configure("acr-registry-info", step.info)

		took := s.eventually(soon, func() error {
			if step.reason != "" {
				if err := s.told(step.reason, noted(step.words)); err != nil {
					return err
				}
			}
			if made := s.allLogins(); !maps.Equal(made, wanted) {
				return fmt.Errorf("%s: the logins are %v, want %v", step.name, made, wanted)
			}
			return nil
		})
		secret := s.awaitHosts(namespace, soon, step.hosts...)

		t.Logf("%s: %s", step.name, took.Round(time.Millisecond))
		if secret.UID != first.UID {
			t.Fatalf("%s: the Secret was made anew", step.name)
		}
	}

	accounts()
	if made := s.allLogins(); made["cri-acme0000000000"] != 1 || !controller.Running() {
		t.Fatalf("the first instance was logged in %d times, once would do", made["cri-acme0000000000"])
	}
}

func TestKeysWithoutEffectMayChangeWithoutEffect(t *testing.T) {
	s := newScene(t)
	s.configure()
	s.startServing()
	namespace := s.namespace()
	s.awaitSecret(namespace, soon)
	s.awaitBound(namespace, "default", soon)
	before, calls := s.snapshot(namespace), s.cloudCalls()

	for i, change := range [][]string{
		{"acr-api-version", "2018-12-01"}, {"notify-email", "admin@example.com"}, {"acr-registry", "registry.example.com"}, {"rrsa", rrsaOn},
	} {
		s.configure(change...)
		s.eventually(soon, func() error { // each is judged: the first makes the second ConfigurationLoaded of this test, and so on
			events, err := s.events("ConfigurationLoaded")
			told := 0
			for _, event := range events {
				told++
				if event.Series != nil {
					told += int(event.Series.Count) - 1
				}
			}
			if err == nil && told < i+2 {
				err = fmt.Errorf("%d configurations were accepted, want %d", told, i+2)
			}
			return err
		})
	}

	s.awaitSecret(s.namespace(), soon) // the controller has gone on past them
	s.unchanged(before, namespace)
	if after := s.cloudCalls(); after != calls {
		t.Fatalf("they cost %d cloud calls", after-calls)
	}
}

func TestSwitchingRRSAOnIsObeyedAtOnce(t *testing.T) {
	s := newScene(t)
	info := acmeItem + betaItem + "  domains: " + betaHosts[0] + "\n  rrsaRoleARN: " + podRole + "\n  rrsaOIDCProviderRoleARN: " + world.OIDCProviderARN + "\n"
	s.configure("acr-registry-info", info)
	s.startController("--oidc-token-file=" + s.oidcTokenFile(true))
	namespace := s.namespace()
	first := s.awaitHosts(namespace, startLimit, acmeHosts...)
	s.awaitTold("CredentialRefreshFailed", "cri-beta0000000000", "rrsa")

	s.configure("acr-registry-info", info, "rrsa", rrsaOn)

	if secret := s.awaitHosts(namespace, soon, join(acmeHosts, betaHosts)...); secret.UID != first.UID {
		t.Fatal("the Secret was made anew")
	}
	if made := s.allLogins(); !maps.Equal(made, map[string]int{"cri-acme0000000000": 1, "cri-beta0000000000": 1}) {
		t.Fatalf("the logins are %v", made)
	}
}

func (s *scene) putAccessKey(name, id, secret string) {
	s.Helper()
	secrets := s.client().CoreV1().Secrets(world.OwnNamespace)
	wanted := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name},
		StringData: map[string]string{"access-key-id": id, "access-key-secret": secret}}
	if _, err := secrets.Get(s.ctx, name, metav1.GetOptions{}); err == nil {
		_, err = secrets.Update(s.ctx, wanted, metav1.UpdateOptions{})
		s.must(err)
		return
	}
	_, err := secrets.Create(s.ctx, wanted, metav1.CreateOptions{})
	s.must(err)
}

func TestAnAccessKeyInASecretIsRotatedWithoutAFailedRefresh(t *testing.T) {
	s := newScene(t)
	s.shortenLogins()
	const oldKey, newKey = "LTAItestuserpuller000001", "LTAItestrootowner0000001"
	isOff := func(off bool) {
		s.must(s.w.Cloud.SetAccessKey(t.Context(), cloud.AccessKeyChange{ID: oldKey, Inactive: &off}))
	}
	name := fmt.Sprintf("acme-key-%d", s.began.UnixNano())
	s.installed("credentialSecrets={" + name + "}")
	s.putAccessKey(name, oldKey, "testSecretOfPuller00000000001")
	s.configure("acr-registry-info", acmeItem+"  customAccessKeySecretRef: {name: "+name+"}\n")
	s.startController()
	namespace := s.namespace()
	s.awaitHosts(namespace, startLimit, acmeHosts...)
	entries := s.neverLosesHosts([]string{namespace}, acmeHosts...)

	s.putAccessKey(name, newKey, "testSecretOfOwner000000000001")
	isOff(true)
	rotated := time.Now()
	s.eventually(2*shortLife, func() error {
		for _, call := range s.calls() {
			if call.API == "GetAuthorizationToken" && call.Code == "success" && call.AccessKeyID == newKey {
				return nil
			}
		}
		return fmt.Errorf("no login by the new key")
	})
	isOff(false)

	t.Logf("the new key was used %s after it was there", time.Since(rotated).Round(time.Millisecond))
	entries()
	if failed, err := s.events("CredentialRefreshFailed"); err != nil || len(failed) > 0 {
		t.Fatalf("a refresh failed (%v): %+v", err, failed)
	}
}

// ageLogins makes the logins that a controller has left in the state Secret older than they are.
func (s *scene) ageLogins(by time.Duration) {
	s.Helper()
	secrets := s.client().CoreV1().Secrets(world.OwnNamespace)
	state, err := secrets.Get(s.ctx, world.StateSecretName, metav1.GetOptions{})
	s.must(err)
	var logins []map[string]any
	s.must(json.Unmarshal(state.Data["logins"], &logins))
	if len(logins) == 0 {
		s.Fatal("the state Secret holds no login")
	}
	for _, login := range logins {
		for _, field := range []string{"issued", "expires"} {
			moment, err := time.Parse(time.RFC3339Nano, login[field].(string))
			s.must(err)
			login[field] = moment.Add(-by).UTC().Format("2006-01-02T15:04:05.000000Z")
		}
	}
	state.Data["logins"], err = json.Marshal(logins)
	s.must(err)
	_, err = secrets.Update(s.ctx, state, metav1.UpdateOptions{})
	s.must(err)
}

func TestALongerThresholdMakesARefreshDueAtOnce(t *testing.T) {
	s := newScene(t)
	s.must(s.w.Cloud.SetLifetimes(s.ctx, cloud.Lifetimes{RegistryToken: cloud.Duration(time.Hour)}))
	s.configure("expiring-threshold", "10m")
	controller := s.startServing()
	namespace := s.namespace()
	first := s.awaitHosts(namespace, soon, acmeHosts...)
	s.must(controller.Stop(soon))
	s.ageLogins(30 * time.Minute)
	logins := s.logins("cri-acme0000000000")
	s.startServing()

	s.configure("expiring-threshold", "15m")
	s.awaitSecret(s.namespace(), soon)
	if made := s.logins("cri-acme0000000000"); made != logins {
		t.Fatalf("with 15 of 30 minutes left %d logins were made", made-logins)
	}
	s.configure("expiring-threshold", "40m")

	s.eventually(soon, func() error {
		if made := s.logins("cri-acme0000000000"); made != logins+1 {
			return fmt.Errorf("%d logins were made, want one", made-logins)
		}
		return nil
	})
	if secret := s.awaitHosts(namespace, soon, acmeHosts...); secret.UID != first.UID {
		t.Fatal("the Secret was made anew")
	}
}
