// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"acr-credential-helper/tests/bench/figures"
)

func costRatio(floor, ours float64) float64 { return ours / floor }

type row struct {
	title, cells, target string
	missed               bool
}

type table struct{ rows []row }

// add writes the medians of all rounds. With `how` the target is one for the ratio to the C++ floor, each of one round.
func (t *table) add(title, format string, values byServer, how func(floor, ours float64) float64, limit figures.Bound) {
	var cells []string
	for _, rounds := range values {
		cell := ""
		if len(rounds) > 0 {
			cell = fmt.Sprintf(format, figures.Median(rounds))
		}
		cells = append(cells, cell)
	}
	value, ratio := figures.Median(values[2]), ""
	if how != nil {
		var ratios []float64
		for i := range values[2] {
			ratios = append(ratios, how(values[0][i], values[2][i]))
		}
		value = figures.Median(ratios)
		ratio = fmt.Sprintf("%.2f", value)
	}
	r := row{title: title, cells: strings.Join(append(cells, ratio), " | "), target: limit.Text}
	r.missed = limit.Kept != nil && !limit.Kept(value)
	t.rows = append(t.rows, r)
}

func (t *table) missed() (titles []string) {
	for _, r := range t.rows {
		if r.missed {
			titles = append(titles, r.title)
		}
	}
	return titles
}

func (t *table) markdown() string {
	var text strings.Builder
	fmt.Fprintf(&text, "| measure | %s | %s | %s | ratio to C++ | target | reached |\n|---|---|---|---|---|---|---|\n", cppFloor, goFloor, ours)
	for _, r := range t.rows {
		verdict := ""
		if r.target != "" {
			verdict = "yes"
		}
		if r.missed {
			verdict = "**no**"
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", r.title, r.cells, r.target, verdict)
	}
	return text.String()
}
