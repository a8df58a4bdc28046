// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

// rollout replaces both programs as their Deployments do: a new process first, and once it is ready the old one is stopped.
type rollout struct {
	*scene
	service             *testbed.Relay // what stands for the Service of the webhook
	args                []string
	controller, webhook *world.Program
	address             string // of the webhook
}

// startRollout starts one process of each program.
func (s *scene) startRollout(args ...string) *rollout {
	s.Helper()
	service, err := testbed.StartRelay()
	s.must(err)
	s.Cleanup(service.Close)
	r := &rollout{scene: s, service: service, args: append(args, "--webhook-url=https://"+service.Address())}
	r.controller = s.startServing(r.args...) // it makes the authority that the webhook's certificate is of
	r.webhook, r.address = r.startNext()
	r.service.Direct(r.address)
	return r
}

func (r *rollout) startNext() (webhook *world.Program, address string) {
	r.Helper()
	port, err := testbed.FreePort()
	r.must(err)
	address = testbed.Loopback(port)
	return r.startWebhook("--webhook-bind-address="+address, r.args[len(r.args)-1]), address
}

func (r *rollout) replaceController() {
	r.Helper()
	next := r.startController(r.args...)
	if code, err := stopped(r.controller); err != nil || code != 0 {
		r.Fatalf("SIGTERM ended the controller with exit code %d (%v)", code, err)
	}
	r.controller = next
}

func (r *rollout) replaceWebhook() {
	r.Helper()
	next, address := r.startNext()
	r.service.Direct(r.address, address)
	r.webhook.Terminate()
	r.eventually(promised, func() error {
		if r.webhook.Ready(r.ctx) {
			return errors.New("the old webhook is still ready")
		}
		return nil
	})
	r.service.Direct(address)
	if code, err := r.webhook.Wait(soon); err != nil || code != 0 {
		r.Fatalf("SIGTERM ended the webhook with exit code %d (%v)", code, err)
	}
	r.webhook, r.address = next, address
}

func TestARolloutOfBothProgramsUnderARejectedEditChangesNothing(t *testing.T) {
	s := newScene(t)
	s.must(s.w.Configure(s.ctx, goodEdit(1, "enable: true\nfailure-policy: Fail\ntimeout-seconds: 10\n")))
	programs := s.startRollout("--validate-config=false")
	still, busy := s.namespace(), s.namespace()
	for _, namespace := range []string{still, busy} {
		s.awaitBound(namespace, "default", soon)
		s.must(s.w.AwaitWebhook(s.ctx, namespace, true, soon))
	}
	s.configure("service-account", "nobody", "watch-namespace", "nowhere", "webhook-configuration", world.WebhookOff, "binding-mode", "replace")
	s.awaitEvent("ConfigurationInvalid", soon, noted("binding-mode line 1"))
	before, calls := s.snapshot(still), s.cloudCalls()
	bindings, entries := s.neverUnbound(busy, still, "default", "kube-system"), s.neverLosesHosts([]string{busy}, world.PublicHost, hostOfEdit(1))
	accounts := s.createAccounts(busy, func(answer *corev1.ServiceAccount) error {
		if names := namesOf(answer); !slices.Equal(names, []string{world.SecretName}) {
			return fmt.Errorf("the create answer lists %v", names)
		}
		return nil
	})

	for range 2 { // the second time none of those that have seen the good text is left
		programs.replaceController()
		accounts.awaitNext()
		programs.replaceWebhook()
		accounts.awaitNext()
	}

	accounts.end()
	s.awaitHosts(s.namespace(), leaseDuration+takeoverReserve+promised, world.PublicHost, hostOfEdit(1))
	s.unchanged(before, still)
	bindings()
	entries()
	if after := s.cloudCalls(); after != calls {
		t.Errorf("the rollout cost %d cloud calls", after-calls)
	}
}
