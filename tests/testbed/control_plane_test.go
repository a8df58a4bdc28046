// SPDX-License-Identifier: Apache-2.0

package testbed

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func startPlane(t *testing.T, options Options) *ControlPlane {
	t.Helper()
	options.Dir = t.TempDir()
	plane, err := Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := plane.Stop(); err != nil {
			t.Error(err)
		}
	})
	return plane
}

func TestTwoControlPlanesServeSideBySide(t *testing.T) {
	first, second := startPlane(t, Options{}), startPlane(t, Options{})
	ctx := t.Context()

	createNamespace(ctx, t, first.Client(), "only-in-the-first")

	_, err := second.Client().CoreV1().Namespaces().Get(ctx, "only-in-the-first", metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		t.Fatalf("the second control plane answers %v for the first one's namespace", err)
	}
}

func TestDataAndAddressSurviveAnOutageOfTheAPIServer(t *testing.T) {
	plane := startPlane(t, Options{AuditLog: true, APIServerArgs: []string{"--v=1"}})
	ctx := t.Context()
	createNamespace(ctx, t, plane.Client(), "kept")
	awaitDefaultServiceAccount(ctx, t, plane, "kept")
	url := plane.URL()

	plane.StopAPIServer()
	_, whileDown := plane.Client().CoreV1().Namespaces().Get(ctx, "kept", metav1.GetOptions{})
	if err := plane.StartAPIServer(ctx); err != nil {
		t.Fatal(err)
	}
	_, after := plane.Client().CoreV1().Namespaces().Get(ctx, "kept", metav1.GetOptions{})

	if whileDown == nil || after != nil || plane.URL() != url {
		t.Fatalf("while down: %v; after: %v; address %s, was %s", whileDown, after, plane.URL(), url)
	}
	audit, err := os.ReadFile(plane.AuditLog())
	if err != nil || !strings.Contains(string(audit), `"namespace":"kept"`) {
		t.Fatalf("audit log (%v) does not tell of the ServiceAccount in namespace kept", err)
	}
}

func TestAServiceAccountsKubeconfigHasItsRightsAndNoOthers(t *testing.T) {
	plane := startPlane(t, Options{})
	ctx := t.Context()
	manifest := filepath.Join(t.TempDir(), "rights.yaml")
	if err := os.WriteFile(manifest, []byte(rightsOfReader), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := plane.ApplyManifest(ctx, manifest); err != nil {
		t.Fatal(err)
	}

	path, err := plane.ServiceAccountKubeconfig(ctx, "default", "reader")

	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	reader := kubernetes.NewForConfigOrDie(config).CoreV1()
	if _, err := reader.Namespaces().List(ctx, metav1.ListOptions{}); err != nil {
		t.Fatalf("the granted right is missing: %v", err)
	}
	if _, err := reader.Secrets("default").List(ctx, metav1.ListOptions{}); !apierrors.IsForbidden(err) {
		t.Fatalf("listing Secrets: %v, want Forbidden", err)
	}
}

const rightsOfReader = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: reader, namespace: default}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [namespaces], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: ServiceAccount, name: reader, namespace: default}]
`

func createNamespace(ctx context.Context, t *testing.T, client kubernetes.Interface, name string) {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if _, err := client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func awaitDefaultServiceAccount(ctx context.Context, t *testing.T, plane *ControlPlane, namespace string) {
	t.Helper()
	eventually(t, 20*time.Second, func() error {
		_, err := plane.Client().CoreV1().ServiceAccounts(namespace).Get(ctx, "default", metav1.GetOptions{})
		return err
	})
}
