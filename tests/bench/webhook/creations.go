// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"acr-credential-helper/tests/bench/figures"
	"acr-credential-helper/tests/world"
)

const (
	creationRate = 100 // a second in all
	atOnce       = 32  // clients of a burst
	floorHook    = "floor.bench.example.com"
)

// The namespaces of the reviews and creations: one for each hook, and one without any.
const (
	ourNamespace   = "bench-ours"
	floorNamespace = "bench-floor"
	plainNamespace = "bench-plain"
)

// prepare creates the namespaces, and lets acr-webhook be asked about one of them and the C++ floor about another.
func (b *bench) prepare() error {
	for _, name := range []string{ourNamespace, floorNamespace, plainNamespace} {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if _, err := b.w.Client().CoreV1().Namespaces().Create(b.ctx, namespace, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return b.w.Configure(b.ctx, map[string]string{
		"acr-registry-info": world.Enterprise, "watch-namespace": ourNamespace, "service-account": "*", "webhook-configuration": world.WebhookOn,
	})
}

// registerFloor registers the floor as ours is, rules and conditions included: what is compared are the servers.
func (b *bench) registerFloor() error {
	configurations := b.w.Client().AdmissionregistrationV1().MutatingWebhookConfigurations()
	own, err := configurations.Get(b.ctx, world.AdmissionName, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if len(own.Webhooks) == 0 {
		return errors.New("acr-webhook is not registered")
	}
	text, err := json.Marshal(own.Webhooks[0])
	if err != nil {
		return err
	}
	var hook admissionv1.MutatingWebhook
	if err := json.Unmarshal(bytes.ReplaceAll(text, []byte(ourNamespace), []byte(floorNamespace)), &hook); err != nil {
		return err
	}
	path := "https://" + b.servers[0].address + "/mutate-v1-serviceaccount"
	hook.Name, hook.ClientConfig = floorHook, admissionv1.WebhookClientConfig{URL: &path, CABundle: b.bundle}
	_, err = configurations.Create(b.ctx, &admissionv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: floorHook}, Webhooks: []admissionv1.MutatingWebhook{hook},
	}, metav1.CreateOptions{})
	return err
}

// creations are the answers for one namespace.
type creations struct {
	mu      sync.Mutex
	seconds []float64
	bound   int
}

func (c *creations) one(ctx context.Context, client kubernetes.Interface, namespace, name string) error {
	began := time.Now()
	answer, err := client.CoreV1().ServiceAccounts(namespace).Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	took := time.Since(began).Seconds()
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seconds = append(c.seconds, took)
	if world.HasPullSecret(answer, world.SecretName) {
		c.bound++
	}
	return nil
}

func (b *bench) measureCreations() error {
	if err := b.w.AwaitWebhook(b.ctx, ourNamespace, true, readyLimit); err != nil {
		return err
	}
	if err := b.registerFloor(); err != nil {
		return err
	}
	if err := b.w.AwaitWebhook(b.ctx, floorNamespace, true, readyLimit); err != nil {
		return err
	}
	// The creations at a fixed rate take turns, so that whatever else the machine does meets all of them alike.
	where := []string{floorNamespace, plainNamespace, ourNamespace}
	steady := make([]creations, len(where))
	pace := time.NewTicker(time.Second / creationRate)
	defer pace.Stop()
	var all sync.WaitGroup
	var failures joined
	for number := range b.Creations * len(where) {
		<-pace.C
		all.Go(func() {
			i := number % len(where)
			failures.add(steady[i].one(b.ctx, b.w.Client(), where[i], fmt.Sprintf("steady-%d", number)))
		})
	}
	all.Wait()
	bursts := make([]creations, len(where))
	for i := range where {
		next := make(chan int)
		for range atOnce {
			all.Go(func() {
				for number := range next {
					failures.add(bursts[i].one(b.ctx, b.w.Client(), where[i], fmt.Sprintf("burst-%d", number)))
				}
			})
		}
		for number := range b.Creations {
			next <- number
		}
		close(next)
		all.Wait()
	}
	if err := failures.err(); err != nil {
		return err
	}
	b.table.add("ServiceAccounts at 100/s through kube-apiserver: p50, ms (middle: without a hook)", "%.2f", shares(steady, 0.5), costRatio, figures.AtMost(1.05))
	b.table.add("… p99, ms", "%.2f", shares(steady, 0.99), costRatio, figures.NoBound)
	b.table.add(fmt.Sprintf("%d at once: p50, ms (middle: without a hook)", b.Creations), "%.2f", shares(bursts, 0.5), costRatio, figures.AtMost(1.05))
	share := func(c *creations) []float64 { return []float64{float64(c.bound) / float64(b.Creations)} }
	b.table.add("share bound in the answer, both together", "%.3f",
		byServer{nil, nil, {min(share(&steady[2])[0], share(&bursts[2])[0])}}, nil, figures.AtLeast(1))
	return nil
}

func shares(all []creations, share float64) byServer {
	result := make(byServer, len(all))
	for i := range all {
		result[i] = []float64{figures.Percentile(all[i].seconds, share) * 1000}
	}
	return result
}

// joined collects the failures of many goroutines.
type joined struct {
	mu  sync.Mutex
	all []error
}

func (j *joined) add(err error) {
	if err == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.all = append(j.all, err)
}

func (j *joined) err() error { return errors.Join(j.all...) }
