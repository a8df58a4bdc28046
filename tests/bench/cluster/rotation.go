// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"slices"

	"acr-credential-helper/tests/bench/figures"
	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/world"
)

// rotation is what it cost to give every namespace another login.
type rotation struct {
	seconds      float64 // from the first write to the last
	perNamespace float64 // writes of Secrets
	kept         bool    // every uid is unchanged
}

// compareRotations alternates the two sides. Logins live so short that the controller soon renews them by itself.
func (b *bench) compareRotations() error {
	if err := b.w.Cloud.SetLifetimes(b.ctx, cloud.Lifetimes{RegistryToken: cloud.Duration(b.Lifetime)}); err != nil {
		return err
	}
	var floors, ours []rotation
	for round := 1; round <= b.Rounds; round++ {
		floor, err := b.floorRotation()
		if err != nil {
			return err
		}
		run, err := b.controllerRotation()
		if err != nil {
			return err
		}
		floors, ours = append(floors, floor), append(ours, run)
		b.tell("rotation %d: floor %.2f s, controller %.2f s", round, floor.seconds, run.seconds)
	}
	seconds := func(run rotation) float64 { return run.seconds }
	each := func(run rotation) float64 { return run.perNamespace }
	kept := func(run rotation) float64 {
		if run.kept {
			return 1
		}
		return 0
	}
	b.table.compare(fmt.Sprintf("rotation over %d namespaces: speed", b.Namespaces), "%.2f s", inverse, figures.AtLeast(0.90),
		pick(floors, seconds), pick(ours, seconds))
	// A login is remembered in one more Secret.
	b.table.absolute("  writes of Secrets per namespace", "%.3f", figures.AtMost(1+2/float64(b.Namespaces)), pick(floors, each), pick(ours, each))
	b.table.single("  share of rounds with every uid unchanged", "%.2f", figures.AtLeast(1), pick(ours, kept)...)
	return b.w.Cloud.SetLifetimes(b.ctx, cloud.Lifetimes{})
}

func (b *bench) floorRotation() (rotation, error) {
	if _, err := b.nextSecret(); err != nil {
		return rotation{}, err
	}
	return b.measureRotation(func() error {
		child, err := b.startChild(order{Role: "rotate", HTTP2: b.http2})
		if err != nil {
			return err
		}
		_, err = b.await(child)
		return err
	})
}

// controllerRotation lets a controller bring its first login everywhere, then measures the next one.
func (b *bench) controllerRotation() (rotation, error) {
	if err := b.forgetState(); err != nil {
		return rotation{}, err
	}
	controller, err := b.startServing("--refresh-qps=0")
	if err != nil {
		return rotation{}, err
	}
	run, err := b.measureRotation(func() error { return nil })
	if err != nil {
		return run, fmt.Errorf("%w\n%s", err, controller.LogTail())
	}
	return run, controller.Stop(stopLimit)
}

// measureRotation starts a rotation and waits until every Secret is another version.
func (b *bench) measureRotation(start func() error) (rotation, error) {
	s := startSampler(b.ctx, b.w.Plane.EtcdURL())
	defer s.end()
	if err := world.Eventually(b.ctx, startLimit, func() error { return b.expectRevision(s, 1) }); err != nil {
		return rotation{}, err
	}
	old, _, err := b.admin.list(b.ctx, secretsPath)
	if err != nil {
		return rotation{}, err
	}
	target := s.latest() + int64(len(old))
	before, err := b.snapshot()
	if err != nil {
		return rotation{}, err
	}
	if err := start(); err != nil {
		return rotation{}, err
	}
	var fresh []object
	err = world.Eventually(b.ctx, b.Lifetime+b.limit(), func() error {
		if err := b.expectRevision(s, target); err != nil {
			return err
		}
		if fresh, _, err = b.admin.list(b.ctx, secretsPath); err != nil {
			return err
		}
		return allRewritten(old, fresh)
	})
	if err != nil {
		return rotation{}, err
	}
	after, err := b.snapshot()
	if err != nil {
		return rotation{}, err
	}
	first, last := span(fresh)
	firstAt, err := s.reached(first)
	if err != nil {
		return rotation{}, err
	}
	lastAt, err := s.reached(last)
	requests := after.since(before).requests
	writes := requests["PATCH secrets"] + requests["PUT secrets"] + requests["POST secrets"] + requests["DELETE secrets"]
	return rotation{seconds: lastAt.Sub(firstAt).Seconds(), perNamespace: writes / float64(len(old)),
		kept: maps.Equal(uids(old), uids(fresh))}, err
}

func uids(objects []object) map[string]string {
	known := map[string]string{}
	for _, o := range objects {
		known[o.key()] = o.Metadata.UID
	}
	return known
}

func allRewritten(old, fresh []object) error {
	var same []string
	for _, o := range old {
		same = append(same, o.key()+" "+o.Metadata.ResourceVersion)
	}
	slices.Sort(same)
	for _, o := range fresh {
		if _, unchanged := slices.BinarySearch(same, o.key()+" "+o.Metadata.ResourceVersion); unchanged {
			return fmt.Errorf("Secret %s has not been written", o.key())
		}
	}
	return nil
}
