// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"acr-credential-helper/tests/world"
)

// status is what people read in the ConfigMap, which joins the logs: no credential may stand in it.
func (s *scene) status() (*corev1.ConfigMap, error) {
	status, err := s.client().CoreV1().ConfigMaps(world.OwnNamespace).Get(s.ctx, world.StatusConfigMapName, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(status.Data)) {
		fmt.Fprintf(&text, "%s:\n%s", key, status.Data[key])
		var anything any
		if err := yaml.Unmarshal([]byte(status.Data[key]), &anything); err != nil {
			return nil, world.Permanent(fmt.Errorf("%s is no YAML: %w\n%s", key, err, status.Data[key]))
		}
	}
	return status, os.WriteFile(filepath.Join(s.w.LogDir(), "status-"+status.ResourceVersion+".log"), []byte(text.String()), 0o644)
}

// awaitStatus waits until a key of the status has these words.
func (s *scene) awaitStatus(key string, limit time.Duration, words ...string) {
	s.Helper()
	s.eventually(limit, func() error {
		status, err := s.status()
		if err != nil {
			return err
		}
		return holdsAll("the status under "+key, status.Data[key], words...)
	})
}

// awaitWholeStatus waits until the status tells that everything there is serves: nothing is left to be written into it.
func (s *scene) awaitWholeStatus() {
	s.Helper()
	s.eventually(90*time.Second, func() error { // it is written ever more rarely while there are changes
		namespaces, err := s.client().CoreV1().Namespaces().List(s.ctx, metav1.ListOptions{FieldSelector: "status.phase=Active"})
		if err != nil {
			return err
		}
		status, err := s.status()
		if err != nil {
			return err
		}
		all := len(namespaces.Items)
		return holdsAll("the status", status.Data["summary"], "state: good", fmt.Sprintf("namespaces: %d of %d served", all, all),
			fmt.Sprintf("serviceAccounts: %d of %d bound", all, all))
	})
}

func TestTheStatusTellsWhatIsWrongAndWhatToDo(t *testing.T) {
	s := newScene(t)
	s.configure("acr-registry-info", checkItems)
	namespace := s.namespace()
	taken := s.freeName()
	s.createNamespace(taken)
	_, err := s.client().CoreV1().Secrets(taken).Create(s.ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: world.SecretName}}, metav1.CreateOptions{})
	s.must(err)

	controller := s.startController()
	s.awaitSecret(namespace, startLimit)

	s.awaitStatus("summary", startLimit, "state: needs attention", "instance cri-typo000000000@cn-hangzhou has no login, see instances",
		"namespaces have no good pull Secret, see namespaces", "webhook: off, as configured")
	s.awaitStatus("instances", soon, "instance: cri-acme0000000000@cn-hangzhou", "lastError: ", "RequestId", "toDo: ")
	s.awaitStatus("namespaces", soon, "name: "+taken, "is of another type: delete or rename it")
	s.awaitStatus("configuration", soon, "inForce: ConfigMap kube-system/acr-configuration as it stands", "acceptedAt: 20")

	s.must(s.client().CoreV1().Secrets(taken).Delete(s.ctx, world.SecretName, metav1.DeleteOptions{}))
	s.configure("acr-registry-info", world.Enterprise)
	s.awaitStatus("summary", startLimit, "state: good", "instances: 1 of 1 logged in")
	s.configure("acr-registry-info", world.Enterprise, "expiring-threshold", "soon")
	s.awaitStatus("configuration", startLimit, "inForce: the text accepted last", "expiring-threshold line 1", "toDo: ")
	before, err := s.status()
	s.must(err)

	// A restart finds the status as it is and does not write it.
	controller.Kill()
	s.startServing()
	s.must(world.Throughout(s.ctx, 4*time.Second, func() error {
		now, err := s.status()
		if err == nil && now.Data["configuration"] != before.Data["configuration"] {
			err = fmt.Errorf("the restart has changed the status to\n%s", now.Data["configuration"])
		}
		return err
	}))
}
