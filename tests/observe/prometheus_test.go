// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

// prometheus is a running server that scrapes the programs of a world each second.
type prometheus struct{ url string }

func startPrometheus(t *testing.T, w *world.World, programs ...*world.Program) *prometheus {
	t.Helper()
	port, err := testbed.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	var targets []string
	for _, program := range programs {
		target, _ := strings.CutSuffix(strings.TrimPrefix(program.MetricsURL(), "http://"), "/metrics")
		targets = append(targets, target)
	}
	dir := t.TempDir()
	configuration := fmt.Sprintf("global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n"+
		"rule_files: [%q]\nscrape_configs:\n- {job_name: acr, static_configs: [{targets: [%s]}]}\n",
		alertsFile(), `"`+strings.Join(targets, `", "`)+`"`)
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(configuration), 0o644); err != nil {
		t.Fatal(err)
	}
	process, err := testbed.StartProcess(testbed.ProcessSpec{
		Name: "prometheus", Path: "/usr/bin/prometheus", LogFile: filepath.Join(w.LogDir(), "prometheus.log"),
		Args: []string{"--config.file=" + file, "--storage.tsdb.path=" + filepath.Join(dir, "data"),
			"--web.listen-address=" + testbed.Loopback(port)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(process.Kill)
	p := &prometheus{"http://" + testbed.Loopback(port)}
	err = world.Eventually(t.Context(), 20*time.Second, func() error {
		if !process.Running() {
			return world.Permanent(fmt.Errorf("prometheus ended:\n%s", process.LogTail()))
		}
		return p.call(t.Context(), "/api/v1/status/buildinfo", nil, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// call asks the server; the answer's data goes into `data` unless that is nil.
func (p *prometheus) call(ctx context.Context, path string, query url.Values, data any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var answer struct {
		Status, Error string
		Data          json.RawMessage
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s: %d: %w", path, response.StatusCode, err)
	}
	if answer.Status != "success" {
		return fmt.Errorf("%s %v: %s", path, query, answer.Error)
	}
	if data == nil {
		return nil
	}
	return json.Unmarshal(answer.Data, data)
}

// awaitScrapes waits until every target was scraped without a complaint.
func (p *prometheus) awaitScrapes(ctx context.Context, limit time.Duration) error {
	return world.Eventually(ctx, limit, func() error {
		var data struct {
			ActiveTargets []struct{ ScrapeURL, Health, LastError string }
		}
		if err := p.call(ctx, "/api/v1/targets", nil, &data); err != nil {
			return err
		}
		for _, target := range data.ActiveTargets {
			if target.Health != "up" {
				return fmt.Errorf("%s is %s: %s", target.ScrapeURL, target.Health, target.LastError)
			}
		}
		return nil
	})
}

// series is how many an expression gives now.
func (p *prometheus) series(ctx context.Context, expr string) (int, error) {
	var data struct {
		ResultType string
		Result     []json.RawMessage
	}
	err := p.call(ctx, "/api/v1/query", url.Values{"query": {expr}}, &data)
	if err == nil && data.ResultType != "vector" {
		err = fmt.Errorf("%s gives a %s", expr, data.ResultType)
	}
	return len(data.Result), err
}
