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

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/retry"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/world"
)

func TestC03TwentyClientsThatAppendWhileTheProductStartsLoseNothing(t *testing.T) {
	s := newScene(t)
	namespace := s.namespace()
	s.createAccount(namespace, "api", "u1", "u2")
	s.configure("service-account", "api")
	accounts := s.client().CoreV1().ServiceAccounts(namespace)
	wanted := []string{"u1", "u2", world.SecretName}
	var clients sync.WaitGroup

	controller, err := s.w.StartController()
	s.must(err)
	for i := range 20 {
		entry := fmt.Sprintf("client-%d", i)
		wanted = append(wanted, entry)
		clients.Go(func() {
			err := world.Eventually(s.ctx, 30*time.Second, func() error { // until its own write was stored
				account, err := accounts.Get(s.ctx, "api", metav1.GetOptions{})
				if err != nil {
					return err
				}
				account.ImagePullSecrets = append(account.ImagePullSecrets, references(entry)...)
				_, err = accounts.Update(s.ctx, account, metav1.UpdateOptions{})
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	clients.Wait()
	s.must(controller.AwaitReady(s.ctx, startLimit))

	slices.Sort(wanted)
	s.eventually(30*time.Second, func() error {
		names, err := s.pullSecrets(namespace, "api")
		slices.Sort(names)
		if err == nil && !slices.Equal(names, wanted) {
			err = fmt.Errorf("the list has %d entries: %v", len(names), names)
		}
		return err
	})
	if _, err := s.w.CheckGuardedWrites(); err != nil {
		t.Fatal(err)
	}
}

func TestC05ARestoredBackupIsPutRightAndForeignEntriesStay(t *testing.T) {
	s := newScene(t)
	s.configure()
	s.startServing()
	namespace := s.namespace()
	served := s.awaitSecret(namespace, soon)
	s.awaitBound(namespace, "default", soon)

	backup := served.DeepCopy()
	backup.Data[corev1.DockerConfigJsonKey] = []byte(`{"auths":{"` + world.PublicHost + `":{"auth":"bGFzdDptb250aA=="}}}`)
	_, err := s.client().CoreV1().Secrets(namespace).Update(s.ctx, backup, metav1.UpdateOptions{})
	s.must(err)
	_, err = s.client().CoreV1().ServiceAccounts(namespace).Patch(s.ctx, "default", types.MergePatchType, fmt.Appendf(nil,
		`{"imagePullSecrets":[{"name":%q},{"name":%q},{"name":"gone-dockercfg-abc"}]}`, world.SecretName, world.SecretName), metav1.PatchOptions{})
	s.must(err)

	s.eventually(5*time.Second, func() error { // by its content: its annotations and label are as they were
		secret, err := s.secret(namespace)
		if err == nil && !slices.Equal(secret.Data[corev1.DockerConfigJsonKey], served.Data[corev1.DockerConfigJsonKey]) {
			err = errors.New("the Secret holds the old content")
		}
		return err
	})
	s.awaitPullSecrets(namespace, "default", 5*time.Second, world.SecretName, "gone-dockercfg-abc")
}

func TestC09ANamespaceWhoseQuotaIsFullIsRefreshedAndServedOnceThereIsRoom(t *testing.T) {
	s := newScene(t)
	s.shortenLogins()
	s.configure()
	s.startController()
	web, full := s.namespace(), s.namespace()
	first := s.awaitSecret(web, startLimit)
	for _, namespace := range []string{web, full} {
		if namespace == full {
			s.awaitSecret(full, soon)
		}
		quota := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "none"},
			Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"count/secrets": resource.MustParse("0")}}}
		_, err := s.client().CoreV1().ResourceQuotas(namespace).Create(s.ctx, quota, metav1.CreateOptions{})
		s.must(err)
		s.eventually(startLimit, func() error {
			_, err := s.client().CoreV1().Secrets(namespace).Create(s.ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "probe"}},
				metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
			if err == nil || !strings.Contains(err.Error(), "exceeded quota") {
				return fmt.Errorf("the quota is not in force: %v", err)
			}
			return nil
		})
	}

	s.awaitTwoRefreshes(web, "cri-acme0000000000")
	if now := s.awaitHosts(web, soon, acmeHosts...); now.UID != first.UID {
		t.Error("the Secret was made anew")
	}

	s.must(s.client().CoreV1().Secrets(full).Delete(s.ctx, world.SecretName, metav1.DeleteOptions{}))
	s.awaitSecret(s.namespace(), promised) // nobody waits for it
	s.must(s.client().CoreV1().ResourceQuotas(full).Delete(s.ctx, "none", metav1.DeleteOptions{}))
	s.awaitSecret(full, 60*time.Second)
}

func TestC10ARightThatIsMissingForAWhileIsNamedAndDelaysNobodyForEver(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "*")
	controller := s.startServing()
	namespace := s.namespace()
	s.awaitBound(namespace, "default", soon)
	roles := s.client().RbacV1().ClusterRoles()
	role, err := roles.Get(s.ctx, world.ControllerRole, metav1.GetOptions{})
	s.must(err)
	allow := func(verbs ...string) {
		t.Helper()
		s.must(retry.RetryOnConflict(retry.DefaultBackoff, func() error {
			now, err := roles.Get(t.Context(), role.Name, metav1.GetOptions{})
			if err != nil {
				return err
			}
			for i, rule := range now.Rules {
				if slices.Contains(rule.Resources, "serviceaccounts") {
					now.Rules[i].Verbs = verbs
				}
			}
			_, err = roles.Update(t.Context(), now, metav1.UpdateOptions{})
			return err
		}))
	}

	allow("get", "list", "watch")
	began := time.Now()
	defer allow("get", "list", "watch", "patch")
	s.createAccount(namespace, "late")
	s.awaitLog(controller, "work failed", "late", "cannot patch resource", "serviceaccounts", world.ControllerUser)
	s.awaitSecret(s.namespace(), promised) // what needs other rights goes on
	s.must(world.Throughout(s.ctx, 5*time.Second, func() error {
		if !controller.Ready(s.ctx) || !controller.Healthy(s.ctx) {
			return errors.New("a missing right made the controller unready or unhealthy")
		}
		return nil
	}))
	if tries := s.productWrites(began, "patch", "serviceaccounts", namespace, "late"); tries > 12 {
		t.Errorf("it tried %d times in %s", tries, time.Since(began))
	}

	allow("get", "list", "watch", "patch")
	s.awaitBound(namespace, "late", 60*time.Second)
}

func TestC17ANamespaceStuckInTerminatingDisturbsNobody(t *testing.T) {
	s := newScene(t)
	s.shortenLogins()
	s.configure()
	controller := s.startController()
	stuck := s.namespace()
	s.awaitSecret(stuck, startLimit)
	_, err := s.client().CoreV1().ConfigMaps(stuck).Create(s.ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "holds", Finalizers: []string{"example.com/nobody"}}}, metav1.CreateOptions{})
	s.must(err)
	defer func() {
		_, err := s.client().CoreV1().ConfigMaps(stuck).Patch(t.Context(), "holds", types.MergePatchType,
			[]byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
		s.must(err)
	}()
	var others []string
	for range 5 {
		others = append(others, s.namespace())
	}

	s.must(s.client().CoreV1().Namespaces().Delete(s.ctx, stuck, metav1.DeleteOptions{}))
	s.eventually(goneLimit, func() error {
		if _, err := s.secret(stuck); err == nil {
			return errors.New("the Secret of the dying namespace is still there")
		}
		return nil
	})
	began := time.Now()
	s.awaitTwoRefreshes(others[0], "cri-acme0000000000")

	for _, namespace := range others {
		secret := s.awaitHosts(namespace, soon, acmeHosts...)
		if expires, err := world.Ends(secret); err != nil || time.Until(expires) < 0 {
			t.Errorf("the Secret of namespace %s expired at %s (%v)", namespace, expires, err)
		}
	}
	for _, write := range s.writesOfTheProduct(began) {
		if strings.Contains(write, " "+stuck+"/") {
			t.Errorf("in the dying namespace: %s", write)
		}
	}
	if told := strings.Count(controller.Log(), `"namespace":"`+stuck+`"`); told > 1 {
		t.Errorf("the log speaks %d times of the dying namespace", told)
	}
}

func TestC22OverRotationsTheUidStaysAndEachIsOneWrite(t *testing.T) {
	s := newScene(t)
	s.shortenLogins()
	s.configure()
	s.startController()
	var namespaces []string
	for range 3 {
		namespaces = append(namespaces, s.namespace())
	}
	for _, namespace := range namespaces {
		s.awaitHosts(namespace, startLimit, acmeHosts...)
	}
	var mu sync.Mutex
	changes := map[string]int{}
	end := s.watchSecrets(func(old, now *corev1.Secret) error {
		if now == nil || now.UID != old.UID {
			return fmt.Errorf("the Secret of namespace %s was deleted or made anew", old.Namespace)
		}
		if slices.Equal(old.Data[corev1.DockerConfigJsonKey], now.Data[corev1.DockerConfigJsonKey]) {
			return fmt.Errorf("the Secret of namespace %s was written and not changed", now.Namespace)
		}
		mu.Lock()
		defer mu.Unlock()
		changes[now.Namespace]++
		return nil
	})
	logins := s.logins("cri-acme0000000000")

	for range 5 {
		s.awaitTwoRefreshes(namespaces[0], "cri-acme0000000000")
	}

	rotations := s.logins("cri-acme0000000000") - logins
	s.eventually(soon, func() error {
		mu.Lock()
		defer mu.Unlock()
		for _, namespace := range namespaces {
			if count := changes[namespace]; count < rotations-1 || count > rotations+1 {
				return fmt.Errorf("%d rotations were %d writes in namespace %s", rotations, count, namespace)
			}
		}
		return nil
	})
	end()
}

func TestC23AnIdleClusterIsNotWritten(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "*")
	s.startServing()
	var namespaces []string
	for range 5 {
		namespace := s.namespace()
		for i := range 4 {
			s.createAccount(namespace, fmt.Sprintf("worker-%d", i))
		}
		namespaces = append(namespaces, namespace)
	}
	created := s.began
	for _, namespace := range namespaces {
		for i := range 4 {
			s.awaitBound(namespace, fmt.Sprintf("worker-%d", i), soon)
		}
		s.awaitBound(namespace, "default", soon)
		s.awaitSecret(namespace, soon)
	}
	s.awaitEvent("ImagePullSecretAttached", soon, noted("attached"))
	before := s.snapshot(namespaces...)
	<-time.After(5 * time.Second) // Events about the bindings are posted behind them
	began := time.Now()

	<-time.After(20 * time.Second)

	if writes := s.writesOfTheProduct(began); len(writes) > 0 {
		t.Errorf("in 20 s without any change the product wrote: %v", writes)
	}
	s.unchanged(before, namespaces...)
	for _, namespace := range namespaces { // LW-23: and each object was written once in all
		for i := range 4 {
			if count := s.productWrites(created, "patch", "serviceaccounts", namespace, fmt.Sprintf("worker-%d", i)); count != 1 {
				t.Errorf("worker-%d of namespace %s was written %d times", i, namespace, count)
			}
		}
		if count := s.productWrites(created, "patch", "secrets", namespace, world.SecretName); count != 0 {
			t.Errorf("the Secret of namespace %s was written %d times after its creation", namespace, count)
		}
	}
}

func TestAnotherAdmissionThatRejectsOneNamespaceDelaysNoOther(t *testing.T) {
	s := newScene(t)
	s.from(world.FenceFrom) // it is a policy like those
	s.configure("service-account", "*")
	s.startServing()
	bad := s.namespaceOf(metav1.ObjectMeta{Labels: map[string]string{"e2e": s.freeName()}})
	namespace, err := s.client().CoreV1().Namespaces().Get(s.ctx, bad, metav1.GetOptions{})
	s.must(err)
	fail, deny := admissionv1.Fail, []admissionv1.ValidationAction{admissionv1.Deny}
	policies, meta := s.client().AdmissionregistrationV1(), metav1.ObjectMeta{Name: bad}
	_, err = policies.ValidatingAdmissionPolicies().Create(s.ctx, &admissionv1.ValidatingAdmissionPolicy{ObjectMeta: meta,
		Spec: admissionv1.ValidatingAdmissionPolicySpec{
			FailurePolicy: &fail,
			MatchConstraints: &admissionv1.MatchResources{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"e2e": namespace.Labels["e2e"]}},
				ResourceRules: []admissionv1.NamedRuleWithOperations{{RuleWithOperations: admissionv1.RuleWithOperations{
					Operations: []admissionv1.OperationType{admissionv1.Update},
					Rule:       admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"serviceaccounts"}}}}},
			},
			Validations: []admissionv1.Validation{{Expression: "false", Message: "nobody may"}},
		}}, metav1.CreateOptions{})
	s.must(err)
	_, err = policies.ValidatingAdmissionPolicyBindings().Create(s.ctx, &admissionv1.ValidatingAdmissionPolicyBinding{ObjectMeta: meta,
		Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{PolicyName: bad, ValidationActions: deny}}, metav1.CreateOptions{})
	s.must(err)
	defer func() {
		_ = policies.ValidatingAdmissionPolicyBindings().Delete(t.Context(), bad, metav1.DeleteOptions{})
		_ = policies.ValidatingAdmissionPolicies().Delete(t.Context(), bad, metav1.DeleteOptions{})
	}()
	s.eventually(startLimit, func() error { // it takes the API server a moment
		_, err := s.client().CoreV1().ServiceAccounts(bad).Patch(s.ctx, "default", types.MergePatchType,
			[]byte(`{"metadata":{"labels":{"a":"b"}}}`), metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil || !strings.Contains(err.Error(), "nobody may") {
			return fmt.Errorf("the policy is not in force: %v", err)
		}
		return nil
	})

	began := time.Now()
	for i := range 30 {
		s.createAccount(bad, fmt.Sprintf("refused-%d", i))
	}
	good := s.namespace()
	s.awaitSecret(good, promised)
	s.awaitBound(good, "default", promised)
	<-time.After(5 * time.Second)
	if tries := s.productWrites(began, "patch", "serviceaccounts", bad, "refused-7"); tries < 3 || tries > 12 {
		t.Errorf("it tried %d times in %s", tries, time.Since(began))
	}
	s.must(policies.ValidatingAdmissionPolicyBindings().Delete(s.ctx, bad, metav1.DeleteOptions{}))
	s.awaitBound(bad, "refused-7", 30*time.Second)
}

func TestAnImmutableSecretOfOursIsReplacedOnlyWhenItsContentChanges(t *testing.T) {
	s := newScene(t)
	s.must(s.w.Cloud.SetLifetimes(s.ctx, cloud.Lifetimes{RegistryToken: cloud.Duration(30 * time.Second)}))
	s.configure("expiring-threshold", "10s")
	s.startController()
	frozen, plain := s.namespace(), s.namespace()
	first, other := s.awaitSecret(frozen, startLimit), s.awaitSecret(plain, startLimit)
	_, err := s.client().CoreV1().Secrets(frozen).Patch(s.ctx, world.SecretName, types.MergePatchType, []byte(`{"immutable":true}`), metav1.PatchOptions{})
	s.must(err)
	s.awaitSecret(s.namespace(), soon) // what came before it has been looked at
	if now := s.awaitSecret(frozen, 0); now.UID != first.UID {
		t.Fatal("it was replaced although its content was right")
	}

	s.eventually(60*time.Second, func() error {
		now, err := s.secret(plain)
		if err == nil && now.ResourceVersion == other.ResourceVersion {
			err = errors.New("there was no rotation")
		}
		return err
	})
	s.eventually(soon, func() error {
		now, err := s.secret(frozen)
		if err == nil && (now.UID == first.UID || now.Immutable != nil) {
			err = errors.New("it was not replaced")
		}
		return err
	})
	if now := s.awaitSecret(plain, 0); now.UID != other.UID {
		t.Error("a Secret that is not immutable was made anew")
	}
}
