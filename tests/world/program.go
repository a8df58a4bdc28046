// SPDX-License-Identifier: Apache-2.0

package world

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"acr-credential-helper/tests/testbed"
)

const (
	scrapeEvery = time.Second
	pollEvery   = 20 * time.Millisecond
)

// Program is a running controller or webhook.
type Program struct {
	*testbed.Process
	healthURL, metricsURL string
	metricsFile           string // every answer of /metrics that was seen
	scraping              sync.WaitGroup
}

// Binary is the path of a program of the product: in the folder of binaries or, as CMake lays them out, in a folder
// of that one named after the part.
func (w *World) Binary(name string) string {
	flat := filepath.Join(w.binaries, name)
	if _, err := os.Stat(flat); err == nil {
		return flat
	}
	return filepath.Join(w.binaries, strings.TrimPrefix(name, "acr-"), name)
}

// StartController starts acr-controller as its ServiceAccount; args override the usual flags. It does not wait for readiness.
func (w *World) StartController(args ...string) (*Program, error) {
	return w.StartControllerIn(nil, args...)
}

// StartControllerIn is StartController with variables of the environment besides, as NAME=VALUE. What cleans up has the
// account that manifests/cleanup.yaml makes for it.
func (w *World) StartControllerIn(env []string, args ...string) (*Program, error) {
	kubeconfig := w.controllerKubeconfig
	if slices.Contains(args, "--cleanup") {
		kubeconfig = w.cleanupKubeconfig
	}
	return w.startProgram("acr-controller", kubeconfig, env, override([]string{
		"--region=cn-hangzhou", "--imds-endpoint=" + w.Addresses.IMDS, "--openapi-connect-to=" + w.Addresses.OpenAPI,
		"--openapi-ca-file=" + filepath.Join(w.cloudDir(), "ca.crt"),
	}, args))
}

// StartWebhook starts acr-webhook as its ServiceAccount on the world's webhook address; args override the usual flags.
func (w *World) StartWebhook(args ...string) (*Program, error) {
	return w.startProgram("acr-webhook", w.webhookKubeconfig, nil, override([]string{
		"--webhook-bind-address=" + testbed.Loopback(w.webhookPort),
	}, args))
}

// WebhookURL is the base address under which kube-apiserver reaches the webhook.
func (w *World) WebhookURL() string { return "https://" + testbed.Loopback(w.webhookPort) }

func (w *World) startProgram(name, kubeconfig string, env, args []string) (*Program, error) {
	ports, err := testbed.FreePorts(2)
	if err != nil {
		return nil, err
	}
	metrics, health := testbed.Loopback(ports[0]), testbed.Loopback(ports[1])
	w.mu.Lock()
	number := len(w.programs) + 1
	w.mu.Unlock()
	title := fmt.Sprintf("%s-%03d", name, number)
	process, err := testbed.StartProcess(testbed.ProcessSpec{
		Name: title, Path: w.Binary(name), LogFile: filepath.Join(w.LogDir(), title+".log"), Env: slices.Concat(cleanEnvironment, env),
		Args: withoutEmpty(override([]string{
			"--kubeconfig=" + kubeconfig, "--namespace=" + OwnNamespace, "--metrics-bind-address=" + metrics,
			"--health-probe-bind-address=" + health, "--shutdown-delay=1s", "--log-format=json",
			"--webhook-url=" + w.WebhookURL(),
		}, args)),
	})
	if err != nil {
		return nil, err
	}
	program := &Program{Process: process, healthURL: "http://" + health, metricsURL: "http://" + metrics + "/metrics",
		metricsFile: filepath.Join(w.LogDir(), title+".metrics")}
	if !w.unwatched {
		program.scraping.Go(program.scrape)
	}
	w.mu.Lock()
	w.programs = append(w.programs, program)
	w.mu.Unlock()
	return program, nil
}

// override returns the flags, those of args in the place of defaults with the same name.
func override(defaults, args []string) []string {
	name := func(flag string) string { before, _, _ := strings.Cut(flag, "="); return before }
	kept := slices.DeleteFunc(slices.Clone(defaults), func(flag string) bool {
		return slices.ContainsFunc(args, func(arg string) bool { return name(arg) == name(flag) })
	})
	return append(kept, args...)
}

// withoutEmpty leaves out what has no value, such as "--region=", which only takes a default away.
func withoutEmpty(args []string) []string {
	return slices.DeleteFunc(args, func(arg string) bool { return strings.HasSuffix(arg, "=") })
}

// A proxy of the machine that runs the tests must not come between the programs and the emulator.
var cleanEnvironment = []string{"HTTPS_PROXY=", "https_proxy=", "HTTP_PROXY=", "http_proxy=", "NO_PROXY=", "no_proxy="}

// Programs that were started so far, ended ones included.
func (w *World) Programs() []*Program {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]*Program(nil), w.programs...)
}

// KillPrograms ends every program of the product with SIGKILL, after a last look at its metrics.
func (w *World) KillPrograms() {
	for _, program := range w.Programs() {
		if program.Running() {
			_, _ = program.Metrics(context.Background()) // it may be one that cannot answer
		}
		program.Kill()
		program.scraping.Wait()
	}
}

// HealthURL is the address that /healthz and /readyz are served under.
func (p *Program) HealthURL() string { return p.healthURL }

// MetricsURL is the whole address of /metrics.
func (p *Program) MetricsURL() string { return p.metricsURL }

// AwaitReady polls /readyz until it answers 200.
func (p *Program) AwaitReady(ctx context.Context, limit time.Duration) error {
	return Eventually(ctx, limit, func() error {
		if !p.Running() {
			return Permanent(fmt.Errorf("%s ended with exit code %d:\n%s", p.Name(), p.ExitCode(), p.LogTail()))
		}
		status, body, err := p.probe(ctx, "/readyz")
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", p.Name(), err, p.LogTail())
		}
		if status != http.StatusOK {
			return fmt.Errorf("%s is not ready: %d %s\n%s", p.Name(), status, body, p.LogTail())
		}
		return nil
	})
}

// Ready asks /readyz once.
func (p *Program) Ready(ctx context.Context) bool {
	status, _, err := p.probe(ctx, "/readyz")
	return err == nil && status == http.StatusOK
}

// Healthy asks /healthz once.
func (p *Program) Healthy(ctx context.Context) bool {
	status, _, err := p.probe(ctx, "/healthz")
	return err == nil && status == http.StatusOK
}

// Metrics fetches /metrics once and keeps the answer for the check for leaked credentials.
func (p *Program) Metrics(ctx context.Context) (string, error) {
	status, body, err := get(ctx, p.metricsURL)
	if err != nil {
		return "", err
	}
	if status != http.StatusOK {
		return "", fmt.Errorf("%s: %d %s", p.metricsURL, status, body)
	}
	file, err := os.OpenFile(p.metricsFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return "", err
	}
	defer file.Close()
	_, err = file.WriteString(body)
	return body, err
}

func (p *Program) scrape() {
	for {
		select {
		case <-p.Done():
			return
		case <-time.After(scrapeEvery):
			// A program that has not opened its port yet, or is ending, has no metrics to look at.
			_, _ = p.Metrics(context.Background())
		}
	}
}

func (p *Program) probe(ctx context.Context, path string) (int, string, error) {
	return get(ctx, p.healthURL+path)
}

func get(ctx context.Context, url string) (int, string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}
