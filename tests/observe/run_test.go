// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/world"
)

const (
	startLimit = 30 * time.Second
	soon       = 30 * time.Second
	account    = "web"
)

// run is one run of both programs in which a little of everything happens, under the eyes of a Prometheus.
type run struct {
	*testing.T
	w                   *world.World
	ctx                 context.Context
	controller, webhook *world.Program
	server              *prometheus
}

func (r *run) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *run) eventually(check func() error) {
	r.Helper()
	r.must(world.Eventually(r.ctx, soon, check))
}

func startRun(t *testing.T) *run {
	t.Helper()
	r := &run{T: t, ctx: t.Context()}
	dir, err := os.MkdirTemp("", "acr-observe-")
	r.must(err)
	r.w, err = world.Start(r.ctx, world.Options{Dir: dir})
	r.must(err)
	t.Cleanup(func() {
		r.must(r.w.Stop())
		if t.Failed() {
			t.Logf("the logs of all programs are kept in %s", r.w.LogDir())
		} else {
			_ = os.RemoveAll(dir)
		}
	})
	r.must(r.w.Configure(r.ctx, map[string]string{"acr-registry-info": world.Enterprise, "watch-namespace": "shop",
		"service-account": "*", "webhook-configuration": world.WebhookOff}))
	r.controller, err = r.w.StartController()
	r.must(err)
	r.webhook, err = r.w.StartWebhook()
	r.must(err)
	for _, program := range []*world.Program{r.controller, r.webhook} {
		r.must(program.AwaitReady(r.ctx, startLimit))
	}
	r.server = startPrometheus(t, r.w, r.controller, r.webhook)
	r.fight()
	r.admit()
	r.must(r.server.awaitScrapes(r.ctx, soon))
	return r
}

// fight lets another client undo what the controller has done.
func (r *run) fight() {
	r.Helper()
	core := r.w.Client().CoreV1()
	_, err := core.Namespaces().Create(r.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, metav1.CreateOptions{})
	r.must(err)
	_, err = r.w.AwaitSecret(r.ctx, "shop", soon)
	r.must(err)
	created, err := core.ServiceAccounts("shop").Create(r.ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: account}}, metav1.CreateOptions{})
	r.must(err)
	r.awaitBound()
	created.ResourceVersion, created.ImagePullSecrets = "", nil
	_, err = core.ServiceAccounts("shop").Update(r.ctx, created, metav1.UpdateOptions{})
	r.must(err)
	r.awaitBound()
	r.must(core.Secrets("shop").Delete(r.ctx, world.SecretName, metav1.DeleteOptions{}))
	_, err = r.w.AwaitSecret(r.ctx, "shop", soon)
	r.must(err)
}

func (r *run) awaitBound() {
	r.Helper()
	r.must(r.w.AwaitPullSecrets(r.ctx, "shop", account, soon, world.SecretName))
}

// admit switches the webhook on and lets it see a creation, an update that would strip our entry, and an edit of the
// configuration.
func (r *run) admit() {
	r.Helper()
	r.must(r.w.Configure(r.ctx, map[string]string{"acr-registry-info": world.Enterprise, "watch-namespace": "shop",
		"service-account": "*", "webhook-configuration": world.WebhookOn}))
	r.must(r.w.AwaitWebhook(r.ctx, "shop", true, soon))
	core := r.w.Client().CoreV1()
	bound, err := core.ServiceAccounts("shop").Get(r.ctx, account, metav1.GetOptions{})
	r.must(err)
	bound.ImagePullSecrets = nil
	_, err = core.ServiceAccounts("shop").Update(r.ctx, bound, metav1.UpdateOptions{})
	r.must(err)
	r.eventually(func() error {
		configuration, err := core.ConfigMaps(world.OwnNamespace).Get(r.ctx, world.ConfigMapName, metav1.GetOptions{})
		if err != nil {
			return err
		}
		configuration.Data["expiring-threshold"] = fmt.Sprintf("%ds", 900+time.Now().Second())
		if _, err := core.ConfigMaps(world.OwnNamespace).Update(r.ctx, configuration, metav1.UpdateOptions{}); err != nil {
			return err
		}
		text, err := r.webhook.Metrics(r.ctx)
		if err == nil && !strings.Contains(text, `decision="configuration_valid"`) {
			err = errors.New("the webhook has not been asked about an edit yet")
		}
		return err
	})
}

func TestARealRunShowsWhatIsDocumented(t *testing.T) {
	r := startRun(t)
	r.checkMetricsDocument()
	r.checkDashboard()
	r.checkAlerts()
	r.checkCommands()
}

var (
	typeLine   = regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)$`)
	sampleLine = regexp.MustCompile(`(?m)^([a-z_]+?)(?:_bucket|_sum|_count)?\{(.*)\} \S+$`)
	labelName  = regexp.MustCompile(`(?:^|,)([a-z_]+)="`)
)

// checkMetricsDocument compares /metrics of both programs with docs/metrics.md, both ways.
func (r *run) checkMetricsDocument() {
	documented := documentedMetrics(r.T)
	for part, program := range map[string]*world.Program{"controller": r.controller, "webhook": r.webhook} {
		text, err := program.Metrics(r.ctx)
		r.must(err)
		r.checkLint(part, text)
		types := map[string]string{}
		for _, line := range typeLine.FindAllStringSubmatch(text, -1) {
			if types[line[1]] != "" {
				r.Errorf("%s shows %s twice", part, line[1])
			}
			types[line[1]] = line[2]
		}
		for name, kind := range types {
			if row, found := documented[name]; !found || row.Type != kind || row.Program != part && row.Program != "both" {
				r.Errorf("%s shows %s %s, docs/metrics.md says %+v", part, kind, name, row)
			}
		}
		for name, row := range documented {
			if (row.Program == part || row.Program == "both") && types[name] == "" {
				r.Errorf("docs/metrics.md has %s, which %s does not show", name, part)
			}
		}
		for _, line := range sampleLine.FindAllStringSubmatch(text, -1) {
			for _, label := range labelName.FindAllStringSubmatch(line[2], -1) {
				if !slices.Contains(documented[line[1]].Labels, label[1]) {
					r.Errorf("%s shows %s with the label %s, which docs/metrics.md does not know", part, line[1], label[1])
				}
			}
		}
	}
}

// checkLint has promtool judge the form of the answer and the names in it.
func (r *run) checkLint(part, text string) {
	command := exec.CommandContext(r.ctx, "promtool", "check", "metrics")
	command.Stdin = strings.NewReader(text)
	if out, err := command.CombinedOutput(); err != nil {
		r.Errorf("promtool check metrics of the %s: %v\n%s", part, err, out)
	}
}

// mayBeEmpty are the families that a run without failures does not count.
var mayBeEmpty = []string{"acr_registration_foreign_writes_total", "acr_watch_errors_total", "workqueue_retries_total"}

// checkDashboard expects every query of the dashboard to give data.
func (r *run) checkDashboard() {
	for _, query := range readQueries(r.T) {
		r.must(world.Eventually(r.ctx, soon, func() error {
			found, err := r.server.series(r.ctx, query.Expr)
			if err != nil {
				return world.Permanent(err)
			}
			if names := metricsOf(query.Expr); found > 0 || slices.Contains(mayBeEmpty, names[0]) {
				return nil
			}
			return fmt.Errorf("panel %s: %s gives nothing", query.Panel, query.Expr)
		}))
	}
}

var selector = regexp.MustCompile(`[a-z_]+(?:\{[^}]*\})?`)

// checkAlerts expects every alert to be understood, to be silent, and to look at series that are there.
func (r *run) checkAlerts() {
	var data struct {
		Groups []struct {
			Rules []struct{ Name, State, Health, LastError string }
		}
	}
	r.eventually(func() error {
		if err := r.server.call(r.ctx, "/api/v1/rules", nil, &data); err != nil {
			return err
		}
		for _, group := range data.Groups {
			for _, rule := range group.Rules {
				if rule.Health != "ok" {
					return fmt.Errorf("alert %s: %s %s", rule.Name, rule.Health, rule.LastError)
				}
			}
		}
		return nil
	})
	for _, group := range data.Groups {
		for _, rule := range group.Rules {
			if rule.State == "firing" {
				r.Errorf("alert %s fires in a good run", rule.Name)
			}
		}
	}
	for _, rule := range readAlerts(r.T) {
		for _, name := range selector.FindAllString(rule.Expr, -1) {
			family := metricsOf(name)
			// There is no --cert-dir here, nor an answer that is not 200, nor a client that is blocked for longer.
			if len(family) == 0 || slices.Contains(mayBeEmpty, family[0]) || strings.Contains(name, `source="files"`) || strings.Contains(name, `code!="200"`) {
				continue
			}
			if found, err := r.server.series(r.ctx, name); err != nil || found == 0 {
				r.Errorf("alert %s looks at %s: %d series, %v", rule.Alert, name, found, err)
			}
		}
	}
}

var (
	codeBlock = regexp.MustCompile("(?s)```\n(.*?)```")
	// What needs pods, which need a node, or changes the cluster, is run by other tests.
	readOnly = regexp.MustCompile(`^kubectl (-n \S+ )?get `)
)

// checkCommands runs the commands of docs/operations.md that only look at the cluster, as they are written.
func (r *run) checkCommands() {
	count := 0
	for _, block := range codeBlock.FindAllStringSubmatch(readFile(r.T, "docs", "operations.md"), -1) {
		for line := range strings.Lines(block[1]) {
			if line = strings.TrimSpace(line); !readOnly.MatchString(line) {
				continue
			}
			count++
			command := exec.CommandContext(r.ctx, "bash", "-c", line)
			command.Env = append(command.Environ(), "KUBECONFIG="+r.w.Plane.Kubeconfig(), "PATH="+filepath.Clean(r.w.Plane.Bin())+":/usr/bin:/bin")
			var stderr strings.Builder
			command.Stderr = &stderr
			out, err := command.Output()
			if err != nil {
				r.Errorf("%s: %v\n%s", line, err, stderr.String())
			} else if strings.Contains(line, "-o ") && len(out) == 0 {
				r.Errorf("%s prints nothing", line)
			}
		}
	}
	if count < 10 {
		r.Errorf("docs/operations.md has %d commands that look at the cluster", count)
	}
}
