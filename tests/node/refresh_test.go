// SPDX-License-Identifier: Apache-2.0

package node

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	pullPace  = time.Second
	atOnce    = 5 // pods that may wait at one time; a node that gets more of them than it can start shows only that it is small
	readyTime = 2 * time.Minute
)

// pullTime is how long the test below goes on: 5 minutes, or $ACR_NODE_PULLS.
func pullTime() time.Duration {
	if duration, err := time.ParseDuration(os.Getenv("ACR_NODE_PULLS")); err == nil {
		return duration
	}
	return 5 * time.Minute
}

func TestNoPullIsRefusedWhileLoginsOfAMinuteAreRenewed(t *testing.T) {
	s := newScene(t)
	s.installHelper()
	s.configure(true)
	namespace := s.namespace()
	s.eventually(soon, func() error { return errors.Join(s.bound(namespace, "default"), s.filled(namespace)) })
	s.must(s.admin.ClearCalls(s.ctx))
	leads := s.leaderChanges()

	begin, tick := time.Now(), time.NewTicker(pullPace)
	defer tick.Stop()
	var waiting []string
	var count int
	for ; time.Since(begin) < pullTime(); <-tick.C {
		puller := pod(fmt.Sprintf("puller-%03d", count), s.push())
		puller.Labels = map[string]string{"app": puller.Name}
		s.create(namespace, puller)
		count++
		if waiting = append(waiting, puller.Name); len(waiting) > atOnce {
			s.retire(namespace, waiting[0])
			waiting = waiting[1:]
		}
	}
	taken := time.Since(begin)
	for _, name := range waiting {
		s.retire(namespace, name)
	}

	if lost := s.leaderChanges() - leads; lost > 0 {
		t.Errorf("the API server gave no answer for so long that the lead was lost %.0f times, where minutes stand for hours: "+
			"pulls that fail tell of this machine", lost)
	}
	s.noPullFailed(namespace)
	if refusals := s.refused(); len(refusals) > 0 {
		t.Errorf("%d logins were refused, first %s", len(refusals), refusals[0])
	}
	pulls, slowest := s.pulls(namespace)
	if pulls != count {
		t.Errorf("%d pods, but %d pulls", count, pulls)
	}
	renewals := s.renewals()
	if wanted := int(taken / loginLife); renewals < wanted {
		t.Errorf("%d new logins in %s, at least %d were needed: the test shows nothing", renewals, taken, wanted)
	}
	t.Logf("%d pods pulled a tag of their own in %s, one each %.1f s; the slowest pull took %s; %d new logins of %s", count,
		taken.Round(time.Second), taken.Seconds()/float64(count), slowest, renewals, loginLife)
}

// retire waits until a pod runs and deletes it.
func (s *scene) retire(namespace, name string) {
	s.Helper()
	s.eventually(readyTime, func() error { return s.running(namespace, "app="+name, 1) })
	s.must(s.client().CoreV1().Pods(namespace).Delete(s.ctx, name, metav1.DeleteOptions{}))
}

var pullDuration = regexp.MustCompile(`^Successfully pulled image .* in ([0-9.a-zµ]+) \(`)

// pulls counts, from the Events of a namespace, how many pulls went well, and says how long the slowest took.
func (s *scene) pulls(namespace string) (count int, slowest time.Duration) {
	s.Helper()
	events, err := s.client().CoreV1().Events(namespace).List(s.ctx, metav1.ListOptions{
		FieldSelector: "reason=Pulled,type=" + corev1.EventTypeNormal})
	s.must(err)
	for _, event := range events.Items {
		if found := pullDuration.FindStringSubmatch(event.Message); found != nil {
			duration, err := time.ParseDuration(found[1])
			s.must(err)
			count, slowest = count+1, max(slowest, duration)
		}
	}
	return count, slowest
}

// renewals counts the logins that the cloud has issued.
func (s *scene) renewals() (count int) {
	s.Helper()
	calls, err := s.admin.Calls(s.ctx)
	s.must(err)
	for _, call := range calls {
		if call.API == "GetAuthorizationToken" {
			count++
		}
	}
	return count
}

var leaderChange = regexp.MustCompile(`(?m)^acr_leader_changes_total (\S+)$`)

// leaderChanges is how often the controllers that run have begun to lead.
func (s *scene) leaderChanges() (sum float64) {
	s.Helper()
	for name, pod := range s.helperPods() {
		if pod.Labels["app.kubernetes.io/component"] != "controller" {
			continue
		}
		answer, err := http.Get("http://" + pod.Status.PodIP + ":8080/metrics")
		s.must(err)
		text, err := io.ReadAll(answer.Body)
		s.must(errors.Join(err, answer.Body.Close()))
		found := leaderChange.FindSubmatch(text)
		if found == nil {
			s.Fatalf("pod %s does not say how often it began to lead", name)
		}
		count, err := strconv.ParseFloat(string(found[1]), 64)
		s.must(err)
		sum += count
	}
	return sum
}
