// SPDX-License-Identifier: Apache-2.0

// Package chaos lets clients and faults loose on the product for a while and then looks whether everything is as the
// configuration says. ACR_CHAOS is the time, by default three minutes; ACR_CHAOS_SEED repeats the draws of an earlier run.
package chaos

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

const (
	clients    = 20
	startLimit = 30 * time.Second
	quietLimit = 10 * time.Second // within which the state is right once nothing goes wrong any more
	quietTime  = 15 * time.Second // for which nothing may be written then
	tokenLife  = 60 * time.Second
	threshold  = 20 * time.Second
)

// The instances that the configuration names, and the hosts that each Secret has to cover, sorted.
const configuredInstances = world.Enterprise + "- instanceId: cri-beta0000000000\n"

var configuredHosts = []string{
	"acme-registry-vpc.cn-hangzhou.cr.aliyuncs.com", "acme-registry.cn-hangzhou.cr.aliyuncs.com",
	"beta-registry-vpc.cn-hangzhou.cr.aliyuncs.com", "images.acme.example.com",
}

func duration(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("ACR_CHAOS")
	if text == "" {
		return 3 * time.Minute
	}
	length, err := time.ParseDuration(text)
	if err != nil || length <= 0 {
		t.Fatalf("ACR_CHAOS=%s", text)
	}
	return length
}

func seed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("ACR_CHAOS_SEED")
	if text == "" {
		return uint64(time.Now().UnixNano())
	}
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("ACR_CHAOS_SEED=%s", text)
	}
	return number
}

// stage is the cluster with the product that the run is about.
type stage struct {
	*testing.T
	w           *world.World
	relay       *testbed.Relay
	kubeconfig  string // of the controllers, by way of the relay
	controllers []*world.Program
	webhook     *world.Program
}

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{T: t}
	var err error
	s.w, err = world.Start(t.Context(), world.Options{Dir: t.TempDir()})
	s.must(err)
	t.Cleanup(func() {
		if err := s.w.Stop(); err != nil {
			t.Error(err)
		}
	})
	s.relay, err = testbed.StartRelay(s.w.Plane.Address())
	s.must(err)
	t.Cleanup(s.relay.Close)
	s.kubeconfig, err = s.w.Plane.KubeconfigVia(s.w.ControllerKubeconfig(), s.relay.Address())
	s.must(err)
	s.must(s.w.Cloud.SetLifetimes(t.Context(), cloud.Lifetimes{RegistryToken: cloud.Duration(tokenLife)}))
	s.must(s.w.Configure(t.Context(), map[string]string{
		"acr-registry-info": configuredInstances, "watch-namespace": "chaos-*", "service-account": "*",
		"expiring-threshold":    threshold.String(),
		"webhook-configuration": "enable: true\nfailure-policy: Ignore\ntimeout-seconds: 5\n",
	}))
	return s
}

// startController starts one more controller, of which one leads.
func (s *stage) startController() {
	s.Helper()
	controller, err := s.w.StartController("--kubeconfig=" + s.kubeconfig)
	s.must(err)
	s.controllers = append(s.controllers, controller)
}

func (s *stage) startWebhook() {
	s.Helper()
	var err error
	s.webhook, err = s.w.StartWebhook()
	s.must(err)
}

func TestAfterChaosTheStateIsWhatTheConfigurationSays(t *testing.T) {
	length, seed := duration(t), seed(t)
	t.Logf("%s, ACR_CHAOS_SEED=%d", length, seed)
	s := newStage(t)
	for range 2 {
		s.startController()
	}
	s.must(s.controllers[0].AwaitReady(t.Context(), startLimit))
	s.startWebhook()
	s.must(s.webhook.AwaitReady(t.Context(), startLimit))

	crowd := newCrowd(s.w, seed)
	s.must(crowd.begin(t.Context()))
	s.spoilFor(length, seed)
	actions := crowd.end()
	s.settle()
	quiet := time.Now()
	s.must(crowd.learn(t.Context()))

	s.must(world.Eventually(t.Context(), time.Until(quiet.Add(quietLimit)), func() error { return crowd.check(t.Context()) }))
	t.Logf("right %s after the last fault; %d actions of %d clients", time.Since(quiet).Round(time.Millisecond), actions, clients)

	began := time.Now()
	s.must(world.Throughout(t.Context(), quietTime, func() error { return crowd.check(t.Context()) }))
	s.must(s.checkIdle(began))
	s.must(crowd.checkCauses())
	if writes, err := s.w.CheckGuardedWrites(); err != nil || writes == 0 {
		t.Errorf("%d writes of the controller: %v", writes, err)
	}
	s.must(s.w.CheckNoSecretLeaked(context.WithoutCancel(t.Context())))
}

// checkIdle is an error if the product has written anything since a time but what time itself makes due.
func (s *stage) checkIdle(since time.Time) error {
	return s.w.ReadAudit(func(entry world.AuditEntry) error {
		if !entry.IsWriteOfProduct() || entry.RequestReceivedTimestamp.Before(since) {
			return nil
		}
		switch entry.ObjectRef.Resource {
		case "leases", "events": // the lead is renewed, and Events are told some seconds behind what they are about
			return nil
		case "secrets", "configmaps": // logins that are due are renewed, kept and reported
			return nil
		}
		return fmt.Errorf("without a cause: %s", entry.Line)
	})
}
