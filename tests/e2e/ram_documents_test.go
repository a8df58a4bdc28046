// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var cloudIDs = []string{
	"--account=1234567890123456", "--other-account=2234567890123456", "--cluster=c0123456789abcdef", "--issuer=https://oidc-ack-cn-hangzhou.example.com/c0123",
	"--worker-role=KubernetesWorkerRole-test", "--instance=cri-0123456789abcdef", "--region=cn-hangzhou",
}

func ramDocuments(t *testing.T, args ...string) (printed string, err error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), filepath.Join("..", "..", "scripts", "ram-documents"), args...).CombinedOutput()
	return string(out), err
}

func TestTheSettingsForEachWayOfTheRAMDocumentsAreAcceptedAsTheyAreWritten(t *testing.T) {
	s := newScene(t)
	for way, files := range map[string]int{
		"worker-role": 2, "managed-role": 1, "rrsa": 3, "rrsa-cross": 5, "assume-role": 4, "access-key": 3, "access-key-role": 5,
	} {
		folder := filepath.Join(t.TempDir(), way)

		printed, err := ramDocuments(t, append(cloudIDs, way, "--output="+folder)...)

		if err != nil || strings.Contains(printed, "placeholder") {
			t.Fatalf("%s (%v): %s", way, err, printed)
		}
		written, err := os.ReadDir(folder)
		s.must(err)
		if len(written) != files {
			t.Errorf("%s: %d files were written, want %d", way, len(written), files)
		}
		for _, file := range written {
			path := filepath.Join(folder, file.Name())
			if !strings.Contains(printed, path+": ") {
				t.Errorf("%s was written without a word: %s", path, printed)
			}
			text, err := os.ReadFile(path)
			s.must(err)
			if strings.HasSuffix(path, ".json") && !json.Valid(text) {
				t.Errorf("%s is no JSON: %s", path, text)
			}
		}
		check := exec.CommandContext(s.ctx, s.w.Binary("acr-controller"), "--check-config", filepath.Join(folder, "acr-configuration-data.yaml"))
		if report, err := check.CombinedOutput(); err != nil || !strings.Contains(string(report), "accepted: 0 errors, 0 warnings") {
			t.Errorf("%s (%v): %s", way, err, report)
		}
	}
}

func TestAnIDThatIsNoneIsRefusedByTheRAMDocumentsAndOneThatIsMissingNamed(t *testing.T) {
	for _, wrong := range []string{"--account=foo", "--cluster=C 1", "--region=", "--issuer=http://x", "--instance=acme", "--worker-role=a b"} {
		printed, err := ramDocuments(t, "rrsa", wrong)
		flag, _, _ := strings.Cut(wrong, "=")
		if err == nil || !strings.Contains(printed, flag+": ") {
			t.Errorf("%s (%v): %s", wrong, err, printed)
		}
	}
	if printed, err := ramDocuments(t, "rrsa", cloudIDs[0]); err != nil || !strings.Contains(printed, "not given: --cluster, --issuer, --instance, --region") {
		t.Errorf("(%v): %s", err, printed)
	}
}
