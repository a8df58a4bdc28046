// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"errors"
	"strconv"
	"strings"

	registrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/testbed"
)

// hookName is the webhook's name in the registration.
const hookName = "serviceaccounts.acr-credential-helper.io"

// hookCalls is what kube-apiserver itself has counted of its calls of a webhook.
type hookCalls struct {
	answered   float64
	failed     float64 // forgiven or not: no connection, no handshake, no answer in time, another status, an answer that is none
	distrusted float64 // certificates, of any webhook, that Go's clients do not take
	processor  float64 // seconds that kube-apiserver has used for everything
}

func (s *scene) hookCalls(name string) (calls hookCalls) {
	s.Helper()
	text, err := s.client().CoreV1().RESTClient().Get().AbsPath("/metrics").DoRaw(s.ctx)
	s.must(err)
	for line := range strings.Lines(string(text)) {
		family, labels, _ := strings.Cut(strings.TrimSpace(line), "{")
		ours := strings.Contains(labels, `name="`+name+`"`)
		switch {
		case ours && family == "apiserver_admission_webhook_request_total" && strings.Contains(labels, `code="200"`):
			calls.answered += s.valueOf(line)
		case ours && (family == "apiserver_admission_webhook_rejection_count" || family == "apiserver_admission_webhook_fail_open_count"):
			calls.failed += s.valueOf(line)
		case strings.HasPrefix(family, "apiserver_webhooks_x509_"):
			calls.distrusted += s.valueOf(line)
		case strings.HasPrefix(family, "process_cpu_seconds_total "):
			calls.processor = s.valueOf(line)
		}
	}
	return calls
}

// valueOf is what a line of an answer of /metrics ends with.
func (s *scene) valueOf(line string) float64 {
	s.Helper()
	fields := strings.Fields(line)
	number, err := strconv.ParseFloat(fields[len(fields)-1], 64)
	s.must(err)
	return number
}

// noCallFailed fails the test if in the eyes of kube-apiserver a call of our webhook has failed since, whatever became of the user's
// request, or if none was made.
func (s *scene) noCallFailed(since hookCalls) {
	s.Helper()
	now := s.hookCalls(hookName)
	s.Logf("kube-apiserver had %.0f answers of the webhook meanwhile, %.0f calls failed; it used %.1f s of processor time",
		now.answered-since.answered, now.failed-since.failed, now.processor-since.processor)
	if now.failed != since.failed || now.distrusted != since.distrusted || now.answered == since.answered {
		s.Errorf("kube-apiserver counted %+v, and %+v before", now, since)
	}
}

// awaitHooksKnown waits until kube-apiserver goes by everything that was written about mutating webhooks until now. It learns of them in
// the order of the writes, and so has learnt of all once it asks one that is made here.
func (s *scene) awaitHooksKnown(namespace string) {
	s.Helper()
	const nobody = "no-such-webhook.example.com"
	name, url := s.freeName(), "https://"+testbed.Loopback(1)
	none, fail, seconds := registrationv1.SideEffectClassNone, registrationv1.Fail, int32(1)
	hooks := s.client().AdmissionregistrationV1().MutatingWebhookConfigurations()
	_, err := hooks.Create(s.ctx, &registrationv1.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: name},
		Webhooks: []registrationv1.MutatingWebhook{{
			Name: nobody, ClientConfig: registrationv1.WebhookClientConfig{URL: &url}, FailurePolicy: &fail, SideEffects: &none,
			TimeoutSeconds: &seconds, AdmissionReviewVersions: []string{"v1"},
			ObjectSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"asks": name}},
			Rules: []registrationv1.RuleWithOperations{{Operations: []registrationv1.OperationType{registrationv1.Create},
				Rule: registrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"configmaps"}}}},
		}}}, metav1.CreateOptions{})
	s.must(err)
	defer func() { s.must(hooks.Delete(context.Background(), name, metav1.DeleteOptions{})) }()
	s.eventually(soon, func() error {
		_, err := s.client().CoreV1().ConfigMaps(namespace).Create(s.ctx,
			&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"asks": name}}},
			metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil || !strings.Contains(err.Error(), nobody) {
			return errors.Join(errors.New("kube-apiserver does not ask the newest webhook yet"), err)
		}
		return nil
	})
}
