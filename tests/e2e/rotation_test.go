// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	eventsv1 "k8s.io/api/events/v1"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/world"
)

const bothInstances = `- instanceId: cri-acme0000000000
- instanceId: cri-beta0000000000
`

var (
	acmeHosts = []string{world.PublicHost, "acme-registry-vpc.cn-hangzhou.cr.aliyuncs.com", "images.acme.example.com"}
	lifetime  = 15 * time.Second // of a registry login, so that a rotation can be watched
)

func TestACredentialIsRotatedInPlaceAndPullsWorkBeforeDuringAndAfter(t *testing.T) {
	s := newScene(t)
	s.must(s.w.Cloud.SetLifetimes(s.ctx, cloud.Lifetimes{RegistryToken: cloud.Duration(lifetime)}))
	image := world.PublicHost + "/apps/rotation:v1"
	s.must(s.w.Push(s.ctx, image))
	s.configure("expiring-threshold", "5s")
	s.startController()
	namespace := s.namespace()
	first := s.awaitSecret(namespace, startLimit)

	// Pulls go on without a break over two rotations.
	seen := map[string]bool{}
	pulls := 0
	for deadline := time.Now().Add(4 * lifetime); len(seen) < 3; pulls++ {
		secret, err := s.secret(namespace)
		s.must(err)
		if secret.UID != first.UID {
			t.Fatal("the Secret was deleted and made anew")
		}
		seen[secret.Annotations["acr-credential-helper/refreshed-at"]] = true
		if err := s.w.PullWith(s.ctx, image, secret); err != nil {
			t.Fatalf("pull %d, after %d rotations: %v", pulls, len(seen)-1, err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("only %d rotations within four lifetimes", len(seen)-1)
		}
	}

	t.Logf("%d pulls over two rotations", pulls)
	s.eventually(lifetime, func() error { // the first login really ends
		if err := s.w.PullWith(s.ctx, image, first); !errors.Is(err, world.ErrPullRefused) {
			return fmt.Errorf("a pull with the first login: %v, want a refusal", err)
		}
		return nil
	})
}

func TestAnInstanceThatFailsLeavesTheOtherEntriesAlone(t *testing.T) {
	s := newScene(t)
	_, err := s.w.Cloud.AddFault(s.ctx, cloud.Fault{
		Match: cloud.FaultMatch{API: "GetAuthorizationToken", Instance: "cri-beta0000000000"},
		Do:    cloud.FaultAction{Status: 500, Code: "InternalError", Message: "beta is broken"},
	})
	s.must(err)
	s.configure("acr-registry-info", bothInstances)
	controller := s.startController()
	namespace := s.namespace()

	s.awaitHosts(namespace, startLimit, acmeHosts...)

	s.awaitEvent("CredentialRefreshFailed", soon, func(event eventsv1.Event) error {
		// What may heal by itself is told once it has lasted, so it is not the first call that the Event names.
		if !slices.ContainsFunc(s.requestIDs("cri-beta0000000000"), func(id string) bool { return strings.Contains(event.Note, id) }) {
			return fmt.Errorf("the Event names no RequestId of the cloud: %s", event.Note)
		}
		return holdsAll("the Event", event.Note, "InternalError", "cri-beta0000000000", "cn-hangzhou")
	})
	s.must(holdsAll("the log", controller.Log(), "InternalError", s.requestID("cri-beta0000000000"), "cri-beta0000000000", "cn-hangzhou"))
	s.must(s.w.Cloud.ClearFaults(s.ctx))
	s.awaitHosts(namespace, 60*time.Second, append(betaHosts, acmeHosts...)...)
}

func TestTwoInstancesThatFailForDifferentReasonsAreBothTold(t *testing.T) {
	s := newScene(t)
	for instance, action := range map[string]cloud.FaultAction{
		"cri-acme0000000000": {Status: 500, Code: "InternalError", Message: "acme is broken"},
		"cri-beta0000000000": {Status: 403, Code: "NoPermission", Message: "You are not authorized to do this action."},
	} {
		_, err := s.w.Cloud.AddFault(s.ctx, cloud.Fault{Match: cloud.FaultMatch{API: "GetAuthorizationToken", Instance: instance}, Do: action})
		s.must(err)
	}
	s.configure("acr-registry-info", bothInstances)

	s.startController()

	s.awaitEvent("CredentialRefreshFailed", startLimit, noted("cri-acme0000000000", "InternalError"))
	s.awaitEvent("CredentialRefreshFailed", soon, noted("cri-beta0000000000", "NoPermission"))
}

func TestD21AFaultThatHealsWithinACycleWritesNoEvent(t *testing.T) {
	s := newScene(t)
	_, err := s.w.Cloud.AddFault(s.ctx, cloud.Fault{
		Match: cloud.FaultMatch{API: "GetAuthorizationToken"}, Times: 2, Do: cloud.FaultAction{Status: 503, Code: "ServiceUnavailable"},
	})
	s.must(err)
	s.configure()

	controller := s.startController()

	s.awaitHosts(s.namespace(), startLimit, acmeHosts...)
	s.awaitEvent("CredentialRefreshed", soon, noted("cri-acme0000000000"))
	s.must(holdsAll("the log", controller.Log(), "ServiceUnavailable"))
	if failed, err := s.events("CredentialRefreshFailed"); err != nil || len(failed) > 0 {
		t.Fatalf("a fault that healed within seconds was told (%v): %+v", err, failed)
	}
}

func TestC19ALoginServesUntilItExpiresWhileItsRefreshFails(t *testing.T) {
	s := newScene(t)
	s.must(s.w.Cloud.SetLifetimes(s.ctx, cloud.Lifetimes{RegistryToken: cloud.Duration(lifetime)}))
	s.configure("acr-registry-info", bothInstances, "expiring-threshold", "5s")
	s.startController()
	namespace := s.namespace()
	s.awaitHosts(namespace, startLimit, append(betaHosts, acmeHosts...)...)
	_, err := s.w.Cloud.AddFault(s.ctx, cloud.Fault{
		Match: cloud.FaultMatch{API: "GetAuthorizationToken", Instance: "cri-acme0000000000"},
		Do:    cloud.FaultAction{Status: 403, Code: "NoPermission", Message: "You are not authorized to do this action."},
	})
	s.must(err)

	s.awaitEvent("CredentialRefreshFailed", 2*lifetime, func(event eventsv1.Event) error {
		return holdsAll("the Event", event.Note, "NoPermission", "cri-acme0000000000")
	})

	s.awaitHosts(namespace, 0, append(betaHosts, acmeHosts...)...) // refused, but not yet expired
	s.awaitHosts(namespace, 2*lifetime, betaHosts...)
}
