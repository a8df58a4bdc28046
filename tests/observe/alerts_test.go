// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// promtool runs Debian's promtool, which scripts/setup installs.
func promtool(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "promtool", args...).CombinedOutput()
	return string(out), err
}

var runbookHeading = regexp.MustCompile(`(?m)^### (Acr[A-Za-z]+)$`)

func TestEveryAlertHasARunbookAndEveryRunbookAnAlert(t *testing.T) {
	var documented []string
	for _, heading := range runbookHeading.FindAllStringSubmatch(readFile(t, "docs", "operations.md"), -1) {
		documented = append(documented, heading[1])
	}
	var named []string
	for _, rule := range readAlerts(t) {
		named = append(named, rule.Alert)
		if want := "docs/operations.md#" + strings.ToLower(rule.Alert); rule.Annotations["runbook"] != want {
			t.Errorf("%s: its runbook is %q, want %q", rule.Alert, rule.Annotations["runbook"], want)
		}
		for _, part := range []string{"summary", "description"} {
			if rule.Annotations[part] == "" {
				t.Errorf("%s has no %s", rule.Alert, part)
			}
		}
		if severity := rule.Labels["severity"]; severity != "warning" && severity != "critical" {
			t.Errorf("%s: severity %q", rule.Alert, severity)
		}
	}
	slices.Sort(documented)
	slices.Sort(named)
	if !slices.Equal(documented, named) {
		t.Errorf("docs/operations.md has runbooks for\n%v, alerts are\n%v", documented, named)
	}
}

// healthy is what a well installation of two controllers and two webhooks shows, one value a minute.
var healthy = map[string]string{
	`acr_configuration_valid{instance="c1"}`:                                                                  "1x120",
	`acr_configuration_valid{instance="c2"}`:                                                                  "1x120",
	`acr_configuration_valid{instance="w1"}`:                                                                  "1x120",
	`acr_credential_expiry_timestamp_seconds{instance="c1",registry_instance="cri-a"}`:                        "3600+60x120",
	`acr_credential_refresh_failures{instance="c1",registry_instance="cri-a"}`:                                "0x20 1 2 0x120",
	`leader_election_master_status{instance="c1",name="acr-credential-helper"}`:                               "1x120",
	`leader_election_master_status{instance="c2",name="acr-credential-helper"}`:                               "0x120",
	`acr_leader_changes_total{instance="c1"}`:                                                                 "1x60 2x60",
	`acr_namespaces{instance="c1",state="unserved"}`:                                                          "0x30 3x5 0x120",
	`acr_serviceaccounts{instance="c1",state="unbound"}`:                                                      "0x30 3x5 0x120",
	`acr_namespaces{instance="c2",state="unserved"}`:                                                          "0x120",
	`acr_scope_shrinking_serviceaccounts{instance="c1"}`:                                                      "0x120",
	`acr_bindings_stripped_total{instance="c1",manager="helm"}`:                                               "0+0.2x120",
	`acr_webhook_restored_total{instance="w1",manager="helm"}`:                                                "0+0.1x120",
	`acr_secret_foreign_writes_total{instance="c1",manager="kubectl"}`:                                        "0x20 1x100",
	`acr_webhook_breaker_open{instance="c1"}`:                                                                 "0x20 1 0x120",
	`acr_webhook_ca_bundle_mismatch{instance="c1"}`:                                                           "0x20 1x1 0x120",
	`acr_state_left_out{instance="c1",part="logins"}`:                                                         "0x120",
	`workqueue_depth{instance="c1",name="acr-controller"}`:                                                    "0x20 500x10 0x120",
	`workqueue_depth{instance="x",name="somebody-else"}`:                                                      "7x120",
	`acr_watch_last_activity_timestamp_seconds{instance="c1",resource="namespaces"}`:                          "0+60x120",
	`controller_runtime_webhook_requests_total{instance="w1",webhook="/mutate-v1-serviceaccount",code="200"}`: "0+60x120",
	`controller_runtime_webhook_requests_total{instance="x",webhook="/somebody-else",code="500"}`:             "0+60x120",
	`controller_runtime_webhook_latency_seconds_bucket{webhook="/mutate-v1-serviceaccount",le="0.005"}`:       "0+60x120",
	`controller_runtime_webhook_latency_seconds_bucket{webhook="/mutate-v1-serviceaccount",le="0.5"}`:         "0+60x120",
	`controller_runtime_webhook_latency_seconds_bucket{webhook="/mutate-v1-serviceaccount",le="1"}`:           "0+60x120",
	`controller_runtime_webhook_latency_seconds_bucket{webhook="/mutate-v1-serviceaccount",le="+Inf"}`:        "0+60x120",
	`acr_webhook_certificate_expiry_timestamp_seconds{instance="w1",source="self-made"}`:                      "604800x120",
	`acr_webhook_ca_expiry_timestamp_seconds{instance="c2"}`:                                                  "0x120",
	`acr_webhook_ca_expiry_timestamp_seconds{instance="c1"}`:                                                  "31536000x120",
	`certwatcher_read_certificate_errors_total{instance="w1"}`:                                                "0x120",
}

// illness is what an installation shows instead when something is wrong, and when the alert comes. An empty value takes the
// series away.
type illness struct {
	alert   string
	name    string
	instead map[string]string
	quiet   string // the alert does not fire yet
	fires   string
}

var illnesses = []illness{
	{"AcrCredentialExpiresSoon", "a login is not renewed", map[string]string{
		`acr_credential_expiry_timestamp_seconds{instance="c1",registry_instance="cri-a"}`: "3600x120"}, "49m", "53m"},
	{"AcrCredentialRefreshFailing", "a new instance gets no login", map[string]string{
		`acr_credential_refresh_failures{instance="c1",registry_instance="cri-b"}`: "1x10 2x10 3x100"}, "9m", "11m"},
	{"AcrConfigurationRejected", "an edit is rejected", map[string]string{
		`acr_configuration_valid{instance="c1"}`: "1x10 0x110"}, "11m", "14m"},
	{"AcrNoLeader", "nobody leads", map[string]string{
		`leader_election_master_status{instance="c1",name="acr-credential-helper"}`: "1x10 0x110"}, "11m", "14m"},
	{"AcrNoLeader", "no controller runs", map[string]string{
		`leader_election_master_status{instance="c1",name="acr-credential-helper"}`: "",
		`leader_election_master_status{instance="c2",name="acr-credential-helper"}`: ""}, "1m", "3m"},
	{"AcrLeaderFlapping", "the lead goes to and fro", map[string]string{
		`acr_leader_changes_total{instance="c1"}`: "0+0.1x120", `acr_leader_changes_total{instance="c2"}`: "0+0.1x120"}, "20m", "60m"},
	{"AcrNamespacesUnserved", "a namespace has no Secret", map[string]string{
		`acr_namespaces{instance="c1",state="unserved"}`: "0x10 1x110"}, "19m", "22m"},
	{"AcrServiceAccountsUnbound", "a ServiceAccount is not bound", map[string]string{
		`acr_serviceaccounts{instance="c1",state="unbound"}`: "0x10 1x110"}, "19m", "22m"},
	{"AcrScopeShrinking", "an edit unbinds most", map[string]string{
		`acr_scope_shrinking_serviceaccounts{instance="c1"}`: "0x10 40x5 0x105"}, "9m", "12m"},
	{"AcrFight", "a tool empties a list all the time", map[string]string{
		`acr_bindings_stripped_total{instance="c1",manager="argocd-controller"}`: "0+1x120"}, "20m", "65m"},
	{"AcrFight", "a tool empties a list and the webhook puts it back", map[string]string{
		`acr_webhook_restored_total{instance="w1",manager="argocd-controller"}`: "0+1x120"}, "20m", "65m"},
	{"AcrForeignWriter", "another helper runs", map[string]string{
		`acr_secret_foreign_writes_total{instance="c1",manager="aliyun-acr-credential-helper"}`: "0+1x120"}, "3m", "15m"},
	{"AcrForeignWriter", "a tool applies its own registration", map[string]string{
		`acr_registration_foreign_writes_total{instance="c1",manager="argocd-controller"}`: "0+1x120"}, "3m", "15m"},
	{"AcrWebhookBreakerOpen", "no webhook runs", map[string]string{
		`acr_webhook_breaker_open{instance="c1"}`: "0x10 1x110"}, "11m", "13m"},
	{"AcrWebhookAuthorityMissing", "the caBundle is another one", map[string]string{
		`acr_webhook_ca_bundle_mismatch{instance="c1"}`: "0x10 1x110"}, "11m", "14m"},
	{"AcrStateTooLarge", "a text does not fit", map[string]string{
		`acr_state_left_out{instance="c1",part="configuration"}`: "1x120"}, "4m", "6m"},
	{"AcrWorkStuck", "the API server is too slow", map[string]string{
		`workqueue_depth{instance="c1",name="acr-controller"}`: "0x10 900x110"}, "20m", "26m"},
	{"AcrWatchSilent", "a watch hears nothing", map[string]string{
		`acr_watch_last_activity_timestamp_seconds{instance="c1",resource="serviceaccounts"}`: "600x120"}, "15m", "18m"},
	{"AcrWebhookErrors", "the webhook is overloaded", map[string]string{
		`controller_runtime_webhook_requests_total{instance="w1",webhook="/mutate-v1-serviceaccount",code="503"}`: "0x10 0+6x110"}, "12m", "20m"},
	{"AcrWebhookSlow", "the webhook has no CPU", map[string]string{
		`controller_runtime_webhook_latency_seconds_bucket{webhook="/mutate-v1-serviceaccount",le="0.005"}`: "0+1x120",
		`controller_runtime_webhook_latency_seconds_bucket{webhook="/mutate-v1-serviceaccount",le="0.5"}`:   "0+30x120"}, "9m", "12m"},
	{"AcrWebhookCertificateExpiresSoon", "the user's issuer does not renew", map[string]string{
		`acr_webhook_certificate_expiry_timestamp_seconds{instance="w1",source="files"}`: "1212600x120"}, "40m", "65m"},
	{"AcrWebhookCertificateExpiresSoon", "no certificate is made any more", map[string]string{
		`acr_webhook_certificate_expiry_timestamp_seconds{instance="w1",source="self-made"}`: "89400x120"}, "40m", "65m"},
	{"AcrWebhookCertificateExpiresSoon", "the authority is not rotated", map[string]string{
		`acr_webhook_ca_expiry_timestamp_seconds{instance="c1"}`: "1212600x120"}, "40m", "65m"},
	{"AcrWebhookCertificateUnreadable", "the key does not fit", map[string]string{
		`certwatcher_read_certificate_errors_total{instance="w1"}`: "0+6x120"}, "4m", "16m"},
}

type inputSeries struct {
	Series string `json:"series"`
	Values string `json:"values"`
}

type exprTest struct {
	Expr    string   `json:"expr"`
	Time    string   `json:"eval_time"`
	Samples []sample `json:"exp_samples"`
}

type sample struct {
	Labels string  `json:"labels"`
	Value  float64 `json:"value"`
}

type ruleTest struct {
	Name     string        `json:"name"`
	Interval string        `json:"interval"`
	Series   []inputSeries `json:"input_series"`
	Exprs    []exprTest    `json:"promql_expr_test"`
}

// firing expects exactly these alerts to fire at a time; none if there is no name.
func firing(at string, names ...string) exprTest {
	test := exprTest{Expr: `count by (alertname) (ALERTS{alertstate="firing"}) > bool 0`, Time: at, Samples: []sample{}}
	for _, name := range names {
		test.Samples = append(test.Samples, sample{fmt.Sprintf(`{alertname="%s"}`, name), 1})
	}
	return test
}

// patient shows the healthy series with others in their place.
func patient(name string, instead map[string]string, exprs ...exprTest) ruleTest {
	shown := maps.Clone(healthy)
	maps.Copy(shown, instead)
	test := ruleTest{Name: name, Interval: "1m", Exprs: exprs}
	for _, series := range slices.Sorted(maps.Keys(shown)) {
		if shown[series] != "" {
			test.Series = append(test.Series, inputSeries{series, shown[series]})
		}
	}
	return test
}

func TestEachAlertFiresForItsIllnessAndNoneForTheHealthy(t *testing.T) {
	tests := []ruleTest{patient("healthy", nil, firing("10m"), firing("35m"), firing("65m"), firing("110m"))}
	covered := map[string]bool{}
	for _, illness := range illnesses {
		covered[illness.alert] = true
		tests = append(tests, patient(illness.alert+": "+illness.name, illness.instead,
			firing(illness.quiet), firing(illness.fires, illness.alert)))
	}
	for _, rule := range readAlerts(t) {
		if !covered[rule.Alert] {
			t.Errorf("no case shows that %s fires", rule.Alert)
		}
	}
	text, err := yaml.Marshal(map[string]any{"rule_files": []string{alertsFile()}, "evaluation_interval": "1m", "tests": tests})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "alerts.test.yaml")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := promtool(t.Context(), "check", "rules", alertsFile()); err != nil {
		t.Errorf("promtool check rules: %v\n%s", err, out)
	}
	if out, err := promtool(t.Context(), "test", "rules", file); err != nil {
		t.Errorf("promtool test rules: %v\n%s", err, out)
	}
}
