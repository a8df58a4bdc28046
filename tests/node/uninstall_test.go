// SPDX-License-Identifier: Apache-2.0

package node

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// endOfPods is how long pods may take for their end: the webhook's last until no API server has a connection to them.
const endOfPods = 150 * time.Second

func TestUninstallLeavesNothingOfOursAndNoPodDisturbed(t *testing.T) {
	s := newScene(t)
	s.installHelper()
	s.configure(true)
	s.must(s.helm(s.ctx, "test", release, "--namespace", "kube-system"))
	namespace, before := s.runningApp()

	s.must(s.uninstallHelper(s.ctx))

	t.Logf("nothing is left %s after helm uninstall", s.eventually(endOfPods, s.nothingIsLeft).Round(time.Second))
	s.isUndisturbed(namespace, before)
}

func TestUninstallThatKeepsBindingsLetsPullsGoOn(t *testing.T) {
	s := newScene(t)
	s.useLogins(0) // nobody renews them
	s.installHelper("uninstall.bindings=keep")
	s.configure(true)
	namespace, before := s.runningApp()

	s.must(s.uninstallHelper(s.ctx))

	s.isUndisturbed(namespace, before)
	later := pod("later", s.push())
	later.Spec.ServiceAccountName, later.Labels = "shop", map[string]string{"app": "later"}
	s.create(namespace, later)
	s.awaitRunning(namespace, "app=later", 1)
	s.noPullFailed(namespace)

	// What was kept is still known as ours.
	s.installHelper()
	s.must(s.uninstallHelper(s.ctx))
	s.eventually(endOfPods, s.nothingIsLeft)
	s.isUndisturbed(namespace, before)
}

// runningApp installs an app and returns its namespace and pod.
func (s *scene) runningApp() (namespace string, running corev1.Pod) {
	s.Helper()
	namespace = s.freeName()
	s.deleteLater(namespace)
	s.must(s.installApp(namespace, "shop", s.push()))
	s.awaitRunning(namespace, "app=shop", 1)
	return namespace, s.appPod(namespace)
}

func (s *scene) appPod(namespace string) corev1.Pod {
	s.Helper()
	pods, err := s.client().CoreV1().Pods(namespace).List(s.ctx, metav1.ListOptions{LabelSelector: "app=shop"})
	s.must(err)
	if len(pods.Items) != 1 {
		s.Fatalf("%d pods in namespace %s", len(pods.Items), namespace)
	}
	return pods.Items[0]
}

func (s *scene) isUndisturbed(namespace string, before corev1.Pod) {
	s.Helper()
	now := s.appPod(namespace)
	if now.UID != before.UID || now.Status.ContainerStatuses[0].RestartCount != 0 || !ready(&now) {
		s.Errorf("the running pod was disturbed: %s", why(&now))
	}
}

// nothingIsLeft looks at every object of every kind for our labels, our names and entries that name our pull Secret. Events tell what
// happened, and acr-configuration is the user's.
func (s *scene) nothingIsLeft() error {
	kinds, err := s.Plane.Run(s.ctx, "kubectl", "api-resources", "--verbs=list", "--output=name")
	if err != nil {
		return err
	}
	listed := slices.DeleteFunc(strings.Fields(kinds), func(kind string) bool { return strings.HasPrefix(kind, "events") })
	// Never empty lines: what is not there is <none>.
	all, err := s.Plane.Run(s.ctx, "kubectl", "get", strings.Join(listed, ","), "--all-namespaces", "--ignore-not-found", "--no-headers",
		`--output=custom-columns=:.kind,:.metadata.namespace,:.metadata.name,:.metadata.labels.app\.kubernetes\.io/name,`+
			`:.metadata.labels.app\.kubernetes\.io/managed-by,:.imagePullSecrets[*].name`)
	if err != nil {
		return err
	}
	var left []string
	for line := range strings.Lines(all) {
		if ours.MatchString(line) {
			left = append(left, strings.Join(strings.Fields(line), " "))
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("left:\n%s", strings.Join(left, "\n"))
	}
	return nil
}

var ours = regexp.MustCompile(`acr-(credential|webhook|controller|cleanup|check)|aliyun-acr`)
