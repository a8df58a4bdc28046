// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"acr-credential-helper/tests/bench/figures"
	"acr-credential-helper/tests/world"
)

const (
	smallReview = 1200
	largeReview = 72 * 1000
	connections = 16
	steady      = 64 // connections that share a fixed rate
	steadyRate  = 1000
	mostOpen    = 512 // acr-webhook's own limit
)

type sizes struct {
	Rounds    int
	Load      time.Duration // how long each server is under each load in each round
	Rest      time.Duration // how long the servers rest before their memory is looked at
	Creations int           // ServiceAccounts through kube-apiserver for each hook at a fixed rate, and as many at once
}

type bench struct {
	sizes
	ctx          context.Context
	w            *world.World
	dir          string
	servers      []*server // the C++ floor, the Go floor, ours
	bundle       []byte    // the certificate of the floors
	small, large review
	table        table
	tell         func(format string, args ...any)
}

// byServer are the figures of all rounds, in the order of the servers.
type byServer [][]float64

func (b *bench) newFigures() byServer { return make(byServer, len(b.servers)) }

func (b *bench) takeAll() error {
	for _, part := range []struct {
		name string
		take func() error
	}{
		{"starts and memory at rest", b.measureStarts}, {"loads", b.measureLoads}, {"memory of connections", b.measureConnections},
		{"creations through kube-apiserver", b.measureCreations}, {"sizes", b.measureSizes},
	} {
		b.tell("%s", part.name)
		if err := part.take(); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// loadFigures are what one kind of load shows.
type loadFigures struct{ cost, rate, service, response, memory byServer }

func (b *bench) measureLoads() error {
	if runtime.NumCPU() > 1 {
		if err := pin(os.Getpid(), 1); err != nil {
			return err
		}
		defer unpin()
	}
	small, err := b.underLoad(b.closed(b.small))
	if err != nil {
		return err
	}
	large, err := b.underLoad(b.closed(b.large))
	if err != nil {
		return err
	}
	fixed, err := b.underLoad(b.fixed)
	if err != nil {
		return err
	}
	fresh, err := b.underLoad(func(s *server) (load, error) { return freshConnections(s.address, connections, b.small, b.Load) })
	if err != nil {
		return err
	}
	t := &b.table
	t.add("CPU per review of 1.2 KB, us", "%.1f", small.cost, costRatio, figures.AtMost(2))
	t.add("CPU per review of 72 KB, us", "%.1f", large.cost, costRatio, figures.AtMost(3))
	t.add("reviews/s of 1.2 KB on 16 connections, one core each", "%.0f", small.rate, costRatio, figures.AtLeast(0.5))
	t.add("reviews/s of 72 KB", "%.0f", large.rate, costRatio, figures.NoBound)
	t.add("1,000/s on 64 connections: service time p50, us", "%.0f", fixed.service, costRatio, figures.AtMost(1.2))
	t.add("… time since due p99, us", "%.0f", fixed.response, costRatio, figures.NoBound)
	t.add("… CPU per review, us", "%.1f", fixed.cost, costRatio, figures.NoBound)
	t.add("… RSS meanwhile, MiB", "%.1f", fixed.memory, nil, figures.AtMost(16))
	t.add("new connections/s, one review each", "%.0f", fresh.rate, costRatio, figures.AtLeast(0.9))
	t.add("… CPU for each, us", "%.0f", fresh.cost, costRatio, figures.NoBound)
	return nil
}

func (b *bench) closed(r review) func(*server) (load, error) {
	return func(s *server) (load, error) {
		clients, closeAll, err := connect(s.address, connections, r)
		if err != nil {
			return load{}, err
		}
		defer closeAll()
		return closedLoop(clients, r, b.Load)
	}
}

func (b *bench) fixed(s *server) (load, error) {
	clients, closeAll, err := connect(s.address, steady, b.small)
	if err != nil {
		return load{}, err
	}
	defer closeAll()
	return fixedRate(clients, b.small, steadyRate, b.Load)
}

// underLoad puts the servers under the same load in turn; the order changes from round to round.
func (b *bench) underLoad(run func(*server) (load, error)) (loadFigures, error) {
	f := loadFigures{b.newFigures(), b.newFigures(), b.newFigures(), b.newFigures(), b.newFigures()}
	order := []int{0, 1, 2}
	for range b.Rounds {
		for _, i := range order {
			var seen load
			var memory float64
			cost, err := b.servers[i].cost(func() (err error) {
				if seen, err = run(b.servers[i]); err == nil {
					memory, err = b.servers[i].resident()
				}
				return err
			})
			if err != nil {
				return f, err
			}
			f.cost[i] = append(f.cost[i], cost/float64(seen.answers)*1e6)
			f.rate[i] = append(f.rate[i], seen.rate())
			f.memory[i] = append(f.memory[i], memory)
			f.service[i] = append(f.service[i], figures.Median(seen.service)*1e6)
			f.response[i] = append(f.response[i], figures.Percentile(seen.responses, 0.99)*1e6)
		}
		slices.Reverse(order)
	}
	return f, nil
}

// measureConnections opens as many as acr-webhook allows, each used once, and looks at the memory.
func (b *bench) measureConnections() error {
	open := b.newFigures()
	for i, s := range b.servers {
		_, closeAll, err := connect(s.address, mostOpen, b.small)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		memory, err := s.resident()
		if err == nil && s.name == ours {
			err = expectRefused(s, b.small)
		}
		closeAll()
		if err != nil {
			return err
		}
		open[i] = []float64{memory}
	}
	b.table.add("RSS with 512 idle connections, MiB", "%.1f", open, nil, figures.AtMost(48))
	return nil
}

func expectRefused(s *server, r review) error {
	if err := s.answers(r); err == nil {
		return errors.New("one connection more than allowed was served")
	}
	return nil
}

func (b *bench) measureSizes() error {
	programs := b.newFigures()
	for i, s := range b.servers {
		if s.name == goFloor { // it is the whole benchmark
			continue
		}
		size, err := strippedMB(s.program, b.dir)
		if err != nil {
			return err
		}
		programs[i] = []float64{size}
	}
	b.table.add("size of the stripped program, MB", "%.2f", programs, nil, figures.AtMost(6))
	controller, err := strippedMB(filepath.Clean(b.w.Binary("acr-controller")), b.dir)
	if err != nil {
		return err
	}
	b.table.add("… of acr-controller", "%.2f", byServer{nil, nil, {controller}}, nil, figures.AtMost(6))
	return nil
}
