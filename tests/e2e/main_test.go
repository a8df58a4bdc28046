// SPDX-License-Identifier: Apache-2.0

// Package e2e tests the real programs against a real control plane, a registry and the cloud emulator. All tests share
// one world and run one after the other; each starts from the state right after the installation of the manifests.
package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"acr-credential-helper/tests/world"
)

var shared *world.World

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "acr-e2e-")
	if err != nil {
		return failed(err)
	}
	ctx := context.Background()
	shared, err = world.Start(ctx, world.Options{Dir: dir})
	if err != nil {
		return failed(err)
	}
	code := m.Run()
	if err := checkWholeRun(ctx); err != nil {
		code = failed(err)
	}
	if err := shared.Stop(); err != nil {
		code = failed(err)
	}
	if code != 0 {
		fmt.Fprintf(os.Stderr, "e2e: the logs of all programs are kept in %s\n", shared.LogDir())
		return code
	}
	_ = os.RemoveAll(dir)
	return 0
}

// checkWholeRun checks what must hold over all tests together: no credential in any log, Event or metric (SEC-5), and
// no pull secret list written without a resourceVersion (WR-1), no request without a right, and no right that is not needed (SEC-4).
func checkWholeRun(ctx context.Context) error {
	shared.KillPrograms()
	if len(shared.Programs()) == 0 {
		return nil // only tests without them were selected
	}
	for _, kind := range []string{"acr-*.log", "acr-*.metrics", "events.jsonl"} {
		if err := expectContent(filepath.Join(shared.LogDir(), kind)); err != nil {
			return err
		}
	}
	if err := shared.CheckNoSecretLeaked(ctx); err != nil {
		return err
	}
	if _, err := shared.CheckGuardedWrites(); err != nil {
		return err
	}
	return shared.CheckRights(ctx, flag.Lookup("test.run").Value.String() == "")
}

// expectContent is an error unless a file with something in it matches: a search in nothing finds nothing.
func expectContent(pattern string) error {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	for _, file := range files {
		if status, err := os.Stat(file); err == nil && status.Size() > 0 {
			return nil
		}
	}
	return fmt.Errorf("nothing was recorded in %s", pattern)
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, "e2e:", err)
	return 1
}
