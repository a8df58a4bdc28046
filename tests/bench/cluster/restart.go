// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"time"

	"acr-credential-helper/tests/bench/figures"
	"acr-credential-helper/tests/world"
)

const (
	pageSize       = 500 // of client-go's pager
	restartFactor  = 1.2
	restartSeconds = 0.5
)

// compareRestarts starts a controller over everything being served, after a clean stop of the one before.
func (b *bench) compareRestarts() error {
	controller, err := b.startServing()
	if err != nil {
		return err
	}
	if err := controller.Stop(stopLimit); err != nil {
		return err
	}
	var lists, serving, above, writes, peaks []float64
	for round := 1; round <= b.Rounds; round++ {
		list, err := b.fastestList()
		if err != nil {
			return err
		}
		seconds, count, peak, err := b.measureRestart()
		if err != nil {
			return err
		}
		b.tell("restart %d: plain list %.2f s, serving after %.2f s, %.0f writes", round, list, seconds, count)
		lists, serving, writes, peaks = append(lists, list), append(serving, seconds), append(writes, count), append(peaks, peak)
		above = append(above, seconds-restartFactor*list)
	}
	title := "restart over everything served, until a new object is"
	b.table.add(title, fmt.Sprintf("%.2f s to list", figures.Median(lists)), fmt.Sprintf("%.2f s", figures.Median(serving)),
		fmt.Sprintf("%.2f s above %.1f lists", figures.Median(above), restartFactor), figures.Median(above), figures.AtMost(restartSeconds))
	b.table.single("  writes beside those for the new object", "%.0f", figures.AtMost(0), writes...)
	b.table.single("  peak RSS", "%.1f MiB", b.peakBound(), peaks...)
	return nil
}

// fastestList is the time of the faster of the two ways in which client-go lists.
func (b *bench) fastestList() (float64, error) {
	fastest := 0.0
	for _, pages := range []int64{pageSize, 0} {
		child, err := b.startChild(order{Role: "list", Pages: pages})
		if err != nil {
			return 0, err
		}
		own, err := b.await(child)
		if err != nil {
			return 0, err
		}
		if fastest == 0 || own.Seconds < fastest {
			fastest = own.Seconds
		}
	}
	return fastest, nil
}

// measureRestart returns the seconds from the start of the process until an object is served that appeared just then, the
// writes of everybody beside that one, and the peak RSS.
func (b *bench) measureRestart() (seconds, writes, peak float64, err error) {
	o, err := b.observe()
	if err != nil {
		return 0, 0, 0, err
	}
	defer o.end()
	before, err := b.snapshot()
	if err != nil {
		return 0, 0, 0, err
	}
	begin := time.Now()
	controller, err := b.w.StartController()
	if err != nil {
		return 0, 0, 0, err
	}
	b.number++
	probe := object{}
	probe.Metadata.Namespace, probe.Metadata.Name = namespaceName(0), fmt.Sprintf("probe-%d", b.number)
	path := namespacesPath + "/" + probe.Metadata.Namespace + "/serviceaccounts"
	if err := b.admin.write(b.ctx, http.MethodPost, path, plainJSON, []byte(`{"metadata":{"name":"`+probe.Metadata.Name+`"}}`)); err != nil {
		return 0, 0, 0, err
	}
	keys := []string{probe.key()}
	if err := world.Eventually(b.ctx, startLimit, func() error { return o.missing(o.bound, keys) }); err != nil {
		return 0, 0, 0, fmt.Errorf("%w\n%s", err, controller.LogTail())
	}
	o.mu.Lock()
	seconds = o.bound[probe.key()].Sub(begin).Seconds()
	o.mu.Unlock()
	if err := b.settle(); err != nil {
		return 0, 0, 0, err
	}
	after, err := b.snapshot()
	if err != nil {
		return 0, 0, 0, err
	}
	if peak, err = figures.MemoryMiB(controller.Pid(), "VmHWM"); err != nil {
		return 0, 0, 0, err
	}
	requests := after.since(before).requests
	const ofProbe = 4 // its creation, its binding, the Event about that, and the status ConfigMap, which counts it
	writes = requests.writes() - ofProbe
	if writes > 0 {
		b.tell("requests of a restart: %v", requests)
	}
	if err := controller.Stop(stopLimit); err != nil {
		return 0, 0, 0, err
	}
	return seconds, writes, peak, b.admin.write(b.ctx, http.MethodDelete, accountPath(probe), "", nil)
}
