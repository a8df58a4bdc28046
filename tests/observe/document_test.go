// SPDX-License-Identifier: Apache-2.0

// Package observe compares what is said about metrics, alerts and dashboard with what a real run shows to a real Prometheus.
package observe

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"acr-credential-helper/tests/testbed"
)

// repositoryFile is the path of a file of this repository.
func repositoryFile(parts ...string) string {
	return filepath.Join(append([]string{filepath.Dir(testbed.ModuleDir())}, parts...)...)
}

func readFile(t *testing.T, parts ...string) string {
	t.Helper()
	text, err := os.ReadFile(repositoryFile(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// documentedMetric is a row of the table in docs/metrics.md.
type documentedMetric struct {
	Type, Program string
	Labels        []string
}

var quoted = regexp.MustCompile("`([^`]+)`")

// documentedMetrics are the rows by name.
func documentedMetrics(t *testing.T) map[string]documentedMetric {
	t.Helper()
	_, table, found := strings.Cut(readFile(t, "docs", "metrics.md"), "<!-- metrics:")
	if !found {
		t.Fatal("docs/metrics.md has no table of metrics")
	}
	table, _, _ = strings.Cut(table, "<!-- end -->")
	metrics := map[string]documentedMetric{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		name := quoted.FindStringSubmatch(cells[0])
		if len(cells) != 6 || name == nil {
			continue
		}
		row := documentedMetric{Type: strings.TrimSpace(cells[1]), Program: strings.TrimSpace(cells[3])}
		for _, label := range quoted.FindAllStringSubmatch(cells[2], -1) {
			row.Labels = append(row.Labels, label[1])
		}
		if _, twice := metrics[name[1]]; twice {
			t.Errorf("docs/metrics.md has two rows for %s", name[1])
		}
		metrics[name[1]] = row
	}
	return metrics
}

// alert is a rule of manifests/chart/files/alerts.yaml.
type alert struct {
	Alert, Expr, For    string
	Labels, Annotations map[string]string
}

func alertsFile() string { return repositoryFile("manifests", "chart", "files", "alerts.yaml") }

func readAlerts(t *testing.T) []alert {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string
			Rules []alert
		}
	}
	if err := yaml.UnmarshalStrict([]byte(readFile(t, "manifests", "chart", "files", "alerts.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	var alerts []alert
	for _, group := range file.Groups {
		alerts = append(alerts, group.Rules...)
	}
	return alerts
}

// query is an expression of the dashboard.
type query struct{ Panel, Expr string }

// readQueries are those of all panels, with a window for $__rate_interval, in which Grafana puts one that fits.
func readQueries(t *testing.T) []query {
	t.Helper()
	type panel struct {
		Title   string
		Targets []struct{ Expr string }
	}
	var dashboard struct{ Panels []panel }
	if err := yaml.Unmarshal([]byte(readFile(t, "manifests", "chart", "files", "dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	var queries []query
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			queries = append(queries, query{panel.Title, strings.ReplaceAll(target.Expr, "$__rate_interval", "1m")})
		}
	}
	return queries
}

var metricName = regexp.MustCompile(`\b(acr|certwatcher|controller_runtime|leader_election|process|rest_client|workqueue)_[a-z_]+\b`)

// metricsOf are the families that an expression speaks of.
func metricsOf(expr string) []string {
	var names []string
	for _, name := range metricName.FindAllString(expr, -1) {
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			name = strings.TrimSuffix(name, suffix)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestAlertsAndDashboardSpeakOfDocumentedMetrics(t *testing.T) {
	documented := documentedMetrics(t)
	seen := map[string]bool{}
	check := func(where, expr string) {
		names := metricsOf(expr)
		if len(names) == 0 {
			t.Errorf("%s: no metric of ours in %q", where, expr)
		}
		for _, name := range names {
			seen[name] = true
			if _, found := documented[name]; !found {
				t.Errorf("%s: docs/metrics.md does not know %s", where, name)
			}
		}
	}
	for _, rule := range readAlerts(t) {
		check("alert "+rule.Alert, rule.Expr)
	}
	queries := readQueries(t)
	if len(queries) < 30 {
		t.Errorf("the dashboard has %d queries", len(queries))
	}
	for _, query := range queries {
		check("panel "+query.Panel, query.Expr)
	}
	for name := range documented {
		if !seen[name] && name != "process_virtual_memory_bytes" {
			t.Errorf("neither an alert nor the dashboard shows %s", name)
		}
	}
}
