// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/world"
)

// kubectl runs as the administrator and returns all that it prints, as a person sees it.
func (s *scene) kubectl(args ...string) (string, error) {
	command := exec.CommandContext(s.ctx, filepath.Join(s.w.Plane.Bin(), "kubectl"), args...)
	command.Env = append(os.Environ(), "KUBECONFIG="+s.w.Plane.Kubeconfig())
	printed, err := command.CombinedOutput()
	return string(printed), err
}

// apply is `kubectl apply` of the usual configuration with changes.
func (s *scene) apply(changes ...string) (string, error) {
	s.Helper()
	text, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "data": settings(changes...),
		"metadata": map[string]any{"name": world.ConfigMapName, "namespace": world.OwnNamespace},
	})
	s.must(err)
	file := filepath.Join(s.TempDir(), "acr-configuration.json")
	s.must(os.WriteFile(file, text, 0o600))
	return s.kubectl("apply", "-f", file)
}

func (s *scene) stored() *corev1.ConfigMap {
	s.Helper()
	found, err := s.client().CoreV1().ConfigMaps(world.OwnNamespace).Get(s.ctx, world.ConfigMapName, metav1.GetOptions{})
	s.must(err)
	return found
}

// awaitValidation waits until edits of the ConfigMap are judged before they are stored, or no more.
func (s *scene) awaitValidation(on bool) {
	s.Helper()
	s.eventually(soon, func() error {
		found, err := s.client().AdmissionregistrationV1().ValidatingWebhookConfigurations().Get(s.ctx, world.AdmissionName, metav1.GetOptions{})
		if err == nil && (len(found.Webhooks) == 1) != on {
			err = fmt.Errorf("registered are %d webhooks", len(found.Webhooks))
		}
		return err
	})
	s.eventually(soon, func() error { // kube-apiserver follows the registration a moment later
		probe := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: world.ConfigMapName}, Data: settings("binding-mode", "sometimes")}
		_, err := s.client().CoreV1().ConfigMaps(world.OwnNamespace).Update(s.ctx, probe, metav1.UpdateOptions{DryRun: []string{metav1.DryRunAll}})
		if refused := isDenied(err); refused != on || (err != nil && !refused) {
			return fmt.Errorf("a broken edit is refused: %t, want %t (%w)", refused, on, err)
		}
		return nil
	})
}

// storeBroken has a broken value stored while nobody is there to refuse it; afterwards another webhook judges.
func (s *scene) storeBroken(webhook *world.Program, key, value string) {
	s.Helper()
	webhook.Kill()
	if printed, err := s.apply(key, value); err != nil {
		s.Fatal(printed)
	}
	s.awaitEvent("ConfigurationInvalid", soon, noted(key+" line 1"))
	s.startWebhook()
	s.awaitValidation(true)
}

func isDenied(err error) bool {
	return err != nil && strings.Contains(err.Error(), "denied the request")
}

// startJudging starts both programs with the webhook for ServiceAccounts off, on which the check of the ConfigMap does not
// depend, waits for that check, and returns the webhook and a namespace that is served.
func (s *scene) startJudging() (webhook *world.Program, namespace string) {
	s.Helper()
	if printed, err := s.apply(); err != nil {
		s.Fatal(printed)
	}
	s.startController()
	webhook = s.startWebhook()
	s.awaitValidation(true)
	namespace = s.namespace()
	s.awaitSecret(namespace, soon)
	s.awaitBound(namespace, "default", soon)
	return webhook, namespace
}

// refusals are edits that kubectl must not get through, and where the message must point to.
var refusals = []struct {
	name    string
	changes []string
	place   string
}{
	{"an open quote", []string{"acr-registry-info", "- instanceId: cri-acme0000000000\n- instanceId: \"cri-beta0000000000\n"}, `acr-registry-info line 2 column \d+`},
	{"half of an access key, whose half is a secret", []string{"acr-registry-info", "- instanceId: cri-acme0000000000\n  regionId: cn-hangzhou\n  customAccessKeySecret: neverToBeSeen\n"}, `acr-registry-info line 3 column 3`},
	{"a dash that may begin an item or not", []string{"acr-registry-info", "- instanceId: cri-acme0000000000\n  - domains: acme.example.com\n"}, `acr-registry-info line 2 column 3`},
	{"an item that may be the rest of the one above", []string{"acr-registry-info", "- instanceId: cri-acme0000000000\n- domains: acme.example.com\n"}, `acr-registry-info line 2 column 3`},
	{"a reference to a Secret without a name", []string{"acr-registry-info", "- instanceId: cri-acme0000000000\n  customAccessKeySecretRef:\n  name: keys\n"}, `acr-registry-info line 2 column 3.*indent it below`},
	{"one key under two names", []string{"watchNamespace", "shop", "watch_namespace", "all", "watch-namespace", ""}, `watch_namespace line 1 column 1`},
	{"a duration that is none", []string{"expiring-threshold", "soon"}, `expiring-threshold line 1 column 1`},
	{"a name that is none", []string{"watch-namespace", "shop,pay_ments"}, `watch-namespace line 1 column 6`},
	{"a selector that is none", []string{"namespace-selector", "team in shop"}, `namespace-selector line 1 column \d+`},
	{"a mode that is none", []string{"binding-mode", "replace"}, `binding-mode line 1 column 1`},
	{"a policy that is none", []string{"webhook-configuration", "enable: true\nfailure-policy: Deny\n"}, `webhook-configuration line 2 column 17`},
	{"a misspelt key in the place of the right one", []string{"watch-namespace", "", "watch-namepsace", "all"}, `watch-namepsace line 1 column 1`},
}

func TestABrokenEditIsRefusedByKubectlApplyWithItsPlace(t *testing.T) {
	s := newScene(t)
	s.startJudging()
	before := s.stored()

	for _, refusal := range refusals {
		printed, err := s.apply(refusal.changes...)

		if err == nil || !strings.Contains(printed, "denied the request") || !regexp.MustCompile(refusal.place).MatchString(printed) {
			t.Errorf("%s: kubectl (%v) does not print %q: %s", refusal.name, err, refusal.place, printed)
		}
		// kubectl repeats what it has sent before it tells the answer.
		if _, answer, _ := strings.Cut(printed, "denied the request"); strings.Contains(answer, "neverToBeSeen") {
			t.Errorf("%s: an access key is printed", refusal.name)
		}
	}
	printed, err := s.apply("expiring-threshold", "soon", "binding-mode", "replace")
	if err == nil || !strings.Contains(printed, "expiring-threshold line 1") || !strings.Contains(printed, "binding-mode line 1") {
		t.Errorf("of two errors kubectl (%v) prints: %s", err, printed)
	}
	if after := s.stored(); after.ResourceVersion != before.ResourceVersion {
		t.Errorf("a refused edit was stored: %v", after.Data)
	}
}

func TestAConfigMapThatIsBrokenFromTheStartIsRefusedAtItsCreation(t *testing.T) {
	s := newScene(t)
	s.startJudging()
	s.must(s.w.DeleteConfiguration(s.ctx))

	printed, err := s.apply("acr-registry-info", "- instanceId: [\n")

	if err == nil || !position.MatchString(printed) {
		t.Errorf("kubectl (%v) prints: %s", err, printed)
	}
	if printed, err = s.apply(); err != nil {
		t.Errorf("a good one is refused too (%v): %s", err, printed)
	}
}

func TestAWarningIsShownByKubectlApplyAndTheEditIsStored(t *testing.T) {
	s := newScene(t)
	s.startJudging()

	printed, err := s.apply("acr-registry-inof-of-others", "x", "watch-namespace", "Shop", "expiring-threshold", "30s")

	if err != nil {
		t.Fatal(printed)
	}
	for _, warning := range []string{"Warning: acr-registry-inof-of-others line 1 column 1", "Warning: watch-namespace line 1 column 1",
		"Warning: expiring-threshold line 1 column 1"} {
		if !strings.Contains(printed, warning) {
			t.Errorf("kubectl does not print %q: %s", warning, printed)
		}
	}
	if s.stored().Data["watch-namespace"] != "Shop" {
		t.Errorf("the edit was not stored: %s", printed)
	}
	if printed, err = s.apply("watch-namespace", "shop"); err != nil || strings.Contains(printed, "Warning: ") {
		t.Errorf("of a clean edit kubectl (%v) prints: %s", err, printed)
	}
}

func TestOfManyWarningsThoseAboutTheScopeComeFirstAndTheRestIsCounted(t *testing.T) {
	s := newScene(t)
	s.startJudging()
	changes := []string{"watch-namespace", "all", "expiring-threshold", "30s"}
	for number := range 25 {
		changes = append(changes, fmt.Sprintf("colour-%02d", number), "x")
	}

	printed, err := s.apply(changes...)

	if err != nil {
		t.Fatal(printed)
	}
	var warnings []string
	for line := range strings.Lines(printed) {
		if warning, found := strings.CutPrefix(line, "Warning: "); found {
			warnings = append(warnings, strings.TrimSpace(warning))
		}
	}
	if len(warnings) != 21 || !strings.HasPrefix(warnings[0], "watch-namespace line 1 column 1") || warnings[20] != "and 7 more warnings" {
		t.Errorf("kubectl prints %d warnings: %s", len(warnings), printed)
	}
}

func TestLabelsOfABrokenConfigMapCanBeEditedAndItsDataOnlyForTheBetter(t *testing.T) {
	s := newScene(t)
	webhook, namespace := s.startJudging()
	before := s.snapshot(namespace)
	s.storeBroken(webhook, "binding-mode", "replace")

	for _, args := range [][]string{
		{"label", "team=shop"}, {"annotate", "note=kept"}, {"label", "team-"},
	} {
		args := append([]string{args[0], "configmap", world.ConfigMapName, "-n", world.OwnNamespace}, args[1:]...)
		if printed, err := s.kubectl(args...); err != nil {
			t.Errorf("%v is refused: %s", args, printed)
		}
	}
	if printed, err := s.apply("binding-mode", "replaces"); err == nil || !strings.Contains(printed, "binding-mode line 1 column 1") {
		t.Errorf("from bad to bad kubectl (%v) prints: %s", err, printed)
	}
	s.unchanged(before, namespace)
	if printed, err := s.apply("service-account", "*"); err != nil {
		t.Errorf("the correction is refused: %s", printed)
	}
	s.awaitEvent("ConfigurationLoaded", soon, noted("accepted"))
}

func TestValidationCanBeTurnedOffByAFlag(t *testing.T) {
	s := newScene(t)
	controller, _, namespace := s.startBoth()
	s.awaitValidation(true)
	before := s.snapshot(namespace)
	s.must(controller.Stop(soon))

	s.startController("--validate-config=false")

	s.awaitValidation(false)
	if printed, err := s.apply("service-account", "*", "webhook-configuration", world.WebhookOn, "binding-mode", "replace"); err != nil {
		t.Fatalf("a broken edit is refused: %s", printed)
	}
	s.awaitEvent("ConfigurationInvalid", soon, noted("binding-mode line 1 column 1"))
	s.unchanged(before, namespace) // the other registration stays
	if hooks := s.registration().Webhooks; len(hooks) != 1 {
		t.Fatalf("%d webhooks are registered", len(hooks))
	}
}

func TestAnEditIsJudgedByTheTextInForceNotByWhatStandsThere(t *testing.T) {
	s := newScene(t)
	misspelt := []string{"rrssa", "enable: true"} // ignored with a warning at a first start
	if printed, err := s.apply(misspelt...); err != nil {
		s.Fatal(printed)
	}
	s.startController()
	webhook := s.startWebhook()
	s.awaitValidation(true)
	if printed, err := s.apply(append(misspelt, "expiring-threshold", "20m")...); err != nil || !strings.Contains(printed, "rrssa") {
		s.Fatalf("an edit beside a key that was ignored before: %v, %s", err, printed)
	}
	if printed, err := s.apply("expiring-threshold", "20m", "rrsaa", "enable: true"); err == nil {
		s.Fatalf("a newly misspelt key is taken: %s", printed)
	}

	s.storeBroken(webhook, "expiring-threshold", "soon")
	if printed, err := s.apply(append(misspelt, "expiring-threshold", "20m")...); err != nil {
		s.Fatalf("back to the text in force: %s", printed)
	}
}
