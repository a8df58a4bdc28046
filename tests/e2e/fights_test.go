// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/world"
)

const (
	// within which an object is right again once the other client has stopped
	longestPause = 60 * time.Second
	// of a fight in a test; the whole ten minutes are played in simulated time by the unit tests
	fightTime = 40 * time.Second
)

// opponent is another client that looks every so often and undoes what the product wrote, under a field manager of its own.
type opponent struct {
	stop    func()
	undoing func() int // how often it has undone something
}

// startOpponent calls undo, which says whether there was anything to undo, until it is stopped.
func (s *scene) startOpponent(every time.Duration, undo func() (bool, error)) *opponent {
	s.Helper()
	var mu sync.Mutex
	count := 0
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		pace := time.NewTicker(every)
		defer pace.Stop()
		for {
			select {
			case <-end:
				return
			case <-pace.C:
			}
			undone, err := undo()
			if err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
				s.Error(err)
			}
			if undone && err == nil {
				mu.Lock()
				count++
				mu.Unlock()
			}
		}
	}()
	stop := sync.OnceFunc(func() { close(end); <-ended })
	s.Cleanup(stop)
	return &opponent{stop: stop, undoing: func() int { mu.Lock(); defer mu.Unlock(); return count }}
}

// strip is an opponent's move: the list of a ServiceAccount is set to these entries.
func (s *scene) strip(namespace, name, manager string, entries ...string) func() (bool, error) {
	accounts := s.client().CoreV1().ServiceAccounts(namespace)
	return func() (bool, error) {
		account, err := accounts.Get(s.ctx, name, metav1.GetOptions{})
		if err != nil || slices.Equal(namesOf(account), entries) {
			return false, err
		}
		account.ImagePullSecrets = references(entries...)
		_, err = accounts.Update(s.ctx, account, metav1.UpdateOptions{FieldManager: manager})
		return true, err
	}
}

// productWrites counts the product's writes to one object since a time.
func (s *scene) productWrites(since time.Time, verb, resource, namespace, name string) (count int) {
	s.Helper()
	for _, write := range s.writesOfTheProduct(since) {
		if write == fmt.Sprintf("%s %s %s/%s", verb, resource, namespace, name) {
			count++
		}
	}
	return count
}

func aboutObject(namespace, name string, words ...string) func(eventsv1.Event) error {
	return func(event eventsv1.Event) error {
		if event.Regarding.Namespace != namespace || event.Regarding.Name != name {
			return fmt.Errorf("the last Event is about %s/%s", event.Regarding.Namespace, event.Regarding.Name)
		}
		return holdsAll("the Event", event.Note, words...)
	}
}

func TestC04AClientThatStripsTheEntryIsAnsweredEverMoreSlowlyAndNamed(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "*")
	controller := s.startServing()
	namespace := s.namespace()
	s.createAccount(namespace, "api", "u1")
	s.createAccount(namespace, "peaceful", "u1")
	s.awaitPullSecrets(namespace, "api", soon, "u1", world.SecretName)
	s.awaitPullSecrets(namespace, "peaceful", soon, "u1", world.SecretName)
	s.awaitBound(namespace, "default", soon)
	before, began := s.snapshot(namespace), time.Now()

	gitops := s.startOpponent(20*time.Millisecond, s.strip(namespace, "api", "gitops-engine", "u1"))
	s.eventually(soon, func() error { // the first answer is at once, however quick the other is
		if gitops.undoing() < 2 {
			return errors.New("the entry has not come back")
		}
		return nil
	})

	s.awaitEvent("BindingStripped", soon, aboutObject(namespace, "api", `field manager "gitops-engine"`, "exclude"))
	s.eventually(soon, func() error {
		text, err := controller.Metrics(s.ctx)
		if err == nil && !strings.Contains(text, `acr_bindings_stripped_total{manager="unknown"}`) {
			err = errors.New("no metric counts it")
		}
		return err
	})
	s.createAccount(namespace, "newcomer")
	s.awaitBound(namespace, "newcomer", promised) // others do not wait for the fight
	<-time.After(time.Until(began.Add(fightTime)))
	if writes := s.productWrites(began, "patch", "serviceaccounts", namespace, "api"); writes > 10 || writes < 4 {
		t.Errorf("in %s the product wrote %d times to the stripped account, the other %d times", fightTime, writes, gitops.undoing())
	}
	after := s.snapshot(namespace)
	for _, name := range []string{"default", "peaceful"} {
		if place := "ServiceAccount " + namespace + "/" + name; before[place] != after[place] {
			t.Errorf("%s was written", place)
		}
	}

	gitops.stop()
	took := s.eventually(longestPause+promised, func() error {
		names, err := s.pullSecrets(namespace, "api")
		if err == nil && !slices.Equal(names, []string{"u1", world.SecretName}) {
			err = fmt.Errorf("the list is %v", names)
		}
		return err
	})
	t.Logf("bound %s after the last strip", took.Round(time.Millisecond))
}

func TestC08ASecondWriterOfThePullSecretIsNamedAndNotFoughtForEver(t *testing.T) {
	s := newScene(t)
	s.configure()
	controller := s.startServing()
	namespace := s.namespace()
	secret := s.awaitSecret(namespace, soon)
	s.awaitHosts(namespace, soon, acmeHosts...)
	other := []byte(`{"auths":{"other.example.com":{"auth":"dTpw"}}}`)
	began := time.Now()

	secrets := s.client().CoreV1().Secrets(namespace)
	vendor := s.startOpponent(20*time.Millisecond, func() (bool, error) {
		current, err := secrets.Get(s.ctx, world.SecretName, metav1.GetOptions{})
		if err != nil || string(current.Data[corev1.DockerConfigJsonKey]) == string(other) {
			return false, err
		}
		current.Data = map[string][]byte{corev1.DockerConfigJsonKey: other}
		_, err = secrets.Update(s.ctx, current, metav1.UpdateOptions{FieldManager: "aliyun-acr-credential-helper"})
		return true, err
	})

	s.awaitEvent("ForeignWriter", soon, aboutObject(namespace, world.SecretName, `field manager "aliyun-acr-credential-helper"`))
	s.eventually(longestPause, func() error { // counted by its name from the telling on
		text, err := controller.Metrics(s.ctx)
		if err == nil && !strings.Contains(text, `acr_secret_foreign_writes_total{manager="aliyun-acr-credential-helper"}`) {
			err = errors.New("no metric names the other writer")
		}
		return err
	})
	<-time.After(time.Until(began.Add(fightTime)))
	if writes := s.productWrites(began, "patch", "secrets", namespace, world.SecretName); writes > 10 || writes < 4 {
		t.Errorf("in %s the product wrote the Secret %d times, the other %d times", fightTime, writes, vendor.undoing())
	}
	fresh := s.namespace()
	s.awaitHosts(fresh, promised, acmeHosts...)

	vendor.stop()
	if now := s.awaitHosts(namespace, longestPause+promised, acmeHosts...); now.UID != secret.UID {
		t.Error("the Secret was made anew")
	}
}

func TestC06ADeletedSecretComesBackAgainAndAgainAndNobodyElseIsTouched(t *testing.T) {
	s := newScene(t)
	s.configure()
	s.startServing()
	var namespaces []string
	for range 3 {
		namespace := s.namespace()
		s.awaitSecret(namespace, soon)
		s.awaitBound(namespace, "default", soon)
		namespaces = append(namespaces, namespace)
	}
	others := []string{namespaces[0], namespaces[2]}
	before, calls := s.snapshot(others...), s.cloudCalls()

	for _, limit := range []time.Duration{5 * time.Second, 10 * time.Second} {
		old, err := s.secret(namespaces[1])
		s.must(err)
		s.must(s.client().CoreV1().Secrets(namespaces[1]).Delete(s.ctx, world.SecretName, metav1.DeleteOptions{}))
		s.eventually(limit, func() error {
			secret, err := s.secret(namespaces[1])
			if err == nil && secret.UID == old.UID {
				err = errors.New("the deletion has not happened")
			}
			return err
		})
	}

	s.unchanged(before, others...)
	if after := s.cloudCalls(); after != calls {
		t.Errorf("it cost %d cloud calls", after-calls)
	}
}
