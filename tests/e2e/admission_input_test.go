// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
)

const mutatePath = "/mutate-v1-serviceaccount"

// webhookClient trusts what the registration tells kube-apiserver to trust.
func (s *scene) webhookClient() *http.Client {
	s.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(s.registration().Webhooks[0].ClientConfig.CABundle) {
		s.Fatal("caBundle holds no certificate")
	}
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
}

func TestTheWebhookAnswersBadInputWithoutHarm(t *testing.T) {
	s := newScene(t)
	_, webhook, namespace := s.startBoth()
	client := s.webhookClient()
	cases := []struct {
		name, method, path, contentType, body string
		status                                int
	}{
		{"another method (SEC-8)", http.MethodGet, mutatePath, "application/json", "", http.StatusMethodNotAllowed},
		{"another path (SEC-8)", http.MethodPost, "/mutate-v1-pod", "application/json", "{}", http.StatusNotFound},
		{"another content type (ADM-9)", http.MethodPost, mutatePath, "text/plain", "{}", http.StatusUnsupportedMediaType},
		{"broken JSON (ADM-9)", http.MethodPost, mutatePath, "application/json", `{"kind":"AdmissionReview",`, http.StatusBadRequest},
		{"a body over the limit (SEC-7)", http.MethodPost, mutatePath, "application/json",
			`{"pad":"` + strings.Repeat("x", 8<<20) + `"}`, http.StatusRequestEntityTooLarge},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			request, err := http.NewRequest(c.method, s.w.WebhookURL()+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", c.contentType)

			response, err := client.Do(request)

			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != c.status {
				t.Fatalf("status %d, want %d", response.StatusCode, c.status)
			}
		})
	}
	if names := namesOf(s.createAccount(namespace, "afterwards")); len(names) != 1 || !webhook.Running() {
		t.Fatalf("afterwards the create answer lists %v", names)
	}
}

func TestAReviewOfAnotherKindIsAllowedUnchanged(t *testing.T) {
	s := newScene(t)
	s.startBoth()
	review := `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u-1","operation":"CREATE",
		"kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},
		"namespace":"default","name":"p","object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}},"dryRun":false}}`

	response, err := s.webhookClient().Post(s.w.WebhookURL()+mutatePath+"?timeout=5s", "application/json", strings.NewReader(review))

	s.must(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	s.must(err)
	var answer admissionv1.AdmissionReview
	s.must(json.Unmarshal(body, &answer))
	if answer.Kind != "AdmissionReview" || answer.APIVersion != "admission.k8s.io/v1" || answer.Response == nil {
		t.Fatalf("ADM-6: the answer is no AdmissionReview v1: %s", body)
	}
	if r := answer.Response; r.UID != "u-1" || !r.Allowed || r.Patch != nil || r.PatchType != nil {
		t.Fatalf("ADM-6, ADM-7: %s", body)
	}
}
