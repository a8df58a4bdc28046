// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/world"
)

// leftOf is how long the login in the pull Secret of a namespace is still good.
func (s *scene) leftOf(namespace string) (time.Duration, error) {
	secret, err := s.secret(namespace)
	if err != nil {
		return 0, err
	}
	expires, err := world.Ends(secret)
	return time.Until(expires), err
}

func TestC15AfterAnOutageOfSeveralTokenLivesEverySecretIsCurrentWithinThirtySeconds(t *testing.T) {
	s := newScene(t)
	s.shortenLogins()
	s.configure()
	controller := s.startController()
	namespace := s.namespace()
	first := s.awaitHosts(namespace, startLimit, acmeHosts...)

	s.w.Plane.StopAPIServer()
	outage := func() error {
		lostLead := func() error {
			if s.metrics(controller, "leader_election_master_status{") != 0 {
				return errors.New("it still leads")
			}
			return nil
		}
		if err := world.Eventually(s.ctx, leaseDuration+takeoverReserve, lostLead); err != nil {
			return err
		}
		before := s.logins("cri-acme0000000000")
		if err := world.Throughout(s.ctx, 3*shortLife, func() error { // the logins of before end
			if !controller.Running() {
				return fmt.Errorf("it ended with exit code %d", controller.ExitCode())
			}
			return nil
		}); err != nil {
			return err
		}
		if made := s.logins("cri-acme0000000000") - before; made < 3 {
			return fmt.Errorf("%d logins were made meanwhile, in memory", made)
		}
		return nil
	}()
	s.must(s.w.Plane.StartAPIServer(s.ctx))
	s.must(outage)

	s.eventually(30*time.Second, func() error {
		left, err := s.leftOf(namespace)
		if err == nil && left < 0 {
			err = fmt.Errorf("the Secret expired %s ago", -left)
		}
		return err
	})
	if now := s.awaitHosts(namespace, soon, acmeHosts...); now.UID != first.UID {
		t.Error("the Secret was made anew")
	}
	if !controller.Running() {
		t.Errorf("it ended with exit code %d", controller.ExitCode())
	}
}

func TestC20TokensThatLiveShorterThanTheThresholdNeitherExpireNorHeatTheCloud(t *testing.T) {
	s := newScene(t)
	const life = 20 * time.Second // against a threshold of 900 s
	s.must(s.w.Cloud.SetLifetimes(s.ctx, cloud.Lifetimes{RegistryToken: cloud.Duration(life)}))
	s.configure("expiring-threshold", "15m")
	s.startController()
	namespace := s.namespace()
	s.awaitHosts(namespace, startLimit, acmeHosts...)
	logins := s.logins("cri-acme0000000000")

	const watched = 3 * life
	s.must(world.Throughout(s.ctx, watched, func() error {
		left, err := s.leftOf(namespace)
		if err == nil && left < time.Second {
			err = fmt.Errorf("the Secret holds a login with %s left", left)
		}
		return err
	}))

	// Renewed when about half of it is left: twice in a life, and never in a hot loop.
	if made := s.logins("cri-acme0000000000") - logins; made < 3 || made > 9 {
		t.Errorf("%d logins in three lives", made)
	}
}

// residentKiB is the memory of a program as the kernel counts it.
func (s *scene) residentKiB(program *world.Program) int {
	s.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", program.Pid()))
	s.must(err)
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmRSS:" {
			size, err := strconv.Atoi(fields[1])
			s.must(err)
			return size
		}
	}
	s.Fatal("the kernel tells no VmRSS")
	return 0
}

func TestC24ForeignSecretsCostNeitherMemoryNorRights(t *testing.T) {
	s := newScene(t)
	s.configure()
	controller := s.startServing()
	before := s.residentKiB(controller)
	s.must(controller.Stop(soon))
	foreign := s.namespace()
	const count, size = 2000, 10 << 10 // with 20,000 the store, not the product, would be what is tested
	s.must(inParallel(s.ctx, count, func(ctx context.Context, i int) error {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("foreign-%d", i)},
			Data: map[string][]byte{"content": bytes.Repeat([]byte{'x'}, size)}}
		_, err := s.client().CoreV1().Secrets(foreign).Create(ctx, secret, metav1.CreateOptions{})
		return err
	}))

	again := s.startServing()

	s.awaitSecret(foreign, soon)
	after := s.residentKiB(again)
	t.Logf("%d KiB, beside %d foreign Secrets of %d KiB %d KiB", before, count, size>>10, after)
	if after > 40<<10 || after > before+4<<10 {
		t.Errorf("it has %d KiB beside foreign Secrets, %d KiB without", after, before)
	}
	s.must(controllerMayNotList(s))
}

// controllerMayNotList is an error unless the API server refuses the controller a list of all Secrets, which therefore it
// cannot have asked for.
func controllerMayNotList(s *scene) error {
	config, err := clientcmd.BuildConfigFromFlags("", s.w.ControllerKubeconfig())
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	if _, err := client.CoreV1().Secrets(metav1.NamespaceAll).List(s.ctx, metav1.ListOptions{}); err == nil {
		return errors.New("the controller may list all Secrets")
	}
	return nil
}

// inParallel calls do with 0 to count-1, a few at a time, and ends at the first error.
func inParallel(ctx context.Context, count int, do func(context.Context, int) error) error {
	var next atomic.Int64
	var workers sync.WaitGroup
	failures := make(chan error, 16)
	for range cap(failures) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(count); i = next.Add(1) - 1 {
				if err := do(ctx, int(i)); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	workers.Wait()
	close(failures)
	return <-failures
}
