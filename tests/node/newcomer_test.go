// SPDX-License-Identifier: Apache-2.0

package node

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

// The README's way from nothing to a pull: its commands, and its configuration with only the id of the instance changed. What docker
// does in it, scripts/image has done with the same Dockerfile, and the image is on the node under the README's name.
func TestTheReadmeLeadsToAPull(t *testing.T) {
	s := newScene(t)
	s.prepareHelper()
	s.must(s.uninstallHelper(s.ctx))
	_ = s.client().CoreV1().ConfigMaps("kube-system").Delete(s.ctx, world.ConfigMapName, metav1.DeleteOptions{})
	text, err := os.ReadFile(filepath.Join(testbed.ModuleDir(), "..", "README.md"))
	s.must(err)
	readme := string(text)
	install := strings.Split(fenced(t, readme, "## Install", "```\n"), "\n")
	configuration := fenced(t, readme, "A minimal configuration", "```yaml\n")
	configure := strings.Split(fenced(t, readme, "## Configure", "```\n"), "\n")
	apply := configure[len(configure)-1]
	if count := len(install) + 1; count > 5 {
		t.Errorf("%d commands until pods pull", count)
	}

	folder := t.TempDir()
	s.must(os.Symlink(filepath.Join(testbed.ModuleDir(), "..", "manifests"), filepath.Join(folder, "manifests")))
	s.must(os.WriteFile(filepath.Join(folder, "acr-configuration.yaml"),
		[]byte(strings.ReplaceAll(configuration, "cri-xxxxxxxxxxxxxxxx", enterpriseInstance)), 0o644))
	for _, command := range append(install, apply) {
		if !strings.HasPrefix(command, "docker ") {
			s.shell(folder, command)
		}
	}
	s.deleteLater("shop")
	_, err = s.client().CoreV1().Namespaces().Create(s.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, metav1.CreateOptions{})
	s.must(err)
	s.eventually(soon, func() error { return s.bound("shop", "default") })
	first := pod("first", s.push())
	first.Labels = map[string]string{"app": "first"}
	s.create("shop", first)

	s.awaitRunning("shop", "app=first", 1)
}

// fenced is the first fenced block of a kind after a line of a document.
func fenced(t *testing.T, document, line, fence string) string {
	t.Helper()
	_, after, found := strings.Cut(document, line)
	_, block, isFenced := strings.Cut(after, fence)
	block, _, isClosed := strings.Cut(block, "\n```")
	if !found || !isFenced || !isClosed {
		t.Fatalf("the README has no block of commands after %q", line)
	}
	return block
}

// shell runs a command as a user with kubectl and helm would.
func (s *scene) shell(folder, command string) {
	s.Helper()
	s.Logf("$ %s", command)
	run := exec.CommandContext(s.ctx, "bash", "-c", command)
	run.Dir = folder
	run.Env = append(os.Environ(), "PATH="+s.Plane.Bin()+":"+os.Getenv("PATH"), "KUBECONFIG="+s.Plane.Kubeconfig())
	if out, err := run.CombinedOutput(); err != nil {
		s.Fatalf("%s: %v\n%s", command, err, out)
	}
}
