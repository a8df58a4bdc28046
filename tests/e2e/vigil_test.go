// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"

	"acr-credential-helper/tests/world"
)

// vigil watches all objects of a kind and remembers each change that a condition forbids; now is nil at a deletion. The
// returned function ends it: once the watch has told all that `versions` (resourceVersion by namespace/name) lists, it
// fails the test if anything forbidden was among it.
func vigil[T any](s *scene, informer cache.SharedIndexInformer, start func(), versions func() (map[string]string, error),
	forbidden func(old, now *T) error) (end func()) {
	s.Helper()
	var mu sync.Mutex
	var broken []error
	judge := func(old, now *T) {
		if err := forbidden(old, now); err != nil {
			mu.Lock()
			defer mu.Unlock()
			broken = append(broken, err)
		}
	}
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		UpdateFunc: func(old, now any) { judge(old.(*T), now.(*T)) },
		DeleteFunc: func(gone any) {
			if old, known := gone.(*T); known {
				judge(old, nil)
			}
		},
	})
	s.must(err)
	start()
	if !cache.WaitForCacheSync(s.ctx.Done(), informer.HasSynced) {
		s.Fatal("the watch did not begin")
	}
	return func() {
		s.Helper()
		s.eventually(soon, func() error {
			wanted, err := versions()
			if err != nil {
				return err
			}
			told := map[string]string{}
			for _, object := range informer.GetStore().List() {
				meta := object.(metav1.Object)
				told[meta.GetNamespace()+"/"+meta.GetName()] = meta.GetResourceVersion()
			}
			if !maps.Equal(told, wanted) {
				return fmt.Errorf("the watch is behind: it tells of %d objects, %d are there", len(told), len(wanted))
			}
			return nil
		})
		mu.Lock()
		defer mu.Unlock()
		for _, err := range broken {
			s.Error(err)
		}
		if len(broken) > 0 {
			s.FailNow()
		}
	}
}

func (s *scene) watchAccounts(forbidden func(old, now *corev1.ServiceAccount) error) (end func()) {
	s.Helper()
	factory := informers.NewSharedInformerFactory(s.client(), 0)
	return vigil(s, factory.Core().V1().ServiceAccounts().Informer(), func() { factory.Start(s.ctx.Done()) },
		func() (map[string]string, error) {
			accounts, err := s.client().CoreV1().ServiceAccounts(metav1.NamespaceAll).List(s.ctx, metav1.ListOptions{})
			if err != nil {
				return nil, err
			}
			versions := map[string]string{}
			for _, account := range accounts.Items {
				versions[account.Namespace+"/"+account.Name] = account.ResourceVersion
			}
			return versions, nil
		}, forbidden)
}

func (s *scene) watchSecrets(forbidden func(old, now *corev1.Secret) error) (end func()) {
	s.Helper()
	onlyOurs := func(options *metav1.ListOptions) { options.FieldSelector = "metadata.name=" + world.SecretName }
	factory := informers.NewSharedInformerFactoryWithOptions(s.client(), 0, informers.WithTweakListOptions(onlyOurs))
	return vigil(s, factory.Core().V1().Secrets().Informer(), func() { factory.Start(s.ctx.Done()) },
		func() (map[string]string, error) {
			var options metav1.ListOptions
			onlyOurs(&options)
			secrets, err := s.client().CoreV1().Secrets(metav1.NamespaceAll).List(s.ctx, options)
			if err != nil {
				return nil, err
			}
			versions := map[string]string{}
			for _, secret := range secrets.Items {
				versions[secret.Namespace+"/"+secret.Name] = secret.ResourceVersion
			}
			return versions, nil
		}, forbidden)
}

// neverUnbound forbids that a bound ServiceAccount of these namespaces loses our entry.
func (s *scene) neverUnbound(namespaces ...string) (end func()) {
	s.Helper()
	return s.watchAccounts(func(old, now *corev1.ServiceAccount) error {
		was := slices.Contains(namespaces, old.Namespace) && world.HasPullSecret(old, world.SecretName)
		if was && (now == nil || !world.HasPullSecret(now, world.SecretName)) {
			return fmt.Errorf("ServiceAccount %s/%s was unbound", old.Namespace, old.Name)
		}
		return nil
	})
}

// neverWritten forbids every change of a ServiceAccount of these namespaces.
func (s *scene) neverWritten(namespaces ...string) (end func()) {
	s.Helper()
	return s.watchAccounts(func(old, now *corev1.ServiceAccount) error {
		if !slices.Contains(namespaces, old.Namespace) {
			return nil
		}
		return fmt.Errorf("ServiceAccount %s/%s was written: %v", old.Namespace, old.Name, now)
	})
}

// neverLosesHosts forbids that a pull Secret of these namespaces is deleted or lacks one of the hosts.
func (s *scene) neverLosesHosts(namespaces []string, hosts ...string) (end func()) {
	s.Helper()
	return s.watchSecrets(func(old, now *corev1.Secret) error {
		if !slices.Contains(namespaces, old.Namespace) {
			return nil
		}
		if now == nil {
			return fmt.Errorf("the Secret of namespace %s was deleted", old.Namespace)
		}
		present, err := world.Hosts(now)
		for _, host := range hosts {
			if err == nil && !slices.Contains(present, host) {
				err = fmt.Errorf("the Secret of namespace %s lost %s and covers %v", now.Namespace, host, present)
			}
		}
		return err
	})
}
