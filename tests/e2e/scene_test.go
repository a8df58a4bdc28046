// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"acr-credential-helper/tests/world"
)

const (
	startLimit = 20 * time.Second // until a program is ready
	soon       = 10 * time.Second // for what has no promised time
	promised   = time.Second      // for what is promised to happen within a second
)

// scene is one test's view of the shared world, which was reset for it.
type scene struct {
	*testing.T
	w          *world.World
	ctx        context.Context
	began      time.Time // Events of before are those of other tests
	namespaces *[]string // of the copies that parts of a test have, too
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{T: t, w: shared, ctx: t.Context(), namespaces: new([]string)}
	s.must(shared.Reset(s.ctx))
	s.began = time.Now()
	t.Cleanup(func() {
		ctx := context.Background() // the test's own context has ended
		shared.KillPrograms()
		if err := sideBySide(*s.namespaces, func(name string) error { return shared.AbandonNamespace(ctx, name) }); err != nil {
			t.Error(err)
		}
	})
	return s
}

// from ends a test of what Kubernetes has from 1.minor on where the control plane is an older one of the matrix.
func (s *scene) from(minor int) {
	s.Helper()
	if version := s.w.Plane.Version(); s.w.Plane.Minor() < minor {
		s.Skipf("Kubernetes %s has none of this, 1.%d has", version, minor)
	}
}

// installed has the chart installed with these values, as NAME=VALUE, until the test ends.
func (s *scene) installed(values ...string) {
	s.Helper()
	s.must(s.w.Install(s.ctx, values...))
	s.Cleanup(func() {
		if err := s.w.Install(context.Background()); err != nil {
			s.Error(err)
		}
	})
}

// sideBySide does the same for all names, a few at a time.
func sideBySide(names []string, do func(name string) error) error {
	const clients = 8
	failures := make([]error, clients)
	var workers sync.WaitGroup
	for client := range clients {
		workers.Go(func() {
			for i := client; i < len(names) && failures[client] == nil; i += clients {
				failures[client] = do(names[i])
			}
		})
	}
	workers.Wait()
	return errors.Join(failures...)
}

func (s *scene) client() kubernetes.Interface { return s.w.Client() }

func (s *scene) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// eventually fails the test unless check succeeds within limit, and returns how long it took.
func (s *scene) eventually(limit time.Duration, check func() error) time.Duration {
	s.Helper()
	begin := time.Now()
	s.must(world.Eventually(s.ctx, limit, check))
	return time.Since(begin)
}

// settings is a configuration for the Enterprise Edition instance and the ServiceAccount `default` of all namespaces;
// changes are pairs of key and value, an empty value removes the key.
func settings(changes ...string) map[string]string {
	data := map[string]string{
		"acr-registry-info": world.Enterprise, "watch-namespace": "all", "service-account": "default",
		"webhook-configuration": world.WebhookOff,
	}
	for i := 0; i+1 < len(changes); i += 2 {
		if changes[i+1] == "" {
			delete(data, changes[i])
		} else {
			data[changes[i]] = changes[i+1]
		}
	}
	return data
}

func (s *scene) configure(changes ...string) {
	s.Helper()
	s.must(s.w.Configure(s.ctx, settings(changes...)))
}

// startController starts a controller and waits until it is ready.
func (s *scene) startController(args ...string) *world.Program {
	s.Helper()
	controller, err := s.w.StartController(args...)
	s.must(err)
	s.must(controller.AwaitReady(s.ctx, startLimit))
	return controller
}

// startWebhook starts a webhook and waits until it is ready.
func (s *scene) startWebhook(args ...string) *world.Program {
	s.Helper()
	webhook, err := s.w.StartWebhook(args...)
	s.must(err)
	s.must(webhook.AwaitReady(s.ctx, startLimit))
	return webhook
}

// startServing starts a controller and waits until it has served a new namespace, so that the measured part of a test
// begins in a settled state.
func (s *scene) startServing(args ...string) *world.Program {
	s.Helper()
	controller := s.startController(args...)
	s.awaitSecret(s.namespace(), startLimit)
	return controller
}

// namespace creates a namespace with a name of its own and returns the name.
func (s *scene) namespace() string {
	s.Helper()
	return s.namespaceOf(metav1.ObjectMeta{})
}

// namespaceOf creates a namespace with these labels and annotations and a name of its own, which it returns.
func (s *scene) namespaceOf(meta metav1.ObjectMeta) string {
	s.Helper()
	meta.Name = s.freeName()
	s.create(&corev1.Namespace{ObjectMeta: meta})
	return meta.Name
}

func (s *scene) createNamespace(name string) {
	s.Helper()
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
}

func (s *scene) freeName() string {
	return fmt.Sprintf("%s-%06x", strings.ToLower(s.Name()[4:min(len(s.Name()), 28)]), rand.IntN(1<<24))
}

func (s *scene) create(namespace *corev1.Namespace) {
	s.Helper()
	_, err := s.client().CoreV1().Namespaces().Create(s.ctx, namespace, metav1.CreateOptions{})
	s.must(err)
	*s.namespaces = append(*s.namespaces, namespace.Name)
}

// createAccount creates a ServiceAccount with foreign pull secrets and returns the API server's answer.
func (s *scene) createAccount(namespace, name string, foreign ...string) *corev1.ServiceAccount {
	s.Helper()
	answer, err := s.client().CoreV1().ServiceAccounts(namespace).Create(s.ctx, accountWith(name, foreign...), metav1.CreateOptions{})
	s.must(err)
	return answer
}

func accountWith(name string, foreign ...string) *corev1.ServiceAccount {
	return &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}, ImagePullSecrets: references(foreign...)}
}

func references(names ...string) []corev1.LocalObjectReference {
	var list []corev1.LocalObjectReference
	for _, name := range names {
		list = append(list, corev1.LocalObjectReference{Name: name})
	}
	return list
}
