// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"time"

	"acr-credential-helper/tests/bench/figures"
	"acr-credential-helper/tests/world"
)

// backfill is what it cost to serve every namespace and ServiceAccount from nothing.
type backfill struct {
	seconds     float64 // the controller: from leadership to the last write; the floor: from its first request
	fromStart   float64 // from the start of the process
	writing     float64 // from the first write to the last
	cpu, peak   float64 // of the writer, in seconds and MiB
	plane       snapshot
	requests    float64
	perObject   float64
	description string
}

// measureBackfill runs writer, which returns once everything must have been written, between two looks at the cluster.
func (b *bench) measureBackfill(writer func(s *sampler, target int64) (backfill, time.Time, error)) (backfill, error) {
	s := startSampler(b.ctx, b.w.Plane.EtcdURL())
	defer s.end()
	if err := world.Eventually(b.ctx, startLimit, func() error { return b.expectRevision(s, 1) }); err != nil {
		return backfill{}, err
	}
	before, err := b.snapshot()
	if err != nil {
		return backfill{}, err
	}
	begin := time.Now()
	run, origin, err := writer(s, s.latest()+int64(b.served))
	if err != nil {
		return run, err
	}
	after, err := b.snapshot()
	if err != nil {
		return run, err
	}
	first, last, err := b.written()
	if err != nil {
		return run, err
	}
	firstAt, err := s.reached(first)
	if err != nil {
		return run, err
	}
	lastAt, err := s.reached(last)
	run.plane = after.since(before)
	run.requests = run.plane.requests.sum()
	run.perObject = run.requests / float64(b.served)
	run.fromStart, run.writing = lastAt.Sub(begin).Seconds(), lastAt.Sub(firstAt).Seconds()
	if run.seconds == 0 {
		run.seconds = lastAt.Sub(origin).Seconds()
	}
	return run, err
}

func (b *bench) expectRevision(s *sampler, target int64) error {
	if latest := s.latest(); latest < target {
		return fmt.Errorf("etcd is at revision %d of %d", latest, target)
	}
	return nil
}

// settle lets what belongs to the work without being waited for happen, the same time for both sides.
func (b *bench) settle() error {
	select {
	case <-b.ctx.Done():
		return b.ctx.Err()
	case <-time.After(b.Settle):
		return nil
	}
}

func (b *bench) floorBackfill(http2 bool) (backfill, error) {
	return b.measureBackfill(func(*sampler, int64) (backfill, time.Time, error) {
		child, err := b.startChild(order{Role: "backfill", HTTP2: http2})
		if err != nil {
			return backfill{}, time.Time{}, err
		}
		own, err := b.await(child)
		if err != nil {
			return backfill{}, time.Time{}, err
		}
		return backfill{seconds: own.Seconds, cpu: own.CPUSeconds, peak: own.PeakMiB}, time.Time{}, b.settle()
	})
}

// controllerBackfill leaves the controller running.
func (b *bench) controllerBackfill() (run backfill, controller *world.Program, err error) {
	run, err = b.measureBackfill(func(s *sampler, target int64) (backfill, time.Time, error) {
		if controller, err = b.w.StartController(); err != nil {
			return backfill{}, time.Time{}, err
		}
		origin, err := b.lead(controller)
		if err != nil {
			return backfill{}, origin, err
		}
		err = world.Eventually(b.ctx, b.limit(), func() error { return b.expectRevision(s, target) })
		if err != nil {
			return backfill{}, origin, fmt.Errorf("%w\n%s", err, controller.LogTail())
		}
		if err := b.settle(); err != nil {
			return backfill{}, origin, err
		}
		cpu, err := figures.CPUSeconds(controller.Pid())
		if err != nil {
			return backfill{}, origin, err
		}
		peak, err := figures.MemoryMiB(controller.Pid(), "VmHWM")
		return backfill{cpu: cpu, peak: peak}, origin, err
	})
	return run, controller, err
}

// warmUp fills caches, learns what a pull Secret looks like, and finds out which protocol is faster for the floor.
func (b *bench) warmUp() error {
	_, controller, err := b.controllerBackfill()
	if err != nil {
		return err
	}
	if err := b.learnSecret(); err != nil {
		return err
	}
	if err := controller.Stop(stopLimit); err != nil {
		return err
	}
	took := map[bool]float64{}
	for _, http2 := range slices.Repeat([]bool{true, false}, min(b.Rounds, 2)) {
		if err := b.reset(); err != nil {
			return err
		}
		run, err := b.floorBackfill(http2)
		if err != nil {
			return err
		}
		if earlier, known := took[http2]; !known || run.seconds < earlier {
			took[http2] = run.seconds
		}
	}
	b.http2 = took[true] < took[false]
	b.tell("the floor needs %.2f s by HTTP/2 and %.2f s by HTTP/1.1; it uses the faster", took[true], took[false])
	return b.reset()
}

// compareBackfill alternates the two sides and leaves the last controller running, with everything served.
func (b *bench) compareBackfill() (*world.Program, error) {
	var floors, ours []backfill
	for round := 1; ; round++ {
		floor, err := b.floorBackfill(b.http2)
		if err != nil {
			return nil, err
		}
		if err := b.reset(); err != nil {
			return nil, err
		}
		run, controller, err := b.controllerBackfill()
		if err != nil {
			return nil, err
		}
		floors, ours = append(floors, floor), append(ours, run)
		b.tell("backfill %d: floor %.2f s, controller %.2f s (%.2f s from its start), CPU of the control plane %.2f s and %.2f s",
			round, floor.seconds, run.seconds, run.fromStart, floor.plane.planeCPU, run.plane.planeCPU)
		if round == b.Rounds {
			b.reportBackfill(floors, ours)
			return controller, nil
		}
		if err := controller.Stop(stopLimit); err != nil {
			return nil, err
		}
		if err := b.reset(); err != nil {
			return nil, err
		}
	}
}

func (b *bench) reportBackfill(floors, ours []backfill) {
	b.tell("requests of the floor: %v", floors[len(floors)-1].plane.requests)
	b.tell("requests of the controller: %v", ours[len(ours)-1].plane.requests)
	title := fmt.Sprintf("backfill of %d objects", b.served)
	seconds := func(run backfill) float64 { return run.seconds }
	cpu := func(run backfill) float64 { return run.cpu }
	plane := func(run backfill) float64 { return run.plane.planeCPU }
	b.table.compare(title+", from leadership: speed", "%.2f s", inverse, figures.AtLeast(0.90), pick(floors, seconds), pick(ours, seconds))
	b.table.compare("  from the start of the process", "%.2f s", inverse, figures.NoBound,
		pick(floors, func(run backfill) float64 { return run.fromStart }), pick(ours, func(run backfill) float64 { return run.fromStart }))
	b.table.compare("  from the first write to the last", "%.2f s", inverse, figures.NoBound,
		pick(floors, func(run backfill) float64 { return run.writing }), pick(ours, func(run backfill) float64 { return run.writing }))
	b.table.absolute("  requests per object written", "%.3f", figures.AtMost(1.02),
		pick(floors, func(run backfill) float64 { return run.perObject }), pick(ours, func(run backfill) float64 { return run.perObject }))
	b.table.compare("  CPU of kube-apiserver and etcd", "%.2f s", direct, figures.AtMost(1.1), pick(floors, plane), pick(ours, plane))
	b.table.compare("  own CPU", "%.2f s", direct, figures.AtMost(0.5), pick(floors, cpu), pick(ours, cpu))
	b.table.compare("  bytes of lists answered", "%.1f MB", direct, figures.NoBound,
		pick(floors, func(run backfill) float64 { return run.plane.answeredBytes / 1e6 }),
		pick(ours, func(run backfill) float64 { return run.plane.answeredBytes / 1e6 }))
	b.table.absolute("  peak RSS", "%.1f MiB", b.peakBound(),
		pick(floors, func(run backfill) float64 { return run.peak }), pick(ours, func(run backfill) float64 { return run.peak }))
}

// peakBound is the bound of the nearest size for which there is one.
func (b *bench) peakBound() figures.Bound {
	switch {
	case b.Namespaces > 10000 || b.Namespaces*b.Accounts > 50000:
		return figures.NoBound
	case b.Namespaces*b.Accounts > 10000:
		return figures.AtMost(40)
	case b.Namespaces*b.Accounts > 5000 || b.Namespaces > 1000:
		return figures.AtMost(20)
	default:
		return figures.AtMost(16)
	}
}

// measureRest looks at a controller that has nothing to do.
func (b *bench) measureRest(controller *world.Program) error {
	if err := b.quiet(); err != nil {
		return err
	}
	before, err := b.snapshot()
	if err != nil {
		return err
	}
	beforeCPU, err := figures.CPUSeconds(controller.Pid())
	if err != nil {
		return err
	}
	select {
	case <-b.ctx.Done():
		return b.ctx.Err()
	case <-time.After(b.Rest):
	}
	afterCPU, err := figures.CPUSeconds(controller.Pid())
	if err != nil {
		return err
	}
	after, err := b.snapshot()
	if err != nil {
		return err
	}
	resident, err := figures.MemoryMiB(controller.Pid(), "VmRSS")
	delta := after.since(before)
	b.tell("requests at rest, of everybody: %v", delta.requests)
	b.table.single("at rest: own CPU", "%.2f millicores", figures.AtMost(1), (afterCPU-beforeCPU)/b.Rest.Seconds()*1000)
	b.table.single("  requests a minute beside watches and leases", "%.1f", figures.AtMost(10), delta.requests.sum()/b.Rest.Minutes())
	restBound := figures.NoBound
	if b.Namespaces*b.Accounts <= 5000 && b.Namespaces <= 1000 {
		restBound = figures.AtMost(12)
	}
	b.table.single("  RSS", "%.1f MiB", restBound, resident)
	return err
}
