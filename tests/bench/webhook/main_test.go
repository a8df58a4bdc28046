// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"acr-credential-helper/tests/bench/figures"
)

func TestMain(m *testing.M) {
	if runAsChild() { // the benchmark starts its own program again as the constant Go server
		return
	}
	os.Exit(m.Run())
}

func TestEveryMeasureIsTakenAtTheSmallestSizes(t *testing.T) {
	small := sizes{Rounds: 1, Load: 100 * time.Millisecond, Rest: 100 * time.Millisecond, Creations: 20}

	text, missed, err := measure(t.Context(), small, t.TempDir(), "")

	if err != nil {
		t.Fatal(err)
	}
	t.Log(text)
	for _, measure := range []string{
		"exec until the first review", "RSS at rest", "CPU per review of 1.2 KB", "CPU per review of 72 KB", "reviews/s of 1.2 KB", "service time p50",
		"new connections/s", "512 idle connections", "through kube-apiserver", "at once", "bound in the answer", "stripped program", "acr-controller",
	} {
		if !strings.Contains(text, measure) {
			t.Errorf("the table has no row %q", measure)
		}
	}
	// Times of so little work say nothing; what is counted must be right at any size.
	for _, title := range missed {
		if strings.Contains(title, "bound in the answer") || strings.Contains(title, "stripped") || strings.Contains(title, "512 idle") {
			t.Errorf("the target of %q is missed", title)
		}
	}
}

func TestATargetThatIsMissedIsTold(t *testing.T) {
	var judged table
	judged.add("cost", "%.0f", byServer{{1, 1, 8}, nil, {2, 3, 16}}, costRatio, figures.AtMost(1.9))
	judged.add("rate", "%.0f", byServer{{10}, nil, {6}}, costRatio, figures.AtLeast(0.5))
	judged.add("size", "%.0f", byServer{nil, nil, {12}}, nil, figures.AtMost(12))

	if missed := judged.missed(); !slices.Equal(missed, []string{"cost"}) {
		t.Fatalf("missed are %v, want only the cost:\n%s", missed, judged.markdown())
	}
}

func TestAReviewHasTheSizeThatWasAskedFor(t *testing.T) {
	for _, size := range []int{smallReview, largeReview} {
		r, err := newReview("somewhere", size)

		if err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(string(r.bytes), "\r\n\r\n")
		if len(body) < size || len(body) > size+size/8 {
			t.Errorf("the review has %d bytes instead of %d", len(body), size)
		}
	}
}
