// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"acr-credential-helper/tests/world"
)

// awaitLog waits until a program's log has a line with all of these words.
func (s *scene) awaitLog(program *world.Program, words ...string) {
	s.Helper()
	s.eventually(startLimit, func() error {
		for line := range strings.SplitSeq(program.Log(), "\n") {
			if holdsAll("the line", line, words...) == nil {
				return nil
			}
		}
		return fmt.Errorf("no line of the log has %q", words)
	})
}

// awaitEnd waits until a program that does one thing has done it and returns its exit code.
func (s *scene) awaitEnd(program *world.Program) int {
	s.Helper()
	code, err := program.Wait(60 * time.Second)
	s.must(err)
	return code
}

func (s *scene) noWritesOfTheProduct(since time.Time) {
	s.Helper()
	writes := s.writesOfTheProduct(since)
	for _, write := range writes {
		if !strings.HasPrefix(write, "create selfsubjectreviews ") { // stores nothing: it asks "who am I?"
			s.Errorf("the product wrote: %s", write)
		}
	}
	if _, err := s.client().CoordinationV1().Leases(world.OwnNamespace).Get(s.ctx, world.LeaseName, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		s.Errorf("the Lease: %v, want none", err)
	}
}

func TestADryRunDecidesEverythingTellsItAndWritesNothing(t *testing.T) {
	s := newScene(t)
	inside, outside := s.namespace(), s.namespace()
	s.createAccount(inside, "web", "theirs")
	s.createAccount(outside, "web", world.SecretName, "theirs")
	s.configure("watch-namespace", inside, "service-account", "web", "webhook-configuration", world.WebhookOn)
	before := time.Now()

	controller := s.startController("--dry-run")

	s.awaitLog(controller, "would write the pull secret", inside, "create", world.PublicHost)
	s.awaitLog(controller, "would change imagePullSecrets", inside+"/web", `theirs,`+world.SecretName)
	s.awaitLog(controller, "would change imagePullSecrets", outside+"/web", `"then":"theirs"`)
	s.awaitLog(controller, "would write the state secret")
	s.awaitLog(controller, "would write an Event", "CredentialRefreshed")
	s.must(controller.Stop(soon))
	s.noWritesOfTheProduct(before)
	if _, err := s.secret(inside); !apierrors.IsNotFound(err) {
		t.Errorf("the pull Secret: %v, want none", err)
	}
	s.awaitPullSecrets(inside, "web", 0, "theirs")
	s.awaitPullSecrets(outside, "web", 0, world.SecretName, "theirs")
}

func TestADryRunOfCleanupShowsWhatWouldGoAndTakesNothing(t *testing.T) {
	s := newScene(t)
	s.configure()
	controller := s.startServing()
	namespace := s.namespace()
	s.awaitBound(namespace, "default", soon)
	s.awaitSecret(namespace, soon)
	s.must(controller.Stop(soon))
	s.must(s.client().CoordinationV1().Leases(world.OwnNamespace).Delete(s.ctx, world.LeaseName, metav1.DeleteOptions{}))
	before, snapshot := time.Now(), s.snapshot(namespace)

	cleanup, err := s.w.StartController("--cleanup", "--dry-run")
	s.must(err)

	if code := s.awaitEnd(cleanup); code != 0 {
		t.Fatalf("it ended with exit code %d:\n%s", code, cleanup.LogTail())
	}
	s.awaitLog(cleanup, "would send", "PATCH", "/api/v1/namespaces/"+namespace+"/serviceaccounts/default")
	s.awaitLog(cleanup, "would send", "DELETE", "/api/v1/namespaces/"+namespace+"/secrets/"+world.SecretName)
	s.awaitLog(cleanup, "dry run: cleanup would take away")
	s.unchanged(snapshot, namespace)
	s.noWritesOfTheProduct(before)
}

func TestCleanupAgainstARunningLeaderLeavesACleanCluster(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "*")
	controller := s.startServing()
	namespace := s.namespace()
	for i := range 20 {
		s.createAccount(namespace, fmt.Sprintf("worker-%d", i), "theirs")
	}
	s.awaitPullSecrets(namespace, "worker-19", soon, "theirs", world.SecretName)
	s.awaitSecret(namespace, soon)

	cleanup, err := s.w.StartController("--cleanup")
	s.must(err)

	if code := s.awaitEnd(cleanup); code != 0 {
		t.Fatalf("it ended with exit code %d:\n%s", code, cleanup.LogTail())
	}
	s.must(world.Throughout(s.ctx, soon, func() error { // the leader stands by while the Lease is held
		accounts, err := s.client().CoreV1().ServiceAccounts(metav1.NamespaceAll).List(s.ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, account := range accounts.Items {
			if world.HasPullSecret(&account, world.SecretName) {
				return fmt.Errorf("ServiceAccount %s/%s is bound", account.Namespace, account.Name)
			}
		}
		if _, err := s.secret(namespace); !apierrors.IsNotFound(err) {
			return fmt.Errorf("the pull Secret: %v, want none", err)
		}
		return nil
	}))
	s.awaitPullSecrets(namespace, "worker-7", 0, "theirs")
	if holder := s.leader(); holder != "cleanup" {
		t.Errorf("the Lease is held by %q", holder)
	}
	if !controller.Running() || !controller.Healthy(s.ctx) {
		t.Error("the controller that runs on is not well")
	}
}

const oldSecretName = "acr-credential-of-old"

func TestBindingsOfAPreviousSecretNameMoveInPlaceAndTheLabelledOldSecretGoes(t *testing.T) {
	s := newScene(t)
	s.installed("previousSecretNames={" + oldSecretName + "}")
	ours, foreign := s.namespace(), s.namespace()
	for _, namespace := range []string{ours, foreign} {
		old := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: oldSecretName}, Type: corev1.SecretTypeDockerConfigJson,
			Data: map[string][]byte{corev1.DockerConfigJsonKey: []byte(`{"auths":{}}`)}}
		if namespace == ours {
			old.Labels = map[string]string{"app.kubernetes.io/managed-by": "acr-credential-helper"}
		}
		_, err := s.client().CoreV1().Secrets(namespace).Create(s.ctx, old, metav1.CreateOptions{})
		s.must(err)
		s.createAccount(namespace, "web", "first", oldSecretName, "last")
	}
	s.configure("service-account", "*")
	never := s.watchAccounts(func(old, now *corev1.ServiceAccount) error {
		if old.Name == "web" && now != nil && !world.HasPullSecret(now, world.SecretName) && !world.HasPullSecret(now, oldSecretName) {
			return fmt.Errorf("ServiceAccount %s/web has neither entry", now.Namespace)
		}
		if now != nil && world.HasPullSecret(now, world.SecretName) && old.Name == "web" {
			if _, err := s.secret(now.Namespace); err != nil {
				return fmt.Errorf("ServiceAccount %s/web was moved before the Secret was there: %w", now.Namespace, err)
			}
		}
		return nil
	})

	s.startController("--previous-secret-name=" + oldSecretName)

	for _, namespace := range []string{ours, foreign} {
		s.awaitPullSecrets(namespace, "web", startLimit, "first", world.SecretName, "last")
	}
	oldSecret := func(namespace string) error {
		_, err := s.client().CoreV1().Secrets(namespace).Get(s.ctx, oldSecretName, metav1.GetOptions{})
		return err
	}
	s.eventually(soon, func() error {
		if err := oldSecret(ours); !apierrors.IsNotFound(err) {
			return errors.New("our old Secret is still there")
		}
		return nil
	})
	never()
	s.must(oldSecret(foreign))
}

func TestBindingsFromBeforeARestartThatLeftTheScopeAreTakenBack(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "default,web")
	controller := s.startServing()
	stays, leaves := s.namespace(), s.namespace()
	for _, namespace := range []string{stays, leaves} {
		s.createAccount(namespace, "web", "theirs")
		s.awaitPullSecrets(namespace, "web", soon, "theirs", world.SecretName)
		s.awaitBound(namespace, "default", soon)
		s.awaitSecret(namespace, soon)
	}
	s.must(controller.Stop(soon))
	// While nobody looks: an account out of the list, a namespace opted out, one entry twice.
	s.configure("service-account", "default")
	s.mark(leaves, true, "labels", true)
	_, err := s.client().CoreV1().ServiceAccounts(stays).Patch(s.ctx, "default", types.MergePatchType,
		fmt.Appendf(nil, `{"imagePullSecrets":[{"name":%q},{"name":"x"},{"name":%q}]}`, world.SecretName, world.SecretName), metav1.PatchOptions{})
	s.must(err)

	s.startController()

	s.awaitPullSecrets(stays, "web", startLimit, "theirs")
	s.awaitPullSecrets(leaves, "web", soon, "theirs")
	s.awaitPullSecrets(leaves, "default", soon)
	s.awaitPullSecrets(stays, "default", soon, world.SecretName, "x")
	s.eventually(soon, func() error {
		if _, err := s.secret(leaves); !apierrors.IsNotFound(err) {
			return fmt.Errorf("the Secret of the namespace that left: %v", err)
		}
		return nil
	})
	s.awaitSecret(stays, 0)
}
