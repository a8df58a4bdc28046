// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"math/rand/v2"
	"time"

	"acr-credential-helper/tests/cloud"
)

// fault is something that goes wrong. It is over when it returns, except for faults of the cloud, which settle ends.
type fault struct {
	name string
	do   func(*stage, *rand.Rand) error
}

var faults = []fault{
	{"the API server is killed and comes back", (*stage).restartAPIServer},
	{"etcd is compacted", func(s *stage, _ *rand.Rand) error { return s.w.Plane.Compact(s.Context()) }},
	{"a controller is killed, the leader if it is the older one", (*stage).replaceController},
	{"the controllers' connections are cut", func(s *stage, _ *rand.Rand) error { s.relay.Cut(); return nil }},
	{"the API server cannot be reached by the controllers for a while", (*stage).cutOff},
	{"the webhook is killed and comes back", (*stage).replaceWebhook},
	{"the cloud throttles", cloudFault(cloud.FaultAction{Status: 400, Code: "Throttling.User", RetryAfterMs: 1000})},
	{"the cloud fails", cloudFault(cloud.FaultAction{Status: 503, Code: "ServiceUnavailable"})},
	{"the cloud cuts connections", cloudFault(cloud.FaultAction{Cut: true})},
	{"the cloud answers with a page", cloudFault(cloud.FaultAction{HTML: true, Status: 200})},
	{"the cloud is slow", cloudFault(cloud.FaultAction{DelayMs: 3000})},
}

// spoilFor draws a fault every few seconds.
func (s *stage) spoilFor(length time.Duration, seed uint64) {
	s.Helper()
	draw := rand.New(rand.NewPCG(seed, 0))
	order := draw.Perm(len(faults))
	for number, end := 0, time.Now().Add(length); time.Now().Before(end); number++ {
		// Each kind comes once before any comes again.
		if number == len(order) {
			number, order = 0, draw.Perm(len(faults))
		}
		fault := faults[order[number]]
		s.Logf("%s", fault.name)
		s.must(fault.do(s, draw))
		select {
		case <-s.Context().Done():
			s.must(s.Context().Err())
		case <-time.After(2*time.Second + time.Duration(draw.IntN(8000))*time.Millisecond):
		}
		s.must(s.w.Cloud.ClearFaults(s.Context()))
		for _, controller := range s.controllers {
			if !controller.Running() {
				s.Fatalf("%s ended with exit code %d:\n%s", controller.Name(), controller.ExitCode(), controller.LogTail())
			}
		}
	}
}

// settle waits until everything that was broken is back.
func (s *stage) settle() {
	s.Helper()
	s.must(s.w.Cloud.ClearFaults(s.Context()))
	s.relay.Refuse(false)
	for _, controller := range s.controllers {
		s.must(controller.AwaitReady(s.Context(), startLimit))
	}
	s.must(s.webhook.AwaitReady(s.Context(), startLimit))
}

func (s *stage) restartAPIServer(draw *rand.Rand) error {
	s.w.Plane.StopAPIServer()
	<-time.After(time.Duration(draw.IntN(3000)) * time.Millisecond)
	return s.w.Plane.StartAPIServer(s.Context())
}

func (s *stage) replaceController(*rand.Rand) error {
	s.controllers[0].Kill()
	s.controllers = s.controllers[1:]
	s.startController()
	return nil
}

func (s *stage) replaceWebhook(draw *rand.Rand) error {
	s.webhook.Kill()
	<-time.After(time.Duration(draw.IntN(3000)) * time.Millisecond)
	s.startWebhook()
	return nil
}

func (s *stage) cutOff(draw *rand.Rand) error {
	s.relay.Refuse(true)
	s.relay.Cut()
	<-time.After(time.Duration(draw.IntN(5000)) * time.Millisecond)
	s.relay.Refuse(false)
	return nil
}

// cloudFault lasts until the next fault; it strikes one instance or all calls.
func cloudFault(do cloud.FaultAction) func(*stage, *rand.Rand) error {
	return func(s *stage, draw *rand.Rand) error {
		match := []cloud.FaultMatch{{}, {Instance: "cri-acme0000000000"}, {API: "GetAuthorizationToken"}, {API: "ImdsCredentials"}}
		_, err := s.w.Cloud.AddFault(s.Context(), cloud.Fault{Match: match[draw.IntN(len(match))], Do: do})
		return err
	}
}
