// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/yaml"

	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

// admissionCase is one case of tests/fixtures/webhook/cases.yaml.
type admissionCase struct {
	ID, Title, Review string
	Config            map[string]any
	Fill              struct {
		Text  string
		Times int
	}
	Expect struct {
		List       string
		HTTPStatus int `json:"http_status"`
	}
}

// reviewed is what a case's review says of its objects.
type reviewed struct {
	Request struct {
		Operation         string
		DryRun            bool
		Object, OldObject *corev1.ServiceAccount
	}
}

func admissionCases(t *testing.T) []admissionCase {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(testbed.ModuleDir(), "fixtures", "webhook", "cases.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Cases []admissionCase }
	if err := yaml.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	return all.Cases
}

// The answers of the webhook to these reviews are tested without an API server; here the API server itself sends such
// reviews and applies the patches to its objects.
func TestTheAPIServerAppliesThePatchOfEachCase(t *testing.T) {
	s := newScene(t)
	_, _, namespace := s.startBoth()
	applied := 0
	for _, c := range admissionCases(t) {
		if _, isOther := otherCases[c.ID]; isOther {
			continue // shown by a test of its own
		}
		var review reviewed
		s.must(json.Unmarshal([]byte(strings.ReplaceAll(c.Review, "FILL", strings.Repeat(c.Fill.Text, c.Fill.Times))), &review))
		applied++
		t.Run(c.ID+" "+c.Title, func(t *testing.T) {
			one := *s
			one.T = t
			wanted := namesOf(review.Request.Object)
			if c.Expect.List != "" {
				var list []corev1.LocalObjectReference
				one.must(json.Unmarshal([]byte(c.Expect.List), &list))
				wanted = world.Names(list)
			}

			given, answer := one.write(namespace, strings.ToLower(c.ID), review)

			if names := namesOf(answer); !slices.Equal(names, wanted) {
				t.Errorf("the answer lists %v, want %v", names, wanted)
			}
			if !maps.Equal(answer.Annotations, given.Annotations) || !maps.Equal(answer.Labels, given.Labels) || !slices.Equal(answer.Secrets, given.Secrets) {
				t.Errorf("something else was changed: %+v", answer)
			}
		})
	}
	if applied < 18 {
		t.Errorf("only %d cases were applied", applied)
	}
}

// write does with an object what the review says, and returns what it wrote and the answer.
func (s *scene) write(namespace, suffix string, review reviewed) (given, answer *corev1.ServiceAccount) {
	s.Helper()
	accounts := s.client().CoreV1().ServiceAccounts(namespace)
	given = ownName(review.Request.Object, suffix)
	var dryRun []string
	if review.Request.DryRun {
		dryRun = []string{metav1.DryRunAll}
	}
	var err error
	if review.Request.Operation == "CREATE" {
		answer, err = accounts.Create(s.ctx, given, metav1.CreateOptions{DryRun: dryRun})
		s.must(err)
		return given, answer
	}
	before := ownName(review.Request.OldObject, suffix)
	before.Labels = map[string]string{"acr-credential-helper/exclude": "true"} // it is there as it was before any binding
	before.Finalizers = given.Finalizers
	_, err = accounts.Create(s.ctx, before, metav1.CreateOptions{})
	s.must(err)
	if review.Request.Object.DeletionTimestamp != nil {
		s.must(accounts.Delete(s.ctx, given.Name, metav1.DeleteOptions{}))
	}
	s.must(retry.RetryOnConflict(retry.DefaultBackoff, func() error { // the controller takes the entry from what has opted out
		latest, err := accounts.Get(s.ctx, given.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		given.ResourceVersion = latest.ResourceVersion
		answer, err = accounts.Update(s.ctx, given, metav1.UpdateOptions{DryRun: dryRun})
		return err
	}))
	if len(given.Finalizers) > 0 {
		_, err = accounts.Patch(s.ctx, given.Name, types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
		s.must(err)
	}
	return given, answer
}

// ownName is the object as a user would send it, under a name that no other case has.
func ownName(object *corev1.ServiceAccount, suffix string) *corev1.ServiceAccount {
	copied := object.DeepCopy()
	if copied.DeletionTimestamp != nil {
		copied.Finalizers = []string{"example.com/hold"} // else it would be gone at once
	}
	copied.Namespace, copied.UID, copied.ResourceVersion, copied.ManagedFields, copied.DeletionTimestamp = "", "", "", nil, nil
	if copied.Name != "" {
		copied.Name += "-" + suffix
	}
	return copied
}
