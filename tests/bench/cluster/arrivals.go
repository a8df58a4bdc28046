// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"acr-credential-helper/tests/bench/figures"
	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

// Rates at which ServiceAccounts and namespaces arrive, per second.
var accountRates = []int{10, 100}

const namespaceRate = 10

// observer writes down when objects were first seen served, from watches of its own.
type observer struct {
	mu      sync.Mutex
	secrets map[string]time.Time // by namespace
	bound   map[string]time.Time // by namespace/name
	stop    context.CancelFunc
	streams sync.WaitGroup
	failed  error
}

func (b *bench) observe() (*observer, error) {
	_, accountVersion, err := b.admin.list(b.ctx, accountsPath+"?limit=1")
	if err != nil {
		return nil, err
	}
	_, secretVersion, err := b.admin.list(b.ctx, secretsPath+"&limit=1")
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(b.ctx)
	o := &observer{secrets: map[string]time.Time{}, bound: map[string]time.Time{}, stop: stop}
	note := func(seen map[string]time.Time, key string) {
		now := time.Now()
		o.mu.Lock()
		defer o.mu.Unlock()
		if _, known := seen[key]; !known {
			seen[key] = now
		}
	}
	follow := func(path, version string, seen func(kind string, changed object)) {
		o.streams.Go(func() {
			if err := b.admin.watch(ctx, path, version, seen); err != nil {
				o.mu.Lock()
				o.failed = err
				o.mu.Unlock()
			}
		})
	}
	follow(accountsPath, accountVersion, func(kind string, changed object) {
		if kind != "DELETED" && changed.bound() {
			note(o.bound, changed.key())
		}
	})
	follow(secretsPath, secretVersion, func(kind string, changed object) {
		if kind != "DELETED" {
			note(o.secrets, changed.Metadata.Namespace)
		}
	})
	return o, nil
}

func (o *observer) end() {
	o.stop()
	o.streams.Wait()
}

// missing counts the keys that were not seen yet.
func (o *observer) missing(seen map[string]time.Time, keys []string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failed != nil {
		return world.Permanent(o.failed)
	}
	absent := 0
	for _, key := range keys {
		if _, known := seen[key]; !known {
			absent++
		}
	}
	if absent > 0 {
		return fmt.Errorf("%d of %d objects are not served", absent, len(keys))
	}
	return nil
}

// waits in milliseconds from the answers to the creation until seen.
func (o *observer) waits(seen, answered map[string]time.Time) (waits []float64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key, answer := range answered {
		waits = append(waits, float64(seen[key].Sub(answer))/float64(time.Millisecond))
	}
	return waits
}

// create sends creations at an even rate, whatever the answers take, and returns when each answer came.
func (b *bench) create(count, rate int, one func(i int) (key, path string, body []byte)) (map[string]time.Time, []string, error) {
	answered, keys := map[string]time.Time{}, []string{}
	var mu sync.Mutex
	var failed error
	var sending sync.WaitGroup
	pace := time.NewTicker(time.Second / time.Duration(rate))
	defer pace.Stop()
	for i := range count {
		select {
		case <-b.ctx.Done():
			sending.Wait()
			return nil, nil, b.ctx.Err()
		case <-pace.C:
		}
		key, path, body := one(i)
		keys = append(keys, key)
		sending.Go(func() {
			err := b.admin.write(b.ctx, http.MethodPost, path, plainJSON, body)
			now := time.Now()
			mu.Lock()
			defer mu.Unlock()
			answered[key] = now
			if err != nil {
				failed = err
			}
		})
	}
	sending.Wait()
	return answered, keys, failed
}

// arrivals are the waits of one round on one side, in milliseconds.
type arrivals struct {
	accounts          map[int][]float64 // by rate
	secrets, defaults []float64         // of new namespaces
}

func (b *bench) measureArrivals() (arrivals, error) {
	round := arrivals{accounts: map[int][]float64{}}
	o, err := b.observe()
	if err != nil {
		return round, err
	}
	defer o.end()
	for _, rate := range accountRates {
		if round.accounts[rate], err = b.accountsArrive(o, rate); err != nil {
			return round, err
		}
	}
	round.secrets, round.defaults, err = b.namespacesArrive(o)
	return round, err
}

func (b *bench) accountsArrive(o *observer, rate int) ([]float64, error) {
	count := max(1, int(b.Arrivals.Seconds()*float64(rate)))
	b.number++
	number := b.number
	answered, keys, err := b.create(count, rate, func(i int) (key, path string, body []byte) {
		name, namespace := fmt.Sprintf("arrival-%d-%d", number, i), namespaceName(i%b.Namespaces)
		return namespace + "/" + name, namespacesPath + "/" + namespace + "/serviceaccounts", []byte(`{"metadata":{"name":"` + name + `"}}`)
	})
	if err != nil {
		return nil, err
	}
	if err := world.Eventually(b.ctx, startLimit, func() error { return o.missing(o.bound, keys) }); err != nil {
		return nil, err
	}
	waits := o.waits(o.bound, answered)
	return waits, forEach(len(keys), func(i int) error {
		account := object{}
		account.Metadata.Namespace, account.Metadata.Name = namespaceName(i%b.Namespaces), fmt.Sprintf("arrival-%d-%d", number, i)
		return b.admin.write(b.ctx, http.MethodDelete, accountPath(account), "", nil)
	})
}

// namespacesArrive leaves the namespaces behind: to delete them would load the control plane for minutes.
func (b *bench) namespacesArrive(o *observer) (secrets, defaults []float64, err error) {
	count := max(1, int(b.Arrivals.Seconds()*namespaceRate))
	b.number++
	number := b.number
	answered, names, err := b.create(count, namespaceRate, func(i int) (key, path string, body []byte) {
		name := fmt.Sprintf("arrival-%d-%d", number, i)
		return name, namespacesPath, []byte(`{"metadata":{"name":"` + name + `"}}`)
	})
	if err != nil {
		return nil, nil, err
	}
	ofDefault := map[string]time.Time{}
	var keys []string
	for _, name := range names {
		ofDefault[name+"/default"] = answered[name]
		keys = append(keys, name+"/default")
	}
	if err := world.Eventually(b.ctx, startLimit, func() error { return o.missing(o.secrets, names) }); err != nil {
		return nil, nil, err
	}
	if err := world.Eventually(b.ctx, startLimit, func() error { return o.missing(o.bound, keys) }); err != nil {
		return nil, nil, err
	}
	return o.waits(o.secrets, answered), o.waits(o.bound, ofDefault), nil
}

// compareArrivals alternates the two sides over everything being served.
func (b *bench) compareArrivals() error {
	var floors, ours []arrivals
	for round := 1; round <= b.Rounds; round++ {
		follower, err := b.startFollower()
		if err != nil {
			return err
		}
		floor, err := b.measureArrivals()
		if err != nil {
			return fmt.Errorf("%w\n%s", err, follower.LogTail())
		}
		follower.Terminate()
		if _, err := b.await(follower); err != nil {
			return err
		}
		controller, err := b.startServing()
		if err != nil {
			return err
		}
		run, err := b.measureArrivals()
		if err != nil {
			return fmt.Errorf("%w\n%s", err, controller.LogTail())
		}
		if err := controller.Stop(stopLimit); err != nil {
			return err
		}
		floors, ours = append(floors, floor), append(ours, run)
		b.tell("arrivals %d: p50 of ServiceAccounts at %d/s: floor %.1f ms, controller %.1f ms", round, accountRates[0],
			figures.Median(floor.accounts[accountRates[0]]), figures.Median(run.accounts[accountRates[0]]))
	}
	b.reportArrivals(floors, ours)
	return nil
}

func (b *bench) startFollower() (*testbed.Process, error) {
	follower, err := b.startChild(order{Role: "follow", HTTP2: b.http2})
	if err != nil {
		return nil, err
	}
	return follower, world.Eventually(b.ctx, startLimit, func() error { return expectLog(follower, readyLine) })
}

// startServing starts a controller and waits until it has nothing more to do.
func (b *bench) startServing(args ...string) (*world.Program, error) {
	controller, err := b.w.StartController(args...)
	if err != nil {
		return nil, err
	}
	if _, err := b.lead(controller); err != nil {
		return nil, err
	}
	if err := b.quiet(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, controller.LogTail())
	}
	return controller, nil
}

func (b *bench) reportArrivals(floors, ours []arrivals) {
	const format = "%.1f ms"
	at := func(runs []arrivals, share float64, waits func(arrivals) []float64) []float64 {
		return pick(runs, func(run arrivals) float64 { return figures.Percentile(waits(run), share) })
	}
	for _, rate := range accountRates {
		waits := func(run arrivals) []float64 { return run.accounts[rate] }
		title := fmt.Sprintf("new ServiceAccounts at %d/s, from the answer to bound: ", rate)
		b.table.compare(title+"p50", format, direct, figures.AtMost(1.1), at(floors, 0.5, waits), at(ours, 0.5, waits))
		b.table.compare("  p99", format, direct, figures.NoBound, at(floors, 0.99, waits), at(ours, 0.99, waits))
	}
	for _, part := range []struct {
		title string
		waits func(arrivals) []float64
	}{
		{"to its Secret", func(run arrivals) []float64 { return run.secrets }},
		{"to `default` bound", func(run arrivals) []float64 { return run.defaults }},
	} {
		title := fmt.Sprintf("new namespaces at %d/s, from the answer %s: ", namespaceRate, part.title)
		b.table.compare(title+"p99", format, direct, figures.AtMost(0.3), at(floors, 0.99, part.waits), at(ours, 0.99, part.waits))
		b.table.compare("  p50, ms above the floor", format, difference, figures.AtMost(6), at(floors, 0.5, part.waits), at(ours, 0.5, part.waits))
	}
}
