// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/rest"

	"acr-credential-helper/tests/bench/figures"
)

// measureStarts leaves all servers running.
func (b *bench) measureStarts() error {
	starts, resting, own := b.newFigures(), b.newFigures(), b.newFigures()
	for range b.Rounds {
		for i, s := range b.servers {
			if s.process != nil {
				s.process.Kill()
			}
			took, err := s.run(b.ctx, b.small)
			if err != nil {
				return err
			}
			starts[i] = append(starts[i], took.Seconds()*1000)
		}
		asked, err := b.askForAll()
		if err != nil {
			return err
		}
		last := len(starts[0]) - 1
		own[0] = append(own[0], starts[0][last])
		own[2] = append(own[2], starts[2][last]-asked.Seconds()*1000)
		<-time.After(b.Rest)
		for i, s := range b.servers {
			memory, err := s.resident()
			if err != nil {
				return err
			}
			resting[i] = append(resting[i], memory)
		}
	}
	b.table.add("exec until the first review is answered, ms", "%.0f", starts, nil, figures.NoBound)
	b.table.add("… without what the API server needs to answer the four streaming lists", "%.0f", own, costRatio, figures.AtMost(1.5))
	b.table.add("RSS at rest, MiB", "%.1f", resting, nil, figures.AtMost(10))
	return nil
}

// askForAll is how long the API server needs for what acr-webhook asks before it is ready: four streaming lists side by side, each
// on a new connection.
func (b *bench) askForAll() (time.Duration, error) {
	config := b.w.Plane.Config()
	security, err := rest.TLSConfigFor(config)
	if err != nil {
		return 0, err
	}
	const named = "&fieldSelector=metadata.name%3D"
	const own = "/api/v1/namespaces/kube-system/"
	var all sync.WaitGroup
	var failures joined
	began := time.Now()
	for _, path := range []string{
		own + "configmaps?x" + named + "acr-configuration", own + "secrets?x" + named + "acr-credential-helper-state",
		own + "secrets?x" + named + "acr-credential-helper-webhook-ca", "/api/v1/namespaces?x",
	} {
		all.Go(func() {
			client := http.Client{Transport: &http.Transport{TLSClientConfig: security.Clone(), DisableKeepAlives: true}}
			failures.add(streamList(b.ctx, &client, config.Host+path+"&watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"))
		})
	}
	all.Wait()
	return time.Since(began), failures.err()
}

// streamList reads until the bookmark that ends the initial events.
func streamList(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", url, answer.Status)
	}
	var text strings.Builder
	space := make([]byte, 32<<10)
	for !strings.Contains(text.String(), "k8s.io/initial-events-end") {
		read, err := answer.Body.Read(space)
		text.Write(space[:read])
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("GET %s: it ended early", url)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
