// SPDX-License-Identifier: Apache-2.0

package testbed

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// ModuleDir is the folder of the Go module that holds this package.
func ModuleDir() string {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		panic("testbed was built without source positions (-trimpath)")
	}
	return filepath.Dir(filepath.Dir(file))
}

// Binaries returns the folder with etcd, kube-apiserver, kube-controller-manager, kubectl, helm and crane. TESTBED_BIN
// names it; otherwise the script build-tools finds it in its cache, or builds it, which takes minutes.
var Binaries = sync.OnceValues(func() (string, error) {
	if dir := os.Getenv("TESTBED_BIN"); dir != "" {
		return dir, nil
	}
	var stderr bytes.Buffer
	cmd := exec.Command(filepath.Join(ModuleDir(), "testbed", "build-tools"))
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("building the tools of the test bed: %w\n%s", err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
})
