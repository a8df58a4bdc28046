// SPDX-License-Identifier: Apache-2.0

package testbed

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Run runs one of the client programs of the test bed (kubectl, helm, crane) as the administrator and returns its
// stdout; the error holds its stderr.
func (c *ControlPlane) Run(ctx context.Context, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, program), args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.Kubeconfig(), "HELM_CACHE_HOME="+filepath.Join(c.dir, "helm"),
		"HELM_CONFIG_HOME="+filepath.Join(c.dir, "helm"), "HELM_DATA_HOME="+filepath.Join(c.dir, "helm"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, stderr.String())
	}
	return string(out), nil
}

// ApplyManifest applies a file, or all manifests of a folder, by server-side apply.
func (c *ControlPlane) ApplyManifest(ctx context.Context, path string) error {
	_, err := c.Run(ctx, "kubectl", "apply", "--server-side", "--force-conflicts", "-f", path)
	return err
}
