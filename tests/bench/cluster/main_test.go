// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"acr-credential-helper/tests/bench/figures"
)

func TestMain(m *testing.M) {
	if runAsChild() { // the benchmark starts its own program again as the floor
		return
	}
	os.Exit(m.Run())
}

func TestEveryMeasureIsTakenAtTheSmallestSizes(t *testing.T) {
	small := sizes{Namespaces: 12, Accounts: 2, Foreign: 12, Rounds: 1, Rest: time.Second, Arrivals: 300 * time.Millisecond,
		Settle: 100 * time.Millisecond, Lifetime: 6 * time.Second}

	text, missed, err := measure(t.Context(), small, parts(""), t.TempDir(), "")

	if err != nil {
		t.Fatal(err)
	}
	t.Log(text)
	for _, measure := range []string{
		"backfill of", "requests per object", "CPU of kube-apiserver and etcd", "own CPU", "bytes of lists answered", "peak RSS", "at rest",
		"requests a minute", "restart over", "new ServiceAccounts at 10/s", "new ServiceAccounts at 100/s",
		"answer to its Secret", "answer to `default` bound", "rotation over 12 namespaces",
	} {
		if !strings.Contains(text, measure) {
			t.Errorf("the table has no row %q", measure)
		}
	}
	// Times and costs of so little work say nothing; what is counted must be right at any size.
	for _, counted := range []string{"writes of Secrets per namespace", "share of rounds with every uid unchanged"} {
		if slices.Contains(missed, counted) {
			t.Errorf("the bound of %q is broken", counted)
		}
	}
}

func TestABoundThatIsBrokenIsTold(t *testing.T) {
	var judged table
	judged.compare("speed", "%.1f s", inverse, figures.AtLeast(0.9), []float64{1, 1, 8}, []float64{2, 1, 4})
	judged.compare("cost", "%.1f s", direct, figures.AtMost(1.1), []float64{1, 1, 1}, []float64{2, 1, 2})
	judged.single("size", "%.0f", figures.AtMost(12), 12)

	if missed := judged.missed(); !slices.Equal(missed, []string{"cost"}) {
		t.Fatalf("broken bounds %v, want only that of the cost:\n%s", missed, judged.markdown())
	}
}

func TestTheSectionOfOneSizeIsReplacedAndOthersStay(t *testing.T) {
	document := filepath.Join(t.TempDir(), "performance.md")
	first, second := sizes{Namespaces: 1, Accounts: 2}, sizes{Namespaces: 3, Accounts: 4}
	write := func(s sizes, text string) {
		t.Helper()
		if err := figures.ReplaceSection(document, s.title(), text); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(document, []byte("# Performance\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	write(first, "old\n")
	write(second, "other\n")

	write(first, "new\n")

	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	const wanted = "# Performance\n\n<!-- measured: 1 x 2 -->\nnew\n<!-- end -->\n\n<!-- measured: 3 x 4 -->\nother\n<!-- end -->\n"
	if string(text) != wanted {
		t.Fatalf("got\n%s\nwant\n%s", text, wanted)
	}
}
