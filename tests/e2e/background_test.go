// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/world"
)

func TestAPrivateImageCanBePulledWithTheSecretOfTheNamespace(t *testing.T) {
	s := newScene(t)
	image := world.PublicHost + "/apps/background:v1"
	s.must(s.w.Push(s.ctx, image))
	if err := s.w.Pull(s.ctx, image, nil); !errors.Is(err, world.ErrPullRefused) {
		t.Fatalf("an anonymous pull: %v, want a refusal", err)
	}
	s.configure()
	namespace := s.namespace()

	s.startController()

	secret := s.awaitSecret(namespace, soon)
	s.awaitBound(namespace, "default", soon)
	s.must(s.w.PullWith(s.ctx, image, secret))
}

func TestC02ANewNamespaceIsServedWithinOneSecondWithoutACloudCall(t *testing.T) {
	s := newScene(t)
	s.configure()
	s.startServing()
	before := s.cloudCalls()

	for range 10 {
		begin := time.Now()
		namespace := s.namespace()
		s.awaitSecret(namespace, promised)
		s.eventually(promised, func() error { // the API server's own controller makes the ServiceAccount first
			_, err := s.pullSecrets(namespace, "default")
			return err
		})
		s.awaitBound(namespace, "default", promised)
		if took := time.Since(begin); took > promised {
			t.Fatalf("namespace %s was served after %s", namespace, took)
		}
	}

	if after := s.cloudCalls(); after != before {
		t.Fatalf("ten namespaces cost %d cloud calls", after-before)
	}
}

func TestWithoutWebhookServiceAccountsAreBoundWithinOneSecondAtTenPerSecond(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "*")
	s.startServing()
	namespace := s.namespace()
	s.awaitSecret(namespace, soon)
	before := s.cloudCalls()
	changes, err := s.client().CoreV1().ServiceAccounts(namespace).Watch(s.ctx, metav1.ListOptions{})
	s.must(err)
	defer changes.Stop()

	const count = 50
	created := map[string]time.Time{}
	pace := time.NewTicker(100 * time.Millisecond)
	defer pace.Stop()
	bound := map[string]time.Duration{}
	overdue := time.After(count*100*time.Millisecond + soon)
	for len(bound) < count {
		select {
		case <-pace.C:
			if len(created) < count {
				name := fmt.Sprintf("worker-%d", len(created))
				created[name] = time.Now()
				s.createAccount(namespace, name)
			}
		case change := <-changes.ResultChan():
			account, isAccount := change.Object.(*corev1.ServiceAccount)
			begin, ours := created[account.GetName()]
			if _, known := bound[account.GetName()]; isAccount && ours && !known && world.HasPullSecret(account, world.SecretName) {
				bound[account.Name] = time.Since(begin)
			}
		case <-overdue:
			t.Fatalf("only %d of %d ServiceAccounts were bound", len(bound), count)
		}
	}

	for name, took := range bound {
		if took > promised {
			t.Errorf("ServiceAccount %s was bound after %s", name, took)
		}
	}
	if after := s.cloudCalls(); after != before {
		t.Errorf("binding cost %d cloud calls", after-before)
	}
}

func TestForeignPullSecretsStayInTheirOrder(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "web")
	s.startServing()
	namespace := s.namespace()

	s.createAccount(namespace, "web", "zeta", "alpha", "zeta-2")

	s.awaitPullSecrets(namespace, "web", soon, "zeta", "alpha", "zeta-2", world.SecretName)
}

func TestOnlyNamedServiceAccountsOfWatchedNamespacesAreBound(t *testing.T) {
	s := newScene(t)
	watched, other := s.namespace(), s.namespace()
	for _, namespace := range []string{watched, other} {
		s.createAccount(namespace, "web")
		s.createAccount(namespace, "db")
	}

	s.configure("watch-namespace", watched, "service-account", "web")
	s.startController()

	s.awaitBound(watched, "web", soon)
	s.must(world.Throughout(s.ctx, promised, func() error {
		for _, account := range [][2]string{{watched, "db"}, {other, "web"}, {other, "db"}} {
			names, err := s.pullSecrets(account[0], account[1])
			if err != nil || len(names) > 0 {
				return fmt.Errorf("ServiceAccount %v lists %v (%v)", account, names, err)
			}
		}
		if _, err := s.secret(other); err == nil {
			return fmt.Errorf("namespace %s has a pull Secret", other)
		}
		return nil
	}))
}

func TestAServiceAccountThatLeavesTheListLosesOnlyOurEntry(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "default,web")
	s.startServing()
	namespace := s.namespace()
	s.createAccount(namespace, "web", "first", "second")
	s.awaitPullSecrets(namespace, "web", soon, "first", "second", world.SecretName)
	s.awaitBound(namespace, "default", soon)

	s.configure("service-account", "default")

	s.awaitPullSecrets(namespace, "web", soon, "first", "second")
	s.awaitBound(namespace, "default", promised)
	s.awaitSecret(namespace, promised)
}

func TestANamespaceThatLeavesTheListIsUnboundAndLosesItsSecret(t *testing.T) {
	s := newScene(t)
	stays, leaves := s.namespace(), s.namespace()
	s.configure("watch-namespace", stays+","+leaves)
	s.startController()
	for _, namespace := range []string{stays, leaves} {
		s.awaitSecret(namespace, soon)
		s.awaitBound(namespace, "default", soon)
	}
	before := s.snapshot(stays)

	s.configure("watch-namespace", stays)

	s.awaitPullSecrets(leaves, "default", soon)
	s.eventually(soon, func() error {
		if _, err := s.secret(leaves); err == nil {
			return fmt.Errorf("namespace %s still has its pull Secret", leaves)
		}
		return nil
	})
	s.unchanged(before, stays)
}

func TestADeletedSecretComesBackWithoutACloudCall(t *testing.T) {
	s := newScene(t)
	s.configure()
	s.startServing()
	namespace := s.namespace()
	old := s.awaitSecret(namespace, soon)
	before := s.cloudCalls()

	s.must(s.client().CoreV1().Secrets(namespace).Delete(s.ctx, world.SecretName, metav1.DeleteOptions{}))

	s.eventually(soon, func() error {
		secret, err := s.secret(namespace)
		if err == nil && secret.UID == old.UID {
			err = errors.New("the deletion has not happened")
		}
		if err == nil && !slices.Equal(secret.Data[corev1.DockerConfigJsonKey], old.Data[corev1.DockerConfigJsonKey]) {
			err = errors.New("the new Secret has other content")
		}
		return err
	})
	if after := s.cloudCalls(); after != before {
		t.Fatalf("it cost %d cloud calls", after-before)
	}
}
