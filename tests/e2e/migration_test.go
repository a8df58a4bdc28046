// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/world"
)

// The original has bound ServiceAccounts and made the Secret; removing it takes the ServiceAccount and the ConfigMap away that
// both have. From the beginning to the end each bound account keeps its entry and each Secret its hosts.
func TestTakingOverFromTheOriginalLeavesNoPullWithoutCredentials(t *testing.T) {
	s := newScene(t)
	namespace := s.namespace()
	old := s.foreignSecret(namespace, corev1.SecretTypeDockerConfigJson, map[string][]byte{
		corev1.DockerConfigJsonKey: fmt.Appendf(nil, `{"auths":{%q:{"auth":"dTpw"},%q:{"auth":"dTpw"}}}`, acmeHosts[0], acmeHosts[1])})
	s.createAccount(namespace, "web", world.SecretName)
	s.configure("service-account", "*")
	hosts := s.neverLosesHosts([]string{namespace}, acmeHosts...)
	entries := s.watchAccounts(func(old, now *corev1.ServiceAccount) error {
		if old.Name == "web" && (now == nil || !world.HasPullSecret(now, world.SecretName)) {
			return errors.New("ServiceAccount web has lost its entry")
		}
		return nil
	})

	controller := s.startController()
	s.eventually(startLimit, func() error {
		secret, err := s.secret(namespace)
		if err == nil && (secret.UID != old.UID || secret.Labels["app.kubernetes.io/managed-by"] != world.AdmissionName) {
			err = fmt.Errorf("the Secret was not adopted in place: uid %s, labels %v", secret.UID, secret.Labels)
		}
		return err
	})
	accounts := s.client().CoreV1().ServiceAccounts(world.OwnNamespace)
	s.must(accounts.Delete(s.ctx, world.ControllerServiceAccount, metav1.DeleteOptions{})) // its token is void from now on
	s.must(s.w.DeleteConfiguration(s.ctx))

	s.must(s.w.Install(s.ctx)) // helm upgrade
	s.must(controller.Stop(soon))
	s.must(s.w.RenewTokens(s.ctx))
	s.configure("service-account", "*")
	s.startController()

	next := s.namespace()
	s.awaitHosts(next, startLimit, acmeHosts...)
	s.awaitBound(next, "default", soon)
	hosts()
	entries()
}
