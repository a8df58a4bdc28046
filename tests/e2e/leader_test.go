// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/world"
)

const (
	leaseDuration   = 15 * time.Second
	takeoverReserve = 2 * time.Second
)

func (s *scene) leader() string {
	s.Helper()
	lease, err := s.client().CoordinationV1().Leases(world.OwnNamespace).Get(s.ctx, world.LeaseName, metav1.GetOptions{})
	s.must(err)
	if lease.Spec.HolderIdentity == nil {
		return ""
	}
	return *lease.Spec.HolderIdentity
}

// startPair starts a leader that serves, then a standby.
func (s *scene) startPair() (leader, standby *world.Program) {
	s.Helper()
	s.configure()
	leader = s.startServing()
	return leader, s.startController()
}

func TestTheStandbyLeavesTheLeadAndTheCloudAlone(t *testing.T) {
	s := newScene(t)
	s.startPair()
	holder, calls := s.leader(), s.cloudCalls()

	s.must(world.Throughout(s.ctx, 4*time.Second, func() error { // longer than two retry periods
		if now := s.leader(); now != holder {
			return fmt.Errorf("the lead went from %s to %s", holder, now)
		}
		return nil
	}))

	if after := s.cloudCalls(); after != calls || holder == "" {
		t.Fatalf("leader %q; the standby made %d cloud calls", holder, after-calls)
	}
}

func TestC18AfterKillOfTheLeaderTheStandbyGoesOnWithinTheLease(t *testing.T) {
	s := newScene(t)
	leader, _ := s.startPair()
	namespace := s.namespace()
	s.awaitSecret(namespace, soon)
	s.awaitBound(namespace, "default", soon)
	holder, calls, before := s.leader(), s.cloudCalls(), s.snapshot(namespace)

	leader.Kill()
	begin := time.Now()
	fresh := s.namespace()
	s.awaitSecret(fresh, leaseDuration+takeoverReserve+promised)

	t.Logf("takeover after %s", time.Since(begin).Round(time.Millisecond))
	s.awaitBound(fresh, "default", promised)
	s.unchanged(before, namespace)
	if now := s.leader(); now == holder || now == "" {
		t.Errorf("the lead is held by %q, before by %q", now, holder)
	}
	if after := s.cloudCalls(); after != calls {
		t.Errorf("the takeover cost %d cloud calls", after-calls)
	}
}

// A state of this size is not written again at once when something in it changes.
func TestATakeoverFromALargeStateAsksTheCloudNothing(t *testing.T) {
	const large = 64 << 10
	s := newScene(t)
	noise := make([]byte, large)
	_, err := rand.Read(noise)
	s.must(err)
	s.configure("acr-registry-info", acmeItem+betaItem+"# "+hex.EncodeToString(noise)+"\n")
	leader := s.startServing()
	s.startController()
	namespace := s.namespace()
	s.awaitHosts(namespace, soon, append(slices.Clone(betaHosts), acmeHosts...)...)
	s.eventually(soon, func() error {
		state, err := s.client().CoreV1().Secrets(world.OwnNamespace).Get(s.ctx, world.StateSecretName, metav1.GetOptions{})
		if err != nil {
			return err
		}
		size := 0
		for _, value := range state.Data {
			size += len(value)
		}
		if size < large {
			t.Fatalf("the state has %d bytes only", size)
		}
		return holdsAll("the state", string(state.Data["logins"]), "cri-acme0000000000", "cri-beta0000000000")
	})
	calls, before := s.cloudCalls(), s.snapshot(namespace)

	leader.Kill()
	s.awaitSecret(s.namespace(), leaseDuration+takeoverReserve+promised)

	s.unchanged(before, namespace)
	if after := s.cloudCalls(); after != calls {
		t.Errorf("the takeover cost %d cloud calls", after-calls)
	}
}

func TestAfterACleanStopOfTheLeaderTheStandbyGoesOnWithinTwoSeconds(t *testing.T) {
	s := newScene(t)
	leader, _ := s.startPair()

	code, err := stopped(leader)
	if err != nil || code != 0 {
		t.Fatalf("SIGTERM ended the leader with exit code %d (%v)", code, err)
	}
	fresh := s.namespace()

	s.awaitSecret(fresh, takeoverReserve+promised)
}
