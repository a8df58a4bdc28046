// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/world"
)

// What cannot run here, each with its reason.
var notHere = []string{
	"helm test", "kubectl -n kube-system logs", "kubectl -n kube-system wait", // no node runs a pod
	"kubectl -n shop rollout restart deployment NAME",
}

// commands of the blocks without a language, one line each; the image and the programs have tests of their own.
func commands(t *testing.T, document string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(), document))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, block := range regexp.MustCompile("(?ms)^ *```$\n(.*?)^ *```$").FindAllStringSubmatch(string(text), -1) {
		for _, line := range strings.Split(strings.ReplaceAll(block[1], "\\\n", " "), "\n") {
			line = strings.TrimSpace(line)
			begins := func(start string) bool { return strings.HasPrefix(line, start) }
			if slices.ContainsFunc([]string{"helm ", "kubectl ", "cp "}, begins) && !slices.ContainsFunc(notHere, begins) {
				all = append(all, line)
			}
		}
	}
	if len(all) == 0 {
		t.Fatalf("%s has no command that could be tried", document)
	}
	return all
}

// original makes what the original helper leaves of itself in a cluster, and the namespace and objects that the documents speak of.
func original(ctx context.Context, t *testing.T) {
	t.Helper()
	core := plane.Client().CoreV1()
	_, _ = core.Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, metav1.CreateOptions{})
	_, _ = core.ServiceAccounts("shop").Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}, metav1.CreateOptions{})
	_, _ = core.Secrets("shop").Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: world.SecretName}, Type: corev1.SecretTypeDockerConfigJson,
		Data: map[string][]byte{corev1.DockerConfigJsonKey: []byte(`{"auths":{"acme-registry.cn-hangzhou.cr.aliyuncs.com":{"auth":"dTpw"}}}`)}}, metav1.CreateOptions{})
	_, err := core.ServiceAccounts(world.OwnNamespace).Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: world.ControllerServiceAccount}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = core.ConfigMaps(world.OwnNamespace).Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: world.ConfigMapName},
		Data: map[string]string{"watch-namespace": "all"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// wipe takes everything of an installation away.
func wipe(ctx context.Context) {
	_, _ = plane.Run(ctx, "helm", "uninstall", world.AdmissionName, "--namespace", world.OwnNamespace, "--no-hooks")
	for _, manifest := range []string{"install.yaml", "cleanup.yaml"} {
		_, _ = plane.Run(ctx, "kubectl", "delete", "--ignore-not-found", "-f", filepath.Join(root(), "manifests", manifest))
	}
	_, _ = plane.Run(ctx, "kubectl", "-n", world.OwnNamespace, "delete", "--ignore-not-found", "configmap/"+world.ConfigMapName, "lease/"+world.LeaseName)
}

// play runs one command as it stands in the document, in the folder of the sources.
func play(ctx context.Context, dir, line string) error {
	cmd := exec.CommandContext(ctx, "bash", "-e", "-o", "pipefail", "-c", line)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "KUBECONFIG="+plane.Kubeconfig(), "PATH="+plane.Bin()+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", line, err, out)
	}
	return nil
}

func TestEveryCommandOfTheDocumentsWorks(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir() // some of them write a file
	if err := os.Symlink(filepath.Join(root(), "manifests"), filepath.Join(dir, "manifests")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wipe(context.Background()) })
	for _, document := range []struct {
		name      string
		takenOver bool // begins beside the original
		installed bool // speaks of something that is installed
	}{{"README.md", false, false}, {"docs/install.md", false, false}, {"docs/migration.md", true, false}, {"docs/troubleshooting.md", true, true}} {
		t.Run(document.name, func(t *testing.T) {
			wipe(ctx)
			original(ctx, t)
			removeOriginal := func() {
				if _, err := plane.Run(ctx, "kubectl", "-n", world.OwnNamespace, "delete", "serviceaccount/"+world.ControllerServiceAccount, "configmap/"+world.ConfigMapName); err != nil {
					t.Fatal(err)
				}
			}
			if !document.takenOver {
				removeOriginal()
			}
			if document.installed {
				if err := play(ctx, dir, "helm install acr-credential-helper manifests/chart -n kube-system --take-ownership; "+
					"printf 'apiVersion: coordination.k8s.io/v1\\nkind: Lease\\nmetadata: {name: acr-credential-helper, namespace: kube-system}\\n' | kubectl apply -f -"); err != nil {
					t.Fatal(err)
				}
			}
			for _, line := range commands(t, document.name) {
				if document.takenOver && strings.HasPrefix(line, "helm upgrade") {
					removeOriginal() // its last step before ours
				}
				if plane.Minor() < world.FenceFrom && strings.HasSuffix(line, "-f manifests/install.yaml") {
					continue // the document has another command for there
				}
				if err := play(ctx, dir, line); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestTheReadmeInstallsInAtMostFiveCommands(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, install, _ := strings.Cut(string(text), "\n## Install\n")
	_, block, _ := strings.Cut(install, "```\n")
	block, _, _ = strings.Cut(block, "```\n")
	if lines := strings.Count(block, "\n"); lines == 0 || lines > 5 || !strings.Contains(block, "helm install") {
		t.Errorf("%d commands:\n%s", lines, block)
	}
}

// Beside the original Helm refuses, since the ServiceAccount of RRSA is there, until it is told to take it over; what the
// original has configured stays as it is.
func TestTakingOverFromTheOriginalKeepsItsAccountAndConfiguration(t *testing.T) {
	ctx := t.Context()
	wipe(ctx)
	t.Cleanup(func() { wipe(context.Background()) })
	original(ctx, t)
	core := plane.Client().CoreV1()
	account, err := core.ServiceAccounts(world.OwnNamespace).Get(ctx, world.ControllerServiceAccount, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	configuration, err := core.ConfigMaps(world.OwnNamespace).Get(ctx, world.ConfigMapName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	install := func(more ...string) error {
		_, err := plane.Run(ctx, "helm", append([]string{"install", world.AdmissionName, world.Chart(), "--namespace", world.OwnNamespace}, more...)...)
		return err
	}

	if err := install(); err == nil || lacks(err.Error(), world.ControllerServiceAccount, "invalid ownership metadata") != "" {
		t.Fatalf("without --take-ownership: %v", err)
	}
	if err := install("--take-ownership"); err != nil {
		t.Fatal(err)
	}

	if now, err := core.ServiceAccounts(world.OwnNamespace).Get(ctx, world.ControllerServiceAccount, metav1.GetOptions{}); err != nil || now.UID != account.UID {
		t.Errorf("the ServiceAccount was made anew, or %v", err)
	}
	if now, err := core.ConfigMaps(world.OwnNamespace).Get(ctx, world.ConfigMapName, metav1.GetOptions{}); err != nil || now.ResourceVersion != configuration.ResourceVersion {
		t.Errorf("the ConfigMap was touched, or %v", err)
	}
	// Removing the original takes the account with it; the next upgrade brings it back.
	if err := core.ServiceAccounts(world.OwnNamespace).Delete(ctx, world.ControllerServiceAccount, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := plane.Run(ctx, "helm", "upgrade", world.AdmissionName, world.Chart(), "--namespace", world.OwnNamespace, "--reuse-values"); err != nil {
		t.Fatal(err)
	}
	if _, err := core.ServiceAccounts(world.OwnNamespace).Get(ctx, world.ControllerServiceAccount, metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
}
