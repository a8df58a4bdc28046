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

// mostInFlight creations wait for their answers at once. Where the machine cannot keep up, fewer are asked for, and none times out.
const mostInFlight = 100

// creations are ServiceAccounts that are created at a fixed rate, whatever the answers take.
type creations struct {
	mu        sync.Mutex
	asked     int
	took      time.Duration
	perSecond int
	waits     []time.Duration
	failures  []error
}

// String tells the rate that was reached, which is a matter of the machine.
func (c *creations) String() string {
	return fmt.Sprintf("%d creations at %.0f/s (%d/s offered), p50 %s, p99 %s", c.asked, float64(c.asked)/c.took.Seconds(), c.perSecond,
		percentile(c.waits, 50).Round(time.Microsecond), percentile(c.waits, 99).Round(time.Microsecond))
}

func (c *creations) allAnswered(t *testing.T) {
	t.Helper()
	if len(c.failures) > 0 || c.asked == 0 {
		t.Errorf("%d of %d creations failed: %v", len(c.failures), c.asked, errors.Join(c.failures[:min(5, len(c.failures))]...))
	}
}

// createAtRate goes on until done is closed, or count have been created.
func (s *scene) createAtRate(namespace string, perSecond, count int, done <-chan struct{}) *creations {
	c := &creations{perSecond: perSecond}
	slots := make(chan struct{}, mostInFlight)
	began := time.Now()
	var all sync.WaitGroup
	for running := true; running && c.asked < count; {
		due := began.Add(time.Duration(c.asked) * time.Second / time.Duration(perSecond))
		select {
		case <-done:
			running = false
			continue
		case <-time.After(time.Until(due)): // in the past means now: what a busy machine missed is made up for
		}
		slots <- struct{}{}
		c.asked++
		name := fmt.Sprintf("load-%d", c.asked)
		all.Go(func() {
			asked := time.Now()
			answer, err := s.client().CoreV1().ServiceAccounts(namespace).Create(s.ctx, accountWith(name), metav1.CreateOptions{})
			waited := time.Since(asked)
			<-slots
			if err == nil && !slices.Equal(namesOf(answer), []string{world.SecretName}) {
				err = fmt.Errorf("the create answer for %s lists %v", name, namesOf(answer))
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.waits = append(c.waits, waited)
			if err != nil {
				c.failures = append(c.failures, err)
			}
		})
	}
	all.Wait()
	c.took = time.Since(began)
	return c
}

func TestAThousandAccountsAtAHundredASecondUnderFailAreAllBoundInTheAnswer(t *testing.T) {
	s := newScene(t)
	_, _, namespace := s.startBoth("webhook-configuration", failFor15Seconds)

	before := s.hookCalls(hookName)

	load := s.createAtRate(namespace, 100, 1000, nil)

	t.Log(load)
	if load.allAnswered(t); load.asked != 1000 {
		t.Errorf("only %d were asked for", load.asked)
	}
	s.noCallFailed(before)
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

// serveByTwo has two replicas behind a service registered with Fail, and returns them and a namespace that is served.
func (s *scene) serveByTwo(front *service) ([]replica, string) {
	s.Helper()
	s.configure("service-account", "*", "webhook-configuration", failFor15Seconds)
	s.startController("--webhook-url=" + front.url())
	replicas := []replica{s.startReplica(front), s.startReplica(front)}
	namespace := s.namespace()
	s.awaitSecret(namespace, startLimit)
	s.must(s.w.AwaitWebhook(s.ctx, namespace, true, soon))
	return replicas, namespace
}

// A webhookLoad is what is asked of a webhook for as long as a test wants: creations at 200/s, and reviews by a client of our own.
type webhookLoad struct {
	*scene
	before   hookCalls
	done     chan struct{}
	all      sync.WaitGroup
	created  *creations
	asked    int
	failures []error
}

func (s *scene) loadWebhook(client *http.Client, front *service, namespace string) *webhookLoad {
	l := &webhookLoad{scene: s, before: s.hookCalls(hookName), done: make(chan struct{})}
	l.all.Go(func() { l.created = s.createAtRate(namespace, 200, 1<<30, l.done) })
	l.all.Go(func() { l.asked, l.failures = askLikeAnAPIServer(client, front, namespace, l.done) })
	return l
}

// end fails the test unless all of it was answered as it should be.
func (l *webhookLoad) end() {
	l.Helper()
	close(l.done)
	l.all.Wait()
	l.Logf("%s; %d requests of a client of our own", l.created, l.asked)
	l.created.allAnswered(l.T)
	l.noCallFailed(l.before)
	if len(l.failures) > 0 || l.asked == 0 { // TST-3
		l.Errorf("%d of %d requests failed: %v", len(l.failures), l.asked, errors.Join(l.failures[:min(5, len(l.failures))]...))
	}
}

func TestARollingRestartOfBothReplicasUnderLoadFailsNoCreationAndNoRequest(t *testing.T) {
	s := newScene(t)
	front := startService(t)
	replicas, namespace := s.serveByTwo(front)
	client := s.webhookClient()
	transport := client.Transport.(*http.Transport)
	transport.MaxIdleConnsPerHost, transport.IdleConnTimeout = 25, 90*time.Second
	load := s.loadWebhook(client, front, namespace)

	for i := range replicas { // the new one first, as maxSurge 1 and maxUnavailable 0 say
		next := s.startReplica(front)
		s.retire(front, replicas[i])
		replicas[i] = next
	}
	<-time.After(2 * time.Second) // what the old ones may have left behind shows
	load.end()
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
