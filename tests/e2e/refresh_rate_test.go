// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"

	"acr-credential-helper/tests/cloud"
)

func TestARefreshIsSpreadByItsRateAndARateThatIsTooLowIsTold(t *testing.T) {
	s := newScene(t)
	s.must(s.w.Cloud.SetLifetimes(s.ctx, cloud.Lifetimes{RegistryToken: cloud.Duration(60 * time.Second)}))
	const count = 9 // at 0.4 a second more than a third of the least threshold, which is a minute
	var namespaces []string
	for range count {
		namespaces = append(namespaces, s.namespace())
	}
	s.configure("watch-namespace", strings.Join(namespaces, ","), "expiring-threshold", "1m")
	s.startController("--refresh-qps=0.4")
	for _, namespace := range namespaces {
		s.awaitSecret(namespace, startLimit) // the first of all wait for no rate
	}
	var mu sync.Mutex
	written := map[string]time.Time{}
	end := s.watchSecrets(func(old, now *corev1.Secret) error {
		mu.Lock()
		defer mu.Unlock()
		if now == nil || now.UID != old.UID {
			return fmt.Errorf("the Secret of namespace %s was made anew", old.Namespace)
		}
		if _, again := written[now.Namespace]; !again {
			written[now.Namespace] = time.Now()
		}
		return nil
	})

	s.eventually(2*time.Minute, func() error {
		mu.Lock()
		defer mu.Unlock()
		if len(written) < count {
			return fmt.Errorf("%d of %d Secrets were refreshed", len(written), count)
		}
		return nil
	})

	end()
	var moments []time.Time
	for _, moment := range written {
		moments = append(moments, moment)
	}
	slices.SortFunc(moments, time.Time.Compare)
	if took := moments[count-1].Sub(moments[0]); took < 19*time.Second {
		t.Errorf("%d Secrets were refreshed within %s, at one each 2.5 s", count, took)
	}
	s.awaitEvent("RefreshTooSlow", soon, func(event eventsv1.Event) error {
		return noted("9 pull Secrets", "take 23s", "at least --refresh-qps 1")(event)
	})
}
