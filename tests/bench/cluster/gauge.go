// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"acr-credential-helper/tests/bench/figures"
)

func ownUsage() (account, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return account{}, err
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	peak, err := figures.MemoryMiB(os.Getpid(), "VmHWM")
	return account{CPUSeconds: seconds(usage.Utime) + seconds(usage.Stime), PeakMiB: peak}, err
}

// requestCounts holds numbers by "VERB resource".
type requestCounts map[string]float64

// ofOthers are the resources that belong to no reconciliation: none, leases, and what kube-apiserver asks itself for in
// order to keep its own Service up to date.
var ofOthers = []string{"", "leases", "endpoints", "endpointslices"}

// sum of all but watches and what belongs to no reconciliation.
func (c requestCounts) sum() (total float64) {
	for key, count := range c {
		verb, resource, _ := strings.Cut(key, " ")
		if verb != "WATCH" && !slices.Contains(ofOthers, resource) {
			total += count
		}
	}
	return total
}

// writes of objects.
func (c requestCounts) writes() (total float64) {
	for key, count := range c {
		verb, resource, _ := strings.Cut(key, " ")
		if slices.Contains([]string{"POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION"}, verb) &&
			!slices.Contains(ofOthers, resource) && !strings.HasSuffix(resource, "reviews") {
			total += count
		}
	}
	return total
}

func (c requestCounts) String() string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(c)) {
		if !strings.HasSuffix(key, " ") {
			parts = append(parts, fmt.Sprintf("%s %.0f", key, c[key]))
		}
	}
	return strings.Join(parts, ", ")
}

// snapshot is what the control plane has done so far.
type snapshot struct {
	planeCPU      float64 // seconds of kube-apiserver and etcd
	requests      requestCounts
	answeredBytes float64 // of lists and reads: kube-apiserver does not count those of answers to writes
}

func (b *bench) snapshot() (snapshot, error) {
	s := snapshot{requests: requestCounts{}}
	for _, process := range b.w.Plane.Processes()[:2] {
		seconds, err := figures.CPUSeconds(process.Pid())
		if err != nil {
			return s, err
		}
		s.planeCPU += seconds
	}
	text, err := b.admin.read(b.ctx, "/metrics")
	if err != nil {
		return s, err
	}
	for line := range bytes.Lines(text) {
		name, rest, _ := strings.Cut(string(line), "{")
		if name != "apiserver_request_total" && name != "apiserver_response_sizes_sum" {
			continue
		}
		labels, value, _ := strings.Cut(rest, "} ")
		count, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil {
			return s, err
		}
		verb, resource := label(labels, "verb"), label(labels, "resource")
		if name == "apiserver_request_total" {
			s.requests[verb+" "+resource] += count
		} else if verb != "WATCH" && resource != "" {
			s.answeredBytes += count
		}
	}
	return s, nil
}

func label(labels, name string) string {
	_, rest, found := strings.Cut(","+labels, ","+name+`="`)
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// since returns what has been done after an earlier snapshot.
func (s snapshot) since(before snapshot) snapshot {
	delta := snapshot{planeCPU: s.planeCPU - before.planeCPU, answeredBytes: s.answeredBytes - before.answeredBytes, requests: requestCounts{}}
	for key, count := range s.requests {
		if count -= before.requests[key]; count != 0 {
			delta.requests[key] = count
		}
	}
	return delta
}

const sampleEvery = 4 * time.Millisecond

// sampler writes down when etcd reached which revision. Every write makes one, so the resourceVersion of an object tells
// when it was written, without any load on kube-apiserver.
type sampler struct {
	url     string
	stop    context.CancelFunc
	running sync.WaitGroup
	mu      sync.Mutex
	times   []time.Time
	revs    []int64
}

func startSampler(ctx context.Context, etcdURL string) *sampler {
	ctx, stop := context.WithCancel(ctx)
	s := &sampler{url: etcdURL + "/v3/kv/range", stop: stop}
	s.running.Go(func() {
		for ctx.Err() == nil {
			if revision, err := s.ask(ctx); err == nil {
				s.mu.Lock()
				s.times, s.revs = append(s.times, time.Now()), append(s.revs, revision)
				s.mu.Unlock()
			}
			select {
			case <-ctx.Done():
			case <-time.After(sampleEvery):
			}
		}
	})
	return s
}

func (s *sampler) ask(ctx context.Context) (int64, error) {
	const oneAbsentKey = `{"key":"LQ==","serializable":true}`
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, strings.NewReader(oneAbsentKey))
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	var answer struct{ Header struct{ Revision string } }
	if err := json.NewDecoder(bufio.NewReader(response.Body)).Decode(&answer); err != nil {
		return 0, err
	}
	return strconv.ParseInt(answer.Header.Revision, 10, 64)
}

// latest revision; 0 before the first answer.
func (s *sampler) latest() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.revs) == 0 {
		return 0
	}
	return s.revs[len(s.revs)-1]
}

// reached tells when a revision had been written.
func (s *sampler) reached(revision int64) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, _ := slices.BinarySearch(s.revs, revision)
	if at == len(s.revs) {
		return time.Time{}, fmt.Errorf("etcd has not reached revision %d", revision)
	}
	return s.times[at], nil
}

func (s *sampler) end() {
	s.stop()
	s.running.Wait()
}
