// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"acr-credential-helper/tests/bench/figures"
)

// direct and inverse are the two ways to compare: of a cost, or of the speed behind a time.
func direct(floor, ours float64) float64  { return ours / floor }
func inverse(floor, ours float64) float64 { return floor / ours }

// difference is ours above the floor.
func difference(floor, ours float64) float64 { return ours - floor }

type row struct {
	title, floor, ours, figure, bound string
	judged, missed                    bool
}

// table collects one row for each measure.
type table struct{ rows []row }

func (t *table) add(title, floor, ours, figure string, value float64, limit figures.Bound) {
	r := row{title: title, floor: floor, ours: ours, figure: figure, bound: limit.Text, judged: limit.Kept != nil}
	r.missed = r.judged && !limit.Kept(value)
	t.rows = append(t.rows, r)
}

// compare judges the median of the figures of the rounds, each from the two sides of one round.
func (t *table) compare(title, format string, how func(floor, ours float64) float64, limit figures.Bound, floors, ours []float64) {
	var compared []float64
	for i := range floors {
		compared = append(compared, how(floors[i], ours[i]))
	}
	value := figures.Median(compared)
	t.add(title, fmt.Sprintf(format, figures.Median(floors)), fmt.Sprintf(format, figures.Median(ours)), fmt.Sprintf("%.2f", value), value, limit)
}

// absolute judges our own median; the floor's stands beside it.
func (t *table) absolute(title, format string, limit figures.Bound, floors, ours []float64) {
	value := figures.Median(ours)
	t.add(title, fmt.Sprintf(format, figures.Median(floors)), fmt.Sprintf(format, value), "", value, limit)
}

// single judges a figure that has nothing beside it.
func (t *table) single(title, format string, limit figures.Bound, ours ...float64) {
	value := figures.Median(ours)
	t.add(title, "", fmt.Sprintf(format, value), "", value, limit)
}

func (t *table) missed() (titles []string) {
	for _, r := range t.rows {
		if r.missed {
			titles = append(titles, strings.TrimSpace(r.title))
		}
	}
	return titles
}

// markdown is the table as it stands in the documents.
func (t *table) markdown() string {
	var text strings.Builder
	text.WriteString("| measure | floor | acr-controller | figure | bound | kept |\n|---|---|---|---|---|---|\n")
	for _, r := range t.rows {
		verdict := ""
		if r.judged {
			verdict = "yes"
		}
		if r.missed {
			verdict = "**no**"
		}
		title := r.title
		if detail, nested := strings.CutPrefix(title, "  "); nested {
			title = "… " + detail
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %s | %s |\n", title, r.floor, r.ours, r.figure, r.bound, verdict)
	}
	return text.String()
}

func pick[T any](runs []T, figure func(T) float64) (picked []float64) {
	for _, run := range runs {
		picked = append(picked, figure(run))
	}
	return picked
}
