// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"acr-credential-helper/tests/world"
)

// expectNoDumps fails the test unless the kernel would write no memory of the process to a file, and lets no process of the same
// user read it: the files of one that cannot be dumped belong to root.
func (s *scene) expectNoDumps(program *world.Program) {
	s.Helper()
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", program.Pid()))
	s.must(err)
	for line := range strings.Lines(string(limits)) {
		if name, values, _ := strings.Cut(line, "Max core file size"); name == "" {
			if fields := strings.Fields(values); len(fields) < 2 || fields[0] != "0" || fields[1] != "0" {
				s.Fatalf("%s may dump core: %s", program.Name(), line)
			}
			return
		}
	}
	s.Fatalf("/proc/%d/limits does not tell about core files:\n%s", program.Pid(), limits)
}

func TestNoProgramDumpsCore(t *testing.T) {
	s := newScene(t)
	s.configure()

	for _, program := range []*world.Program{s.startController(), s.startWebhook()} {
		s.expectNoDumps(program)
	}
}
