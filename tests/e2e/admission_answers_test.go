// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	registrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What kube-apiserver makes of answers is what the webhook's own rules stand on (ADM-7 to ADM-10, TST-4): which faults
// `failurePolicy: Ignore` forgives, and which fail the user's request whatever it says.

// verdict is what becomes of the user's request.
type verdict int

const (
	passes  verdict = iota // under both policies
	ignored                // only Ignore forgives it
	refused                // nothing forgives it
)

// reviewAnswer writes the answer to one request, whose number counts from 1.
type reviewAnswer func(w http.ResponseWriter, uid string, number int64)

const goodPatch = `[{"op":"add","path":"/imagePullSecrets","value":[{"name":"answered"}]}]`

// answer is a whole AdmissionReview with these members of `response` beside the uid.
func answer(members string) reviewAnswer {
	return text(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"UID",` + members + `}}`)
}

func patched(patch string) reviewAnswer {
	return answer(`"allowed":true,"patchType":"JSONPatch","patch":"` + base64.StdEncoding.EncodeToString([]byte(patch)) + `"`)
}

func text(body string) reviewAnswer { return typed("application/json", body) }

func typed(contentType, body string) reviewAnswer {
	return func(w http.ResponseWriter, uid string, _ int64) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, strings.ReplaceAll(body, "UID", uid))
	}
}

func status(code int, headers ...string) reviewAnswer {
	return func(w http.ResponseWriter, _ string, _ int64) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
	}
}

// first answers one request and leaves the others to another answer.
func first(one, others reviewAnswer) reviewAnswer {
	return func(w http.ResponseWriter, uid string, number int64) {
		if number == 1 {
			one(w, uid, number)
		} else {
			others(w, uid, number)
		}
	}
}

// answerRows are the rows of the table of answers, by number and letter.
var answerRows = []struct {
	id, about string
	answer    reviewAnswer
	want      verdict
	bound     bool // the patch of the answer arrives
}{
	{"1a", "a connection that is reset", func(http.ResponseWriter, string, int64) { panic(http.ErrAbortHandler) }, ignored, false},
	{"1b", "an answer after the timeout", func(_ http.ResponseWriter, _ string, _ int64) { time.Sleep(1500 * time.Millisecond) }, ignored, false},
	{"2a", "400", status(http.StatusBadRequest), ignored, false},
	{"2b", "500 without Retry-After", status(http.StatusInternalServerError), ignored, false},
	{"2c", "a redirect", status(http.StatusTemporaryRedirect, "Location", "/elsewhere"), ignored, false},
	{"3a", "503 with Retry-After, then a good answer (ADM-10)",
		first(status(http.StatusServiceUnavailable, "Retry-After", "1", "Connection", "close"), patched(goodPatch)), passes, true},
	{"3b", "429 with Retry-After, then a good answer", first(status(http.StatusTooManyRequests, "Retry-After", "1"), patched(goodPatch)), passes, true},
	{"3c", "503 with Retry-After for longer than the timeout", status(http.StatusServiceUnavailable, "Retry-After", "1"), ignored, false},
	{"4a", "an empty body", text(""), ignored, false},
	{"4b", "no JSON", text("allowed"), ignored, false},
	{"4c", "JSON that was cut off", text(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"UID",`), ignored, false},
	{"5a", "a content type that is none", typed("/;", `{}`), ignored, false},
	{"5b", "another content type over a good answer", typed("text/plain",
		`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"UID","allowed":true}}`), passes, false},
	{"6a", "no response", text(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}`), ignored, false},
	{"6b", "another uid", text(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"another","allowed":true}}`), ignored, false},
	{"6c", "no apiVersion", text(`{"kind":"AdmissionReview","response":{"uid":"UID","allowed":true}}`), ignored, false},
	{"6d", "another kind", text(`{"apiVersion":"admission.k8s.io/v1","kind":"Review","response":{"uid":"UID","allowed":true}}`), ignored, false},
	{"7a", "patch without patchType (ADM-7)", answer(`"allowed":true,"patch":"W10="`), ignored, false},
	{"7b", "patchType without patch (ADM-7)", answer(`"allowed":true,"patchType":"JSONPatch"`), ignored, false},
	{"8a", "a patch that is no base64", answer(`"allowed":true,"patchType":"JSONPatch","patch":"%%"`), ignored, false},
	{"8b", "a patch that is no array", patched(`{}`), ignored, false},
	{"9", "another patchType", answer(`"allowed":true,"patchType":"MergePatch","patch":"` + base64.StdEncoding.EncodeToString([]byte(goodPatch)) + `"`), ignored, false},
	{"10a", "a patch into a list that is not there (ADM-8)", patched(`[{"op":"add","path":"/imagePullSecrets/-","value":{"name":"answered"}}]`), refused, false},
	{"10b", "a patch whose test fails", patched(`[{"op":"test","path":"/metadata/name","value":"another"}]`), refused, false},
	{"11", "a patch after which it is no ServiceAccount", patched(`[{"op":"add","path":"/imagePullSecrets","value":"text"}]`), refused, false},
	{"13", "not allowed", answer(`"allowed":false,"status":{"message":"because","code":422}`), refused, false},
	{"15", "an empty patch", patched(`[]`), passes, false},
	{"16", "a patch that changes nothing", patched(`[{"op":"add","path":"/metadata/labels/row","value":"LABEL"}]`), passes, false},
	{"17", "a patch after which the object is not valid", patched(`[{"op":"add","path":"/metadata/labels/row","value":"not a label!"}]`), refused, false},
	{"good", "a good answer", patched(goodPatch), passes, true},
}

// startAnswers serves each row under its id, and returns the address and what to trust.
func startAnswers(t *testing.T) (url string, bundle []byte) {
	t.Helper()
	var numbers [64]atomic.Int64
	mux := http.NewServeMux()
	for i, row := range answerRows {
		for policy := range 2 {
			number := &numbers[2*i+policy]
			mux.HandleFunc(fmt.Sprintf("/%s/%d", row.id, policy), func(w http.ResponseWriter, request *http.Request) {
				var review admissionv1.AdmissionReview
				if err := json.NewDecoder(request.Body).Decode(&review); err != nil {
					t.Error(err)
					return
				}
				row.answer(w, string(review.Request.UID), number.Add(1))
			})
		}
	}
	server := httptest.NewUnstartedServer(mux)
	server.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){}
	server.StartTLS()
	t.Cleanup(server.Close)
	certificate := server.Certificate()
	return server.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
}

func TestKubeAPIServerTakesEachKindOfAnswerAsTheRulesSay(t *testing.T) {
	s := newScene(t)
	namespace := s.namespace()
	url, bundle := startAnswers(t)
	const name = "answers.example.com"
	policies := []registrationv1.FailurePolicyType{registrationv1.Ignore, registrationv1.Fail}
	label := func(id string, policy int) string { return fmt.Sprintf("%s-%d", id, policy) }
	hook := func(id string, policy int, operations ...registrationv1.OperationType) registrationv1.MutatingWebhook {
		path, none, seconds := fmt.Sprintf("%s/%s/%d", url, id, policy), registrationv1.SideEffectClassNone, int32(3)
		if id == "1b" {
			seconds = 1
		}
		return registrationv1.MutatingWebhook{
			Name: fmt.Sprintf("row-%s-%d.%s", id, policy, name), ClientConfig: registrationv1.WebhookClientConfig{URL: &path, CABundle: bundle},
			FailurePolicy: &policies[policy], SideEffects: &none, TimeoutSeconds: &seconds, AdmissionReviewVersions: []string{"v1"},
			ObjectSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"row": label(id, policy)}},
			Rules: []registrationv1.RuleWithOperations{{Operations: operations,
				Rule: registrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"serviceaccounts"}}}},
		}
	}
	hooks := &registrationv1.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: name}}
	for _, row := range answerRows {
		for policy := range policies {
			hooks.Webhooks = append(hooks.Webhooks, hook(row.id, policy, registrationv1.Create))
		}
	}
	some := registrationv1.SideEffectClassNoneOnDryRun
	for policy := range policies {
		gone := hook("12", policy, registrationv1.Delete)
		path := fmt.Sprintf("%s/good/%d", url, policy)
		gone.ClientConfig.URL = &path
		gone.SideEffects = &some
		hooks.Webhooks = append(hooks.Webhooks, gone)
	}
	admission := s.client().AdmissionregistrationV1().MutatingWebhookConfigurations()
	_, err := admission.Create(s.ctx, hooks, metav1.CreateOptions{})
	s.must(err)
	t.Cleanup(func() { s.must(admission.Delete(context.Background(), name, metav1.DeleteOptions{})) })
	account := func(id string, policy int) *corev1.ServiceAccount {
		return &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "row-" + label(id, policy), Labels: map[string]string{"row": label(id, policy)}}}
	}
	accounts := s.client().CoreV1().ServiceAccounts(namespace)
	dryRun := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
	s.eventually(soon, func() error { // the API server learns of the hooks by a watch
		answer, err := accounts.Create(s.ctx, account("good", 1), dryRun)
		if err == nil && len(answer.ImagePullSecrets) == 0 {
			err = fmt.Errorf("the hooks are not asked yet")
		}
		return err
	})

	for _, row := range answerRows {
		for policy, failurePolicy := range policies {
			t.Run(fmt.Sprintf("%s %s under %s", row.id, strings.ReplaceAll(row.about, " ", "_"), failurePolicy), func(t *testing.T) {
				if row.id == "8b" && s.w.Plane.Minor() < 34 { // an internal error there, which no failurePolicy ignores
					row.want = refused
				}
				answer, err := accounts.Create(s.ctx, account(row.id, policy), metav1.CreateOptions{})
				if fails := row.want == refused || (row.want == ignored && failurePolicy == registrationv1.Fail); fails != (err != nil) {
					t.Fatalf("the creation gave %v", err)
				}
				if bound := err == nil && len(answer.ImagePullSecrets) > 0; bound != row.bound {
					t.Fatalf("the patch arrived: %t, want %t", bound, row.bound)
				}
				if row.id == "13" && (apierrors.ReasonForError(err) == metav1.StatusReasonInternalError || !strings.Contains(err.Error(), "denied the request: because")) {
					t.Fatalf("told is %v", err)
				}
			})
		}
	}
	for policy, failurePolicy := range policies { // 12: nothing can be patched in a deletion
		_, err := accounts.Create(s.ctx, account("12", policy), metav1.CreateOptions{})
		s.must(err)
		if err := accounts.Delete(s.ctx, "row-"+label("12", policy), metav1.DeleteOptions{}); err == nil {
			t.Errorf("12 under %s: a deletion whose answer has a patch passed", failurePolicy)
		}
	}
}

// 14. No API since Kubernetes 1.22 takes a webhook with such side effects, so it comes from the store of an older cluster, which nobody
// checks again.
func TestADryRunThatAWebhookWithSideEffectsWouldSeeIsRefusedWhateverTheFailurePolicy(t *testing.T) {
	s := newScene(t)
	namespace := s.namespace()
	url, bundle := startAnswers(t)
	const name = "side-effects.example.com"
	hooks := &registrationv1.MutatingWebhookConfiguration{
		TypeMeta:   metav1.TypeMeta{APIVersion: "admissionregistration.k8s.io/v1", Kind: "MutatingWebhookConfiguration"},
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: "0e4d7e2a-7a55-4f0e-9d0c-000000000014", CreationTimestamp: metav1.Now()},
	}
	type case14 struct {
		effects registrationv1.SideEffectClass
		policy  registrationv1.FailurePolicyType
	}
	var cases []case14
	for _, effects := range []registrationv1.SideEffectClass{registrationv1.SideEffectClassSome, registrationv1.SideEffectClassUnknown} {
		for i, policy := range []registrationv1.FailurePolicyType{registrationv1.Ignore, registrationv1.Fail} {
			cases = append(cases, case14{effects, policy})
			row, path, seconds := label14(effects, policy), fmt.Sprintf("%s/good/%d", url, i), int32(3)
			match, reinvocation, scope := registrationv1.Equivalent, registrationv1.NeverReinvocationPolicy, registrationv1.AllScopes
			hooks.Webhooks = append(hooks.Webhooks, registrationv1.MutatingWebhook{ // with all that kube-apiserver would have filled in
				Name: row + "." + name, ClientConfig: registrationv1.WebhookClientConfig{URL: &path, CABundle: bundle},
				FailurePolicy: &policy, SideEffects: &effects, TimeoutSeconds: &seconds, AdmissionReviewVersions: []string{"v1"},
				MatchPolicy: &match, ReinvocationPolicy: &reinvocation, NamespaceSelector: &metav1.LabelSelector{},
				ObjectSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"row": row}},
				Rules: []registrationv1.RuleWithOperations{{Operations: []registrationv1.OperationType{registrationv1.Create},
					Rule: registrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"serviceaccounts"}, Scope: &scope}}},
			})
		}
	}
	admission := s.client().AdmissionregistrationV1().MutatingWebhookConfigurations()
	refused := hooks.DeepCopy()
	refused.ObjectMeta = metav1.ObjectMeta{Name: name}
	if _, err := admission.Create(s.ctx, refused, metav1.CreateOptions{}); !apierrors.IsInvalid(err) {
		t.Fatalf("by the API it gave %v", err)
	}
	s.must(s.w.Plane.Plant(s.ctx, "mutatingwebhookconfigurations/"+name, hooks))
	t.Cleanup(func() { s.must(admission.Delete(context.Background(), name, metav1.DeleteOptions{})) })
	s.awaitHooksKnown(namespace)

	for _, c := range cases {
		t.Run(fmt.Sprintf("14 %s under %s", c.effects, c.policy), func(t *testing.T) {
			row := label14(c.effects, c.policy)
			account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: row, Labels: map[string]string{"row": row}}}
			accounts := s.client().CoreV1().ServiceAccounts(namespace)

			_, err := accounts.Create(s.ctx, account, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})

			if !apierrors.IsBadRequest(err) || !strings.Contains(err.Error(), "dry run") {
				t.Errorf("the dry run gave %v", err)
			}
			answer, err := accounts.Create(s.ctx, account, metav1.CreateOptions{})
			if err != nil || !slices.Equal(namesOf(answer), []string{"answered"}) {
				t.Errorf("the creation itself gave %v (%v)", answer, err)
			}
		})
	}
}

func label14(effects registrationv1.SideEffectClass, policy registrationv1.FailurePolicyType) string {
	return strings.ToLower(fmt.Sprintf("row-14-%s-%s", effects, policy))
}
