// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"

	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

// startRelayed starts a controller that reaches kube-apiserver through a relay, and waits until it has served a namespace.
func (s *scene) startRelayed() (*world.Program, *testbed.Relay) {
	s.Helper()
	relay, err := testbed.StartRelay(s.w.Plane.Address())
	s.must(err)
	s.Cleanup(relay.Close)
	kubeconfig, err := s.w.Plane.KubeconfigVia(s.w.ControllerKubeconfig(), relay.Address())
	s.must(err)
	return s.startServing("--kubeconfig=" + kubeconfig), relay
}

// metrics is the sum of all series of a program whose line in the answer of /metrics begins like this.
func (s *scene) metrics(program *world.Program, prefix string) (sum float64) {
	s.Helper()
	text, err := program.Metrics(s.ctx)
	s.must(err)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			sum += s.valueOf(line)
		}
	}
	return sum
}

func TestC12AnExpiredHistoryToldInsideTheStreamCostsOneList(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "*")
	controller, relay := s.startRelayed()
	namespace := s.namespace()
	s.awaitBound(namespace, "default", soon)
	const lists, expired = `acr_watch_lists_total{resource="serviceaccounts"}`, `acr_watch_errors_total{kind="expired",resource="serviceaccounts"}`
	before := s.metrics(controller, lists)

	relay.Refuse(true)
	relay.Cut()
	s.createAccount(namespace, "late")
	// A server that has just started knows no history from before its start and says so to whoever asks to go on from there.
	s.w.Plane.StopAPIServer()
	s.must(s.w.Plane.StartAPIServer(s.ctx))
	relay.Refuse(false)

	// A watch that was refused is tried again after 15 s at the latest; told that its history has expired, it lists after as much.
	s.awaitBound(namespace, "late", 30*time.Second)
	if count := s.metrics(controller, expired); count != 1 {
		t.Fatalf("the history expired %v times, want once: the test shows nothing", count)
	}
	if made := s.metrics(controller, lists) - before; made != 1 {
		t.Errorf("%v lists were read, want one", made)
	}
	s.awaitSecret(s.namespace(), soon) // the other watches went through the same
}

func TestC13AConnectionThatFallsSilentIsGivenUp(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "*")
	controller, relay := s.startRelayed()
	namespace := s.namespace()
	s.awaitBound(namespace, "default", soon)
	const activity = `acr_watch_last_activity_timestamp_seconds{resource="serviceaccounts"`

	if relay.Freeze() == 0 {
		t.Fatal("there was no connection")
	}
	frozen := time.Now()
	s.createAccount(namespace, "late")

	s.eventually(2*time.Minute, func() error { // the admin can see it before it heals
		last := time.Unix(int64(s.metrics(controller, activity)), 0)
		if age := time.Since(last); last.Before(frozen.Add(-2*time.Minute)) || age < 90*time.Second {
			return fmt.Errorf("the metrics tell of the last activity %s ago", age)
		}
		return nil
	})
	s.awaitBound(namespace, "late", time.Until(frozen.Add(6*time.Minute)))
	t.Logf("bound %s after the connections fell silent", time.Since(frozen).Round(time.Second))
	s.awaitSecret(s.namespace(), time.Until(frozen.Add(6*time.Minute)))
	if !controller.Running() || !controller.Healthy(s.ctx) {
		t.Error("the controller has ended or is not healthy")
	}
}

func TestC14AStoreRestoredFromAnOlderCopyIsServedOn(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "*")
	absent := s.startServing()
	kept, emptied := s.namespace(), s.namespace()
	s.awaitBound(kept, "default", soon)
	s.awaitSecret(emptied, soon)
	s.must(absent.Stop(soon)) // else the Secret would be back before the copy is made
	s.must(s.client().CoreV1().Secrets(emptied).Delete(s.ctx, world.SecretName, metav1.DeleteOptions{}))
	backup, err := s.w.Plane.Backup(s.ctx)
	s.must(err)
	controller := s.startController()
	first := s.awaitSecret(emptied, 60*time.Second)
	before := ""
	for i := range 200 {
		forgotten, err := s.client().CoreV1().ConfigMaps(kept).Create(s.ctx,
			&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("forgotten-%d", i)}}, metav1.CreateOptions{})
		s.must(err)
		before = forgotten.ResourceVersion
	}

	s.must(s.w.Plane.Restore(s.ctx, backup))
	restored := time.Now()
	late := s.createAccount(kept, "late")

	s.awaitBound(kept, "late", 60*time.Second)
	t.Logf("a ServiceAccount is bound %s after the restore", time.Since(restored).Round(time.Millisecond))
	again := s.awaitSecret(emptied, 60*time.Second)
	if again.UID == first.UID || versionOf(t, late.ResourceVersion) >= versionOf(t, before) {
		t.Fatalf("versions did not go backwards: the test shows nothing (%s, then %s)", before, late.ResourceVersion)
	}
	if !controller.Running() {
		t.Errorf("the controller ended with exit code %d", controller.ExitCode())
	}
}

func versionOf(t *testing.T, resourceVersion string) int {
	t.Helper()
	number, err := strconv.Atoi(resourceVersion)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// revocableToken is a token of the controller's ServiceAccount with its id as the audit log shows it.
type revocableToken struct {
	text, id string
	revoke   func()
}

// mintToken gives a token that is good until it is revoked: it is bound to a Secret.
func (s *scene) mintToken() revocableToken {
	s.Helper()
	secrets, name := s.client().CoreV1().Secrets(world.OwnNamespace), s.freeName()
	anchor, err := secrets.Create(s.ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	s.must(err)
	token := revocableToken{revoke: sync.OnceFunc(func() {
		if err := secrets.Delete(context.Background(), name, metav1.DeleteOptions{}); err != nil {
			s.Error(err)
		}
	})}
	s.Cleanup(token.revoke)
	seconds := int64(600)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds,
		BoundObjectRef: &authenticationv1.BoundObjectReference{Kind: "Secret", APIVersion: "v1", Name: name, UID: anchor.UID}}}
	answer, err := s.client().CoreV1().ServiceAccounts(world.OwnNamespace).CreateToken(s.ctx, world.ControllerServiceAccount, request, metav1.CreateOptions{})
	s.must(err)
	token.text = answer.Status.Token
	parts := strings.Split(token.text, ".")
	if len(parts) != 3 {
		s.Fatal("the token is no JWT")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	s.must(err)
	var claims struct{ JTI string }
	s.must(json.Unmarshal(text, &claims))
	token.id = "JTI=" + claims.JTI
	return token
}

// mountToken lays a token out as kubelet does, so that a new one takes the place of the old in one move.
func (s *scene) mountToken(folder, token string) {
	s.Helper()
	version, err := os.MkdirTemp(folder, "..version-")
	s.must(err)
	s.must(os.WriteFile(filepath.Join(version, "token"), []byte(token), 0o600))
	next := filepath.Join(folder, "..data_tmp")
	s.must(os.Symlink(filepath.Base(version), next))
	s.must(os.Rename(next, filepath.Join(folder, "..data")))
	if err := os.Symlink(filepath.Join("..data", "token"), filepath.Join(folder, "token")); err != nil && !errors.Is(err, os.ErrExist) {
		s.must(err)
	}
}

func TestC16ANewTokenIsUsedBeforeTheOldOneIsRevoked(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "*")
	old, fresh := s.mintToken(), s.mintToken()
	folder := s.TempDir()
	s.mountToken(folder, old.text)
	config, err := clientcmd.LoadFromFile(s.w.ControllerKubeconfig())
	s.must(err)
	for _, user := range config.AuthInfos {
		user.TokenFile = filepath.Join(folder, "token")
	}
	kubeconfig := filepath.Join(folder, "kubeconfig")
	s.must(clientcmd.WriteToFile(*config, kubeconfig))
	controller := s.startServing("--kubeconfig=" + kubeconfig)
	namespace := s.namespace()
	s.awaitBound(namespace, "default", soon)

	s.mountToken(folder, fresh.text)
	rotated := time.Now()
	accounts := s.createAccounts(namespace, func(*corev1.ServiceAccount) error { return nil })
	s.eventually(70*time.Second, func() error {
		last := ""
		err := s.w.ReadAudit(func(entry world.AuditEntry) error {
			if entry.User.Username == world.ControllerUser && entry.ObjectRef.Resource == "serviceaccounts" {
				last = strings.Join(entry.User.Extra["authentication.kubernetes.io/credential-id"], " ")
			}
			return nil
		})
		if err == nil && last != fresh.id {
			err = errors.New("the last write was made with the old token")
		}
		return err
	})
	t.Logf("the new token is used %s after the rotation", time.Since(rotated).Round(time.Second))
	old.revoke()
	s.must(world.Throughout(s.ctx, 20*time.Second, func() error { // kube-apiserver remembers for ten seconds whom it let in
		if !controller.Running() || !controller.Ready(s.ctx) {
			return errors.New("the controller has ended or is not ready")
		}
		return nil
	}))
	accounts.end()
	for _, words := range []string{"Unauthorized", "work failed"} {
		if strings.Contains(controller.Log(), words) {
			t.Errorf("the log has %q:\n%s", words, controller.LogTail())
		}
	}
}
