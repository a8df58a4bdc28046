// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/world"
)

const (
	manyInstances  = 20
	manyNamespaces = 200
	manyLife       = 120 * time.Second // of a login
	manyThreshold  = manyLife / 2      // what a minute, the least, comes to for such a life
	// A login is renewed this long after it was issued: at the threshold, or up to a quarter of the way there earlier.
	latestRenewal   = manyLife - manyThreshold
	earliestRenewal = latestRenewal * 3 / 4
	// What a loaded machine and giving way to a throttled instance may add.
	renewalSlack = 5 * time.Second
)

func manyInstance(number int) string { return fmt.Sprintf("cri-many%08d", number) }

func manyHost(number int) string {
	return fmt.Sprintf("many%02d-registry.cn-hangzhou.cr.aliyuncs.com", number)
}

// manyItems registers the instances in the cloud and gives the items that configure them.
func (s *scene) manyItems() (items string) {
	s.Helper()
	for number := range manyInstances {
		s.must(s.w.Cloud.SetInstance(s.ctx, cloud.Instance{
			ID: manyInstance(number), Name: fmt.Sprintf("many%02d", number), Account: homeAccount, Region: "cn-hangzhou",
			Endpoints: []cloud.Endpoint{{Type: "internet", Domains: []cloud.Domain{{Domain: manyHost(number), Type: "SYSTEM"}}}},
		}))
		items += "- instanceId: " + manyInstance(number) + "\n"
	}
	return items
}

func (s *scene) spoil(instance string, do cloud.FaultAction) {
	s.Helper()
	_, err := s.w.Cloud.AddFault(s.ctx, cloud.Fault{Match: cloud.FaultMatch{Instance: instance}, Do: do})
	s.must(err)
}

// callsByInstance gives the calls of the product by instance and API, in their order.
func (s *scene) callsByInstance() map[string]map[string][]cloud.Call {
	s.Helper()
	found := map[string]map[string][]cloud.Call{}
	for _, call := range s.calls() {
		if found[call.Instance] == nil {
			found[call.Instance] = map[string][]cloud.Call{}
		}
		found[call.Instance][call.API] = append(found[call.Instance][call.API], call)
	}
	return found
}

// checkIdealCalls is an error unless the good instances were asked for their endpoints once, and for a login at the start and
// then whenever one was due, never before and never between.
func checkIdealCalls(calls map[string]map[string][]cloud.Call, good []int, now time.Time) error {
	for _, number := range good {
		instance := manyInstance(number)
		lists, logins := calls[instance]["ListInstanceEndpoint"], calls[instance]["GetAuthorizationToken"]
		if len(calls[instance]) != 2 || len(lists) != 1 || len(logins) == 0 {
			return fmt.Errorf("instance %s: %d ListInstanceEndpoint, %d GetAuthorizationToken, %d APIs", instance, len(lists), len(logins), len(calls[instance]))
		}
		for i, login := range logins {
			next := now
			if i+1 < len(logins) {
				next = logins[i+1].Time
				if pause := next.Sub(login.Time); pause < earliestRenewal-time.Second {
					return fmt.Errorf("instance %s was asked again after %s, before it was due", instance, pause)
				}
			}
			if pause := next.Sub(login.Time); login.Code != "success" || pause > latestRenewal+renewalSlack {
				return fmt.Errorf("instance %s: the login with code %s was not renewed for %s", instance, login.Code, pause)
			}
		}
	}
	return nil
}

// secretWrites counts the writes of pull Secrets by namespace within a time.
func (s *scene) secretWrites(from, to time.Time) map[string]int {
	s.Helper()
	writes := map[string]int{}
	s.must(s.w.ReadAudit(func(entry world.AuditEntry) error {
		isWrite := slices.Contains([]string{"create", "update", "patch"}, entry.Verb)
		when := entry.RequestReceivedTimestamp
		if isWrite && entry.User.Username == world.ControllerUser && entry.ObjectRef.Resource == "secrets" &&
			entry.ObjectRef.Name == world.SecretName && when.After(from) && !when.After(to) {
			writes[entry.ObjectRef.Namespace]++
		}
		return nil
	}))
	return writes
}

func TestOfTwentyInstancesThreeThatFailCostTheOthersNothing(t *testing.T) {
	s := newScene(t)
	s.must(s.w.Cloud.SetLifetimes(s.ctx, cloud.Lifetimes{RegistryToken: cloud.Duration(manyLife)}))
	items := s.manyItems()
	s.spoil(manyInstance(0), cloud.FaultAction{Hang: true})
	s.spoil(manyInstance(7), cloud.FaultAction{Status: 400, Code: "Throttling.User", RetryAfterMs: 1000})
	s.spoil(manyInstance(13), cloud.FaultAction{Status: 403, Code: "NoPermission"})
	var good []int
	var hosts []string
	for number := range manyInstances {
		if number != 0 && number != 7 && number != 13 {
			good = append(good, number)
			hosts = append(hosts, manyHost(number))
		}
	}
	s.configure("acr-registry-info", items, "expiring-threshold", manyThreshold.String())
	first := s.namespace()

	s.startController()

	took := s.eventually(soon, func() error { return s.checkFresh(first, hosts) })
	s.must(checkIdealCalls(s.callsByInstance(), good, time.Now()))
	t.Logf("17 logins stand %s after the controller is ready", took)

	// Namespaces cost no call.
	namespaces := []string{first}
	for range manyNamespaces {
		namespaces = append(namespaces, s.namespace())
	}
	s.eventually(startLimit*3, func() error {
		for _, namespace := range namespaces {
			if err := s.checkFresh(namespace, hosts); err != nil {
				return err
			}
		}
		return nil
	})

	// From here over more than one life of the logins all stay fresh, by as many calls as are due and few writes.
	began := time.Now()
	for time.Since(began) < manyLife+manyLife/4 {
		for _, namespace := range []string{first, namespaces[manyNamespaces/2], namespaces[manyNamespaces]} {
			s.must(s.checkFresh(namespace, hosts))
		}
		select {
		case <-s.ctx.Done():
			s.must(s.ctx.Err())
		case <-time.After(time.Second):
		}
	}
	calls := s.callsByInstance()
	s.must(checkIdealCalls(calls, good, time.Now()))
	// From the very first login on, and once all is served at least one.
	most := 0
	for from := s.began; from.Add(manyLife).Before(time.Now()); from = from.Add(5 * time.Second) {
		writes := s.secretWrites(from, from.Add(manyLife))
		for _, namespace := range namespaces {
			most = max(most, writes[namespace])
			if writes[namespace] > 4 || (from.After(began) && writes[namespace] < 1) {
				t.Fatalf("namespace %s had %d Secret writes within one life of the logins, want 1 to 4", namespace, writes[namespace])
			}
		}
	}
	s.checkBadOnesAreQuiet(calls, time.Since(s.began))
	t.Logf("at most %d Secret writes per namespace and life", most)
}

// checkFresh is an error unless the pull Secret of a namespace covers these hosts and its earliest login is good.
func (s *scene) checkFresh(namespace string, hosts []string) error {
	secret, err := s.secret(namespace)
	if err != nil {
		return err
	}
	return world.CheckFresh(secret, hosts)
}

// checkBadOnesAreQuiet checks that failing instances are asked ever more slowly: a throttled one after 1, 2, 4 ... seconds, one
// that hangs likewise at two hosts after 14 s each, a denied one every 10 minutes, by both calls.
func (s *scene) checkBadOnesAreQuiet(calls map[string]map[string][]cloud.Call, passed time.Duration) {
	s.Helper()
	count := func(number int) (sum int) {
		for _, some := range calls[manyInstance(number)] {
			sum += len(some)
		}
		return sum
	}
	attempts := 1
	for pause := time.Second; pause < passed; pause *= 2 {
		attempts++
	}
	if hanging, throttled, denied := count(0), count(7), count(13); hanging < 2 || hanging > 2*attempts || throttled < 2 ||
		throttled > 2*attempts || denied != 2 {
		s.Fatalf("calls in %s: %d for the hanging, %d for the throttled, %d for the denied instance", passed, hanging, throttled, denied)
	}
	credentials := 0
	for _, call := range calls[""]["ImdsCredentials"] {
		if call.Code == "success" {
			credentials++
		}
	}
	if credentials != 1 {
		s.Fatalf("the RAM credential was fetched %d times, want once for all", credentials)
	}
}

// Only the refresher calls the cloud, once for all namespaces. ACR_NAMESPACES makes more of them: kube-controller-manager takes
// minutes to remove thousands, and tests that wait for it come after this one.
func TestManyNamespacesCostNoCloudCall(t *testing.T) {
	count := 200
	if asked := os.Getenv("ACR_NAMESPACES"); asked != "" {
		var err error
		if count, err = strconv.Atoi(asked); err != nil || count < 1 {
			t.Fatalf("ACR_NAMESPACES=%s", asked)
		}
	}
	s := newScene(t)
	s.configure()
	s.startServing("--refresh-qps=0")
	before := len(s.calls())

	began := time.Now()
	names := s.createNamespaces(count)
	t.Logf("%d namespaces were made in %s", count, time.Since(began))

	limit := startLimit + time.Duration(count)*20*time.Millisecond
	took := s.eventually(limit, func() error { return s.checkAllServed(names) })
	if calls := s.calls(); len(calls) != before || s.succeeded("GetAuthorizationToken") != 1 || s.succeeded("ListInstanceEndpoint") != 1 {
		t.Fatalf("%d namespaces caused %d cloud calls: %v", count, len(calls)-before, calls[before:])
	}
	t.Logf("%d namespaces have their Secret %s after the last one was made, without a cloud call", count, took)
}

// createNamespaces creates many at once, as fast as the API server takes them.
func (s *scene) createNamespaces(count int) []string {
	s.Helper()
	names := make([]string, count)
	for i := range names {
		names[i] = fmt.Sprintf("many-%d-%d", s.began.UnixNano(), i)
	}
	*s.namespaces = append(*s.namespaces, names...)
	s.must(sideBySide(names, func(name string) error {
		_, err := s.client().CoreV1().Namespaces().Create(s.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
		return err
	}))
	return names
}

// checkAllServed is an error unless each of these namespaces has its pull Secret.
func (s *scene) checkAllServed(names []string) error {
	list, err := s.client().CoreV1().Secrets("").List(s.ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + world.SecretName})
	if err != nil {
		return err
	}
	served := map[string]bool{}
	for _, secret := range list.Items {
		hosts, err := world.Hosts(&secret)
		served[secret.Namespace] = err == nil && len(hosts) == len(acmeHosts)
	}
	for _, name := range names {
		if !served[name] {
			return fmt.Errorf("namespace %s has no Secret; %d have", name, len(served))
		}
	}
	return nil
}
