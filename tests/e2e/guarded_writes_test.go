// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
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

const controllerUser = "system:serviceaccount:" + world.OwnNamespace + ":" + world.ControllerServiceAccount

const webhookUser = "system:serviceaccount:" + world.OwnNamespace + ":" + world.WebhookServiceAccount

// auditEntry is one request of the API server's audit log.
type auditEntry struct {
	Verb                     string
	RequestURI               string
	User                     struct{ Username string }
	RequestReceivedTimestamp time.Time
	ObjectRef                struct{ Resource, Namespace, Name string }
	RequestObject            map[string]json.RawMessage
	line                     string
}

func (entry auditEntry) isWrite() bool {
	return slices.Contains([]string{"create", "update", "patch", "delete"}, entry.Verb)
}

// readAudit gives each request of an audit log to a function and ends at its first error.
func readAudit(auditLog string, look func(auditEntry) error) error {
	file, err := os.Open(auditLog)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		entry := auditEntry{line: lines.Text()}
		// Bodies that are no object, such as a JSON patch, fail to parse here, as they should: the product sends none.
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			return fmt.Errorf("audit log: %w in %s", err, lines.Text())
		}
		if err := look(entry); err != nil {
			return err
		}
	}
	return lines.Err()
}

// checkGuardedWrites reads an audit log and returns how many writes to ServiceAccounts the product made; it is an error
// if one of them set imagePullSecrets without naming the resourceVersion that it had read (WR-1, WR-2).
func checkGuardedWrites(auditLog string) (writes int, err error) {
	err = readAudit(auditLog, func(entry auditEntry) error {
		if entry.ObjectRef.Resource != "serviceaccounts" || entry.User.Username != controllerUser || !entry.isWrite() {
			return nil
		}
		writes++
		var metadata struct{ ResourceVersion string }
		_ = json.Unmarshal(entry.RequestObject["metadata"], &metadata) // absent counts as no resourceVersion
		if _, sets := entry.RequestObject["imagePullSecrets"]; !sets || metadata.ResourceVersion == "" {
			return fmt.Errorf("an unguarded %s of ServiceAccount %s/%s: %s",
				entry.Verb, entry.ObjectRef.Namespace, entry.ObjectRef.Name, entry.line)
		}
		return nil
	})
	return writes, err
}

// writesOfTheProduct since a time, but those of Leases.
func (s *scene) writesOfTheProduct(since time.Time) (writes []string) {
	s.Helper()
	s.must(readAudit(s.w.Plane.AuditLog(), func(entry auditEntry) error {
		isProduct := entry.User.Username == controllerUser || entry.User.Username == webhookUser
		if isProduct && entry.isWrite() && entry.ObjectRef.Resource != "leases" && entry.RequestReceivedTimestamp.After(since) {
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
	writes, err := checkGuardedWrites(s.w.Plane.AuditLog())
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
