// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

const failFor15Seconds = "enable: true\nfailure-policy: Fail\ntimeout-seconds: 15\n"

// creations are ServiceAccounts that are created at a fixed rate, whatever the answers take.
type creations struct {
	mu       sync.Mutex
	asked    int
	failures []error
}

// createAtRate goes on until done is closed, or count have been created.
func (s *scene) createAtRate(namespace string, perSecond, count int, done <-chan struct{}) *creations {
	c := &creations{}
	var all sync.WaitGroup
	pace := time.NewTicker(time.Second / time.Duration(perSecond))
	defer pace.Stop()
	for running := true; running && c.asked < count; {
		select {
		case <-done:
			running = false
			continue
		case <-pace.C:
		}
		c.asked++
		name := fmt.Sprintf("load-%d", c.asked)
		all.Go(func() {
			answer, err := s.client().CoreV1().ServiceAccounts(namespace).Create(s.ctx, accountWith(name), metav1.CreateOptions{})
			if err == nil && !slices.Equal(namesOf(answer), []string{world.SecretName}) {
				err = fmt.Errorf("the create answer for %s lists %v", name, namesOf(answer))
			}
			if err != nil {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.failures = append(c.failures, err)
			}
		})
	}
	all.Wait()
	return c
}

func TestAThousandAccountsAtAHundredASecondUnderFailAreAllBoundInTheAnswer(t *testing.T) {
	s := newScene(t)
	_, _, namespace := s.startBoth("webhook-configuration", failFor15Seconds)

	load := s.createAtRate(namespace, 100, 1000, nil)

	if len(load.failures) > 0 || load.asked != 1000 {
		t.Fatalf("%d of %d failed: %v", len(load.failures), load.asked, load.failures[0])
	}
}

// replica is one process of the webhook, and its address.
type replica struct {
	*world.Program
	address string
}

// startReplica starts a webhook behind a service, which knows it once it is ready.
func (s *scene) startReplica(front *service) replica {
	s.Helper()
	port, err := testbed.FreePort()
	s.must(err)
	address := testbed.Loopback(port)
	started := replica{s.startWebhook("--webhook-bind-address="+address, "--webhook-url="+front.url(), "--shutdown-delay=2s"), address}
	front.add(address)
	return started
}

// retire ends a replica as a rollout does: endpoints are only taken away some time after it is no longer ready.
func (s *scene) retire(front *service, old replica) {
	s.Helper()
	old.Terminate()
	s.eventually(promised, func() error {
		if old.Ready(s.ctx) {
			return errors.New("it is still ready (SHD-1)")
		}
		return nil
	})
	select {
	case <-time.After(500 * time.Millisecond):
	case <-old.Done():
		s.Errorf("it ended before its endpoint was gone (SHD-1):\n%s", old.LogTail())
	}
	front.remove(old.address)
}

func TestARollingRestartOfBothReplicasUnderLoadFailsNoCreationAndNoRequest(t *testing.T) {
	s := newScene(t)
	front := startService(t)
	s.configure("service-account", "*", "webhook-configuration", failFor15Seconds)
	s.startController("--webhook-url=" + front.url())
	replicas := []replica{s.startReplica(front), s.startReplica(front)}
	namespace := s.namespace()
	s.awaitSecret(namespace, startLimit)
	s.must(s.w.AwaitWebhook(s.ctx, namespace, true, soon))
	client := s.webhookClient()
	transport := client.Transport.(*http.Transport)
	transport.MaxIdleConnsPerHost, transport.IdleConnTimeout = 25, 90*time.Second
	done := make(chan struct{})
	var loads sync.WaitGroup
	var created *creations
	var asked int
	var failures []error
	loads.Go(func() { created = s.createAtRate(namespace, 200, 1<<30, done) })
	loads.Go(func() { asked, failures = askLikeAnAPIServer(client, front, namespace, done) })

	for i := range replicas { // the new one first, as maxSurge 1 and maxUnavailable 0 say
		next := s.startReplica(front)
		s.retire(front, replicas[i])
		replicas[i] = next
	}
	<-time.After(2 * time.Second) // what the old ones may have left behind shows
	close(done)
	loads.Wait()

	t.Logf("%d creations, %d requests of a client of our own", created.asked, asked)
	if len(created.failures) > 0 {
		t.Errorf("%d of %d creations failed: %v", len(created.failures), created.asked, created.failures[0])
	}
	if len(failures) > 0 || asked == 0 { // TST-3
		t.Errorf("%d of %d requests failed: %v", len(failures), asked, errors.Join(failures...))
	}
	accounts, err := s.client().CoreV1().ServiceAccounts(namespace).List(s.ctx, metav1.ListOptions{})
	s.must(err)
	for _, account := range accounts.Items {
		if !world.HasPullSecret(&account, world.SecretName) && account.Name != "default" {
			t.Errorf("ServiceAccount %s is not bound", account.Name)
		}
	}
}

// askLikeAnAPIServer sends reviews over kept connections of Go's client, which does not repeat a POST, until done is closed.
func askLikeAnAPIServer(client *http.Client, front *service, namespace string, done <-chan struct{}) (asked int, failures []error) {
	review := []byte(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u-1","operation":"CREATE",
		"kind":{"group":"","version":"v1","kind":"ServiceAccount"},"resource":{"group":"","version":"v1","resource":"serviceaccounts"},
		"namespace":"` + namespace + `","name":"asked","object":{"metadata":{"name":"asked"}},"dryRun":true}}`)
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for running := true; running; {
				err := post(client, front.url()+mutatePath+"?timeout=10s", review)
				mu.Lock()
				asked++
				if err != nil {
					failures = append(failures, err)
				}
				mu.Unlock()
				select {
				case <-done:
					running = false
				case <-time.After(20 * time.Millisecond):
				}
			}
		})
	}
	all.Wait()
	return asked, failures
}

func post(client *http.Client, url string, body []byte) error {
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.GetBody = nil // nothing to repeat it with
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || !bytes.Contains(answer, []byte("JSONPatch"))) {
		err = fmt.Errorf("%s: %s", response.Status, answer)
	}
	return err
}

func TestFiftyHelmReleasesAtOnceStartWithTheEntry(t *testing.T) {
	s := newScene(t)
	_, _, namespace := s.startBoth("webhook-configuration", failFor15Seconds)
	const releases = 50
	pods := make([]*corev1.Pod, releases)
	failures := make([]error, releases)

	var all sync.WaitGroup
	for i := range releases {
		all.Go(func() { pods[i], failures[i] = s.w.InstallRelease(s.ctx, namespace, fmt.Sprintf("shop-%d", i)) })
	}
	all.Wait()

	s.must(errors.Join(failures...))
	for _, pod := range pods {
		if names := world.Names(pod.Spec.ImagePullSecrets); !slices.Equal(names, []string{world.SecretName}) {
			t.Errorf("pod %s carries %v from its creation", pod.Name, names)
		}
	}
}
