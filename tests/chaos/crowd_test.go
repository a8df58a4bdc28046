// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"acr-credential-helper/tests/world"
)

const excludeLabel = "acr-credential-helper/exclude"

// Whoever undoes the same again sooner is taken for an opponent, and answered more slowly each time: that is case C-04, not chaos.
const peace = 2 * time.Minute

// crowd is a number of clients, each with a namespace that the configuration covers and one that it does not.
type crowd struct {
	w       *world.World
	members []*member
	stop    context.CancelFunc
	running sync.WaitGroup
	actions atomic.Int64
}

// member is one client. Only it writes the ServiceAccounts of its namespaces, besides the product and the control plane.
type member struct {
	w          *world.World
	draw       *rand.Rand
	namespaces []string
	accounts   map[string]*account // by namespace/name
	serial     int
	spoiled    time.Time // the pull Secret
}

// account is what a member knows of a ServiceAccount of its own.
type account struct {
	foreign []string // the entries of others, in order
	exists  bool
	unsure  bool // a write ended without an answer: what it meant may have happened or not
	causes  int  // how often the product had a reason to write it, at the most
	undone  time.Time
}

func newCrowd(w *world.World, seed uint64) *crowd {
	c := &crowd{w: w}
	for number := range clients {
		c.members = append(c.members, &member{w: w, draw: rand.New(rand.NewPCG(seed, uint64(number)+1)), accounts: map[string]*account{},
			namespaces: []string{fmt.Sprintf("chaos-%d", number), fmt.Sprintf("calm-%d", number)}})
	}
	return c
}

// begin creates the namespaces and lets all clients loose.
func (c *crowd) begin(ctx context.Context) error {
	for _, member := range c.members {
		for _, name := range member.namespaces {
			namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
			if _, err := c.w.Client().CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
				return err
			}
		}
	}
	ctx, c.stop = context.WithCancel(ctx)
	for _, member := range c.members {
		c.running.Go(func() {
			for ctx.Err() == nil {
				member.act(ctx)
				c.actions.Add(1)
				select {
				case <-ctx.Done():
				case <-time.After(time.Duration(300+member.draw.IntN(700)) * time.Millisecond):
				}
			}
		})
	}
	return nil
}

// end stops all clients and returns how often they acted.
func (c *crowd) end() int64 {
	c.stop()
	c.running.Wait()
	return c.actions.Load()
}

// act does one thing, as another user or controller of the cluster would.
func (m *member) act(ctx context.Context) {
	namespace := m.namespaces[m.draw.IntN(len(m.namespaces))]
	known := m.existing()
	switch choice := m.draw.IntN(10); {
	case choice < 3 || len(known) == 0:
		m.create(ctx, namespace)
	case choice < 5:
		key := m.pick(known)
		if time.Since(m.accounts[key].undone) < peace {
			return
		}
		m.accounts[key].undone = time.Now()
		m.change(ctx, key, func(account *corev1.ServiceAccount) { // strips our entry
			account.ImagePullSecrets = slices.DeleteFunc(account.ImagePullSecrets, isOurs)
		})
	case choice < 7:
		m.serial++
		entry := corev1.LocalObjectReference{Name: fmt.Sprintf("foreign-%d", m.serial)}
		m.change(ctx, m.pick(known), func(account *corev1.ServiceAccount) {
			account.ImagePullSecrets = append(account.ImagePullSecrets, entry)
		})
	case choice < 8:
		m.change(ctx, m.pick(known), func(account *corev1.ServiceAccount) { // opts out, or in again
			if account.Labels[excludeLabel] == "true" {
				delete(account.Labels, excludeLabel)
			} else {
				account.Labels = map[string]string{excludeLabel: "true"}
			}
		})
	case choice < 9:
		m.remove(ctx, m.pick(known))
	default:
		m.spoilSecret(ctx)
	}
}

func isOurs(entry corev1.LocalObjectReference) bool { return entry.Name == world.SecretName }

func (m *member) existing() []string {
	var names []string
	for name, account := range m.accounts {
		if account.exists && !account.unsure {
			names = append(names, name)
		}
	}
	slices.Sort(names) // the draws must not depend on the order of a map
	return names
}

func (m *member) pick(names []string) string { return names[m.draw.IntN(len(names))] }

func split(key string) (namespace, name string) {
	namespace, name, _ = strings.Cut(key, "/")
	return namespace, name
}

func (m *member) create(ctx context.Context, namespace string) {
	m.serial++
	wanted := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("worker-%d", m.serial)}}
	for range m.draw.IntN(3) {
		m.serial++
		wanted.ImagePullSecrets = append(wanted.ImagePullSecrets, corev1.LocalObjectReference{Name: fmt.Sprintf("foreign-%d", m.serial)})
	}
	known := &account{foreign: world.Names(wanted.ImagePullSecrets), exists: true, causes: 1}
	m.accounts[namespace+"/"+wanted.Name] = known
	_, err := m.w.Client().CoreV1().ServiceAccounts(namespace).Create(ctx, wanted, metav1.CreateOptions{})
	known.unsure = err != nil
}

// change reads, changes and writes one ServiceAccount, as a careful client does.
func (m *member) change(ctx context.Context, key string, edit func(*corev1.ServiceAccount)) {
	known := m.accounts[key]
	namespace, name := split(key)
	accounts := m.w.Client().CoreV1().ServiceAccounts(namespace)
	found, err := accounts.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return // nothing was written
	}
	edit(found)
	known.causes++
	_, err = accounts.Update(ctx, found, metav1.UpdateOptions{})
	switch {
	case err == nil:
		known.foreign = foreign(found)
	case !apierrors.IsConflict(err):
		known.unsure = true
	}
}

func foreign(account *corev1.ServiceAccount) []string {
	return slices.DeleteFunc(world.Names(account.ImagePullSecrets), func(name string) bool { return name == world.SecretName })
}

func (m *member) remove(ctx context.Context, key string) {
	namespace, name := split(key)
	err := m.w.Client().CoreV1().ServiceAccounts(namespace).Delete(ctx, name, metav1.DeleteOptions{})
	m.accounts[key].exists, m.accounts[key].unsure = false, err != nil
}

// spoilSecret deletes the pull Secret of the covered namespace or writes nonsense into it.
func (m *member) spoilSecret(ctx context.Context) {
	if time.Since(m.spoiled) < peace {
		return
	}
	m.spoiled = time.Now()
	secrets := m.w.Client().CoreV1().Secrets(m.namespaces[0])
	if m.draw.IntN(2) == 0 {
		_ = secrets.Delete(ctx, world.SecretName, metav1.DeleteOptions{}) // whatever comes of it
		return
	}
	_, _ = secrets.Patch(ctx, world.SecretName, types.MergePatchType,
		[]byte(`{"data":{".dockerconfigjson":"eyJhdXRocyI6e319"}}`), metav1.PatchOptions{})
}

// learn looks what became of the writes that ended without an answer.
func (c *crowd) learn(ctx context.Context) error {
	for _, member := range c.members {
		for key, known := range member.accounts {
			if !known.unsure {
				continue
			}
			namespace, name := split(key)
			found, err := c.w.Client().CoreV1().ServiceAccounts(namespace).Get(ctx, name, metav1.GetOptions{})
			switch {
			case apierrors.IsNotFound(err):
				known.exists = false
			case err != nil:
				return err
			default:
				known.exists, known.foreign = true, foreign(found)
			}
			known.unsure = false
		}
	}
	return nil
}

// check is an error unless the whole cluster is as the configuration says and no entry of others was lost.
func (c *crowd) check(ctx context.Context) error {
	var faults []error
	for _, member := range c.members {
		for _, namespace := range member.namespaces {
			faults = append(faults, member.checkNamespace(ctx, namespace))
		}
	}
	return errors.Join(faults...)
}

func (m *member) checkNamespace(ctx context.Context, namespace string) error {
	covered := namespace == m.namespaces[0]
	list, err := m.w.Client().CoreV1().ServiceAccounts(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, found := range list.Items {
		key := namespace + "/" + found.Name
		there[key] = true
		known := m.accounts[key]
		if known == nil {
			known = &account{exists: true} // `default`, which the control plane makes
		}
		if !known.exists {
			return fmt.Errorf("ServiceAccount %s was deleted and is there", key)
		}
		if others := foreign(&found); !slices.Equal(others, known.foreign) {
			return fmt.Errorf("ServiceAccount %s lists %v of others, want %v", key, others, known.foreign)
		}
		wanted := 0
		if covered && found.Labels[excludeLabel] != "true" {
			wanted = 1
		}
		if ours := len(found.ImagePullSecrets) - len(known.foreign); ours != wanted {
			return fmt.Errorf("ServiceAccount %s lists our entry %d times, want %d", key, ours, wanted)
		}
	}
	for key, known := range m.accounts {
		if where, _ := split(key); where == namespace && known.exists && !there[key] {
			return fmt.Errorf("ServiceAccount %s is gone", key)
		}
	}
	return m.checkSecret(ctx, namespace, covered)
}

func (m *member) checkSecret(ctx context.Context, namespace string, covered bool) error {
	secret, err := m.w.Secret(ctx, namespace)
	if apierrors.IsNotFound(err) && !covered {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the Secret of namespace %s: %w", namespace, err)
	}
	if !covered {
		return fmt.Errorf("namespace %s has a Secret and is not covered", namespace)
	}
	return world.CheckFresh(secret, configuredHosts)
}

// checkCauses is an error if the product has written a ServiceAccount more often than there was a reason to.
func (c *crowd) checkCauses() error {
	writes := map[string]int{}
	err := c.w.ReadAudit(func(entry world.AuditEntry) error {
		if entry.IsWriteOfProduct() && entry.ObjectRef.Resource == "serviceaccounts" && entry.ResponseStatus.Code == 200 {
			writes[entry.ObjectRef.Namespace+"/"+entry.ObjectRef.Name]++
		}
		return nil
	})
	for _, member := range c.members {
		for key, known := range member.accounts {
			if writes[key] > known.causes {
				err = errors.Join(err, fmt.Errorf("ServiceAccount %s was written %d times for %d reasons", key, writes[key], known.causes))
			}
		}
	}
	return err
}
