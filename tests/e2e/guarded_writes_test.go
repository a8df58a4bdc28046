// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"

	"acr-credential-helper/tests/world"
)

// writesOfTheProduct since a time, but those of Leases.
func (s *scene) writesOfTheProduct(since time.Time) (writes []string) {
	s.Helper()
	s.must(s.w.ReadAudit(func(entry world.AuditEntry) error {
		if entry.IsWriteOfProduct() && entry.ObjectRef.Resource != "leases" && entry.RequestReceivedTimestamp.After(since) {
			writes = append(writes, fmt.Sprintf("%s %s %s/%s", entry.Verb, entry.ObjectRef.Resource, entry.ObjectRef.Namespace, entry.ObjectRef.Name))
		}
		return nil
	}))
	return writes
}

func TestNothingIsLostBesideAConcurrentWriter(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "*")
	s.startServing()
	namespace := s.namespace()
	s.awaitSecret(namespace, soon)

	const rounds, clients = 500, 4
	var next atomic.Int64
	var workers sync.WaitGroup
	for range clients {
		workers.Go(func() {
			for round := next.Add(1); round <= rounds; round = next.Add(1) {
				if err := s.appendWhileBound(namespace, fmt.Sprintf("contested-%d", round)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()

	for round := 1; round <= rounds; round++ {
		s.awaitForeignOrder(namespace, fmt.Sprintf("contested-%d", round), "b", "a", "1", "2", "3")
	}
	writes, err := s.w.CheckGuardedWrites()
	if err != nil || writes < rounds {
		t.Fatalf("the audit log shows %d writes of the controller (%v), want at least %d", writes, err, rounds)
	}
}

// appendWhileBound creates a ServiceAccount and appends three entries to it, as a careful foreign writer does, at the
// moment when the controller binds it.
func (s *scene) appendWhileBound(namespace, name string) error {
	accounts := s.client().CoreV1().ServiceAccounts(namespace)
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}, ImagePullSecrets: references("b", "a")}
	account, err := accounts.Create(s.ctx, account, metav1.CreateOptions{})
	for _, entry := range []string{"1", "2", "3"} {
		if err != nil {
			return err
		}
		fresh := rand.IntN(2) == 0 // half of the writes go out with what was read before the controller wrote
		err = retry.RetryOnConflict(retry.DefaultBackoff, func() error {
			if fresh {
				if account, err = accounts.Get(s.ctx, name, metav1.GetOptions{}); err != nil {
					return err
				}
			}
			fresh = true
			account.ImagePullSecrets = append(account.ImagePullSecrets, references(entry)...)
			written, err := accounts.Update(s.ctx, account, metav1.UpdateOptions{})
			if err == nil {
				account = written
			}
			return err
		})
	}
	return err
}

// awaitForeignOrder waits until a ServiceAccount lists our entry exactly once and the foreign ones in their order.
func (s *scene) awaitForeignOrder(namespace, name string, foreign ...string) {
	s.Helper()
	s.eventually(soon, func() error {
		names, err := s.pullSecrets(namespace, name)
		if err != nil {
			return err
		}
		others := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == world.SecretName })
		if !slices.Equal(others, foreign) || len(names) != len(foreign)+1 {
			return fmt.Errorf("ServiceAccount %s lists %v", name, names)
		}
		return nil
	})
}
