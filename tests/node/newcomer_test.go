// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

// The README's way from nothing to a pull: its commands, with only the id of the instance changed. What docker does in it, scripts/image
// has done with the same Dockerfile, and the image is on the node under the README's name.
func TestTheReadmeLeadsToAPull(t *testing.T) {
	s := newScene(t)
	s.prepareHelper()
	s.must(s.uninstallHelper(s.ctx))
	_ = s.client().CoreV1().ConfigMaps("kube-system").Delete(s.ctx, world.ConfigMapName, metav1.DeleteOptions{})
	s.deleteLater("shop")
	_, err := s.client().CoreV1().Namespaces().Create(s.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, metav1.CreateOptions{})
	s.must(err)
	s.pushAs(vpcHost + "/shop/hello:1")
	text, err := os.ReadFile(filepath.Join(testbed.ModuleDir(), "..", "README.md"))
	s.must(err)
	s.Cleanup(func() {
		if err := s.uninstallHelper(context.Background()); err != nil {
			s.Error(err)
		}
	})

	begin := time.Now()
	commands := strings.Split(fenced(t, string(text), "\n## Install\n", "```\n"), "\n")
	for _, command := range commands {
		if !strings.HasPrefix(command, "docker ") {
			s.shell(strings.ReplaceAll(command, "cri-xxxxxxxxxxxxxxxx", enterpriseInstance))
		}
	}

	s.awaitRunning("shop", "run=hello", 1)
	s.noPullFailed("shop")
	t.Logf("%d commands; the pod ran %s after `helm install` began", len(commands), time.Since(begin).Round(time.Second/10))
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

// shell runs a command as a user with kubectl and helm would, in the folder of the sources.
func (s *scene) shell(command string) {
	s.Helper()
	s.Logf("$ %s", command)
	run := exec.CommandContext(s.ctx, "bash", "-c", command)
	run.Dir = filepath.Dir(testbed.ModuleDir())
	run.Env = append(os.Environ(), "PATH="+s.Plane.Bin()+":"+os.Getenv("PATH"), "KUBECONFIG="+s.Plane.Kubeconfig())
	out, err := run.CombinedOutput()
	if err != nil {
		s.Fatalf("%s: %v\n%s", command, err, out)
	}
	s.Logf("%s", out)
}
