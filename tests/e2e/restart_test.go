// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/world"
)

func TestARestartedControllerWritesNothingAndAsksTheCloudNothing(t *testing.T) {
	s := newScene(t)
	s.configure()
	controller := s.startServing()
	namespace := s.namespace()
	s.awaitSecret(namespace, soon)
	s.awaitBound(namespace, "default", soon)
	s.awaitWholeStatus()
	before, calls := s.snapshot(namespace), s.cloudCalls()

	controller.Kill()
	began := time.Now()
	again := s.startController()
	s.awaitMetric(again, `leader_election_master_status{name="acr-credential-helper"} 1`, leaseDuration+takeoverReserve)
	s.must(world.Throughout(s.ctx, 7*time.Second, func() error { // Events are told some seconds behind what they are about
		for _, write := range s.writesOfTheProduct(began) {
			if !strings.HasPrefix(write, "create selfsubjectreviews ") { // stores nothing
				return fmt.Errorf("the restart wrote: %s", write)
			}
		}
		return nil
	}))
	s.awaitSecret(s.namespace(), promised) // it has looked at everything

	s.unchanged(before, namespace)
	if after := s.cloudCalls(); after != calls {
		t.Fatalf("the restart cost %d cloud calls", after-calls)
	}
}

func TestWithoutTheStateADeadInstancesEntryStaysInTheVerySecretThatHoldsItUntilItEnds(t *testing.T) {
	const life = 30 * time.Second
	s := newScene(t)
	s.must(s.w.Cloud.SetLifetimes(s.ctx, cloud.Lifetimes{RegistryToken: cloud.Duration(life)}))
	s.configure("acr-registry-info", acmeItem+betaItem, "expiring-threshold", "10s")
	controller := s.startController()
	namespace := s.namespace()
	both := append(slices.Clone(betaHosts), acmeHosts...)
	before := s.awaitHosts(namespace, startLimit, both...)
	s.must(controller.Stop(soon))
	s.must(s.client().CoreV1().Secrets(world.OwnNamespace).Delete(s.ctx, world.StateSecretName, metav1.DeleteOptions{}))
	s.spoil("cri-beta0000000000", cloud.FaultAction{Status: 403, Code: "NoPermission"})

	s.startController()

	s.awaitHosts(s.namespace(), startLimit, acmeHosts...) // never spread
	s.eventually(soon, func() error {
		secret, err := s.secret(namespace)
		if err == nil && secret.ResourceVersion == before.ResourceVersion {
			err = errors.New("the new login of the other instance has not reached the Secret")
		}
		return err
	})
	s.awaitHosts(namespace, promised, both...)
	s.awaitHosts(namespace, life, acmeHosts...)
	ends, err := world.Ends(before)
	s.must(err)
	if early := time.Until(ends); early > time.Second {
		t.Errorf("the entry left the Secret %s before its end", early)
	}
}

func TestWhatHappenedWhileTheControllerWasAwayIsCaughtUp(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "*")
	controller := s.startServing()
	served := s.namespace()
	s.awaitBound(served, "default", soon)
	if code, err := stopped(controller); err != nil || code != 0 {
		t.Fatalf("SIGTERM ended the controller with exit code %d (%v)\n%s", code, err, controller.LogTail())
	}

	missed := s.namespace()
	s.createAccount(served, "missed", "foreign")
	s.startController()

	s.awaitSecret(missed, startLimit)
	s.awaitBound(missed, "default", soon)
	s.awaitPullSecrets(served, "missed", soon, "foreign", world.SecretName)
}

func stopped(program *world.Program) (int, error) {
	err := program.Stop(10 * time.Second)
	return program.ExitCode(), err
}

func TestWithoutTheWebhookProcessTheBackgroundBindsUntilItIsBack(t *testing.T) {
	s := newScene(t)
	ignore := "enable: true\nfailure-policy: Ignore\ntimeout-seconds: 2\n"
	_, webhook, namespace := s.startBoth("webhook-configuration", ignore)

	webhook.Kill()
	s.createAccount(namespace, "meanwhile")
	s.awaitBound(namespace, "meanwhile", promised)
	s.startWebhook()

	s.must(s.w.AwaitWebhook(s.ctx, namespace, true, soon))
	if names := namesOf(s.createAccount(namespace, "afterwards")); !slices.Equal(names, []string{world.SecretName}) {
		t.Fatalf("the create answer lists %v", names)
	}
}

func TestAWebhookThatIsAskedToStopServesUntilItsConnectionsHaveRetired(t *testing.T) {
	s := newScene(t)
	_, webhook, namespace := s.startBoth()

	webhook.Terminate()
	s.eventually(promised, func() error {
		if webhook.Ready(s.ctx) {
			return errors.New("it is still ready (SHD-1)")
		}
		return nil
	})
	for i := range 5 { // each answer retires the connection on which it came
		if names := namesOf(s.createAccount(namespace, fmt.Sprintf("late-%d", i))); !slices.Equal(names, []string{world.SecretName}) {
			t.Fatalf("SHD-1: while it drains the create answer lists %v", names)
		}
	}

	if code, err := webhook.Wait(soon); err != nil || code != 0 {
		t.Fatalf("SIGTERM ended the webhook with exit code %d (%v)\n%s", code, err, webhook.LogTail())
	}
}

func TestBothProgramsOutliveAnOutageOfTheAPIServer(t *testing.T) {
	s := newScene(t)
	controller, webhook, namespace := s.startBoth()
	s.awaitBound(namespace, "default", soon)
	before, calls := s.snapshot(namespace), s.cloudCalls()

	s.w.Plane.StopAPIServer()
	outage := world.Throughout(s.ctx, 3*time.Second, func() error {
		if !controller.Healthy(s.ctx) || !webhook.Healthy(s.ctx) {
			return errors.New("an outage of the API server made a program unhealthy (SHD-6)")
		}
		if !webhook.Ready(s.ctx) {
			return errors.New("an outage of the API server made the webhook unready (CRT-9)")
		}
		return nil
	})
	s.must(s.w.Plane.StartAPIServer(s.ctx))
	s.must(outage)

	fresh := s.namespace()
	s.awaitSecret(fresh, startLimit)
	s.awaitBound(fresh, "default", soon)
	s.must(s.w.AwaitWebhook(s.ctx, fresh, true, soon))
	s.unchanged(before, namespace)
	if after := s.cloudCalls(); after != calls {
		t.Fatalf("the outage cost %d cloud calls", after-calls)
	}
	if !controller.Running() || !webhook.Running() {
		t.Fatal("a program ended")
	}
}
