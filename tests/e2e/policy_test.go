// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

const policyOn = "enable: true\nmode: policy\nfailure-policy: Fail\n"

// policyStands is an error unless policy and binding stand, or are gone, as wanted.
func (s *scene) policyStands(wanted bool) error {
	policy := s.w.PolicyRequest("GET", world.Policies).Do(s.ctx).Error()
	binding := s.w.PolicyRequest("GET", world.PolicyBindings).Do(s.ctx).Error()
	if wanted {
		return errors.Join(policy, binding)
	}
	if !apierrors.IsNotFound(policy) || !apierrors.IsNotFound(binding) {
		return fmt.Errorf("policy: %v, binding: %v, want none", policy, binding)
	}
	return nil
}

func (s *scene) awaitPolicyStands(wanted bool, limit time.Duration) {
	s.Helper()
	s.eventually(limit, func() error { return s.policyStands(wanted) })
}

// startPolicy starts a controller in policy mode, no webhook, and returns a namespace in which new accounts are bound.
func (s *scene) startPolicy(changes ...string) (controller *world.Program, namespace string) {
	s.Helper()
	s.configure(append([]string{"service-account", "*", "webhook-configuration", policyOn}, changes...)...)
	namespace = s.namespace()
	controller = s.startController()
	s.awaitPolicyStands(true, soon)
	s.must(s.w.AwaitWebhook(s.ctx, namespace, true, soon))
	return controller, namespace
}

// reviewCase is a case of tests/fixtures/webhook/cases.yaml.
type reviewCase struct {
	ID     string         `json:"id"`
	Config map[string]any `json:"config"`
	Fill   struct {
		Text  string `json:"text"`
		Times int    `json:"times"`
	} `json:"fill"`
	Review string `json:"review"`
	Expect struct {
		List       string `json:"list"`
		HTTPStatus int    `json:"http_status"`
	} `json:"expect"`
}

// request is what of a review can be asked of a real API server.
type request struct {
	Operation, SubResource string
	Kind                   metav1.GroupVersionKind
	Object, OldObject      *corev1.ServiceAccount
}

func TestInPolicyModeTheAPIServerItselfGivesTheAnswersThatTheWebhookGives(t *testing.T) {
	s := newScene(t)
	s.from(world.PolicyFrom)
	_, namespace := s.startPolicy()
	text, err := os.ReadFile(filepath.Join(testbed.ModuleDir(), "fixtures", "webhook", "cases.yaml"))
	s.must(err)
	var file struct{ Cases []reviewCase }
	s.must(yaml.Unmarshal(text, &file))
	accounts := s.client().CoreV1().ServiceAccounts(namespace)
	dryRun := []string{metav1.DryRunAll}
	played := 0
	for _, c := range file.Cases {
		var review struct{ Request request }
		body := strings.ReplaceAll(c.Review, "FILL", strings.Repeat(c.Fill.Text, c.Fill.Times))
		if len(c.Config) > 0 || c.Expect.HTTPStatus != 0 || json.Unmarshal([]byte(body), &review) != nil {
			continue // of other configurations, or no review at all
		}
		asked := review.Request
		if asked.Kind.Kind != "ServiceAccount" || asked.SubResource != "" || asked.Object == nil || asked.Object.DeletionTimestamp != nil {
			continue
		}
		var wanted []corev1.LocalObjectReference
		if c.Expect.List == "" {
			wanted = asked.Object.ImagePullSecrets // no patch
		} else {
			s.must(json.Unmarshal([]byte(c.Expect.List), &wanted))
		}
		account := asked.Object
		account.Namespace, account.ResourceVersion, account.UID, account.ManagedFields = namespace, "", "", nil
		var answer *corev1.ServiceAccount
		if asked.Operation == "CREATE" && account.Name != "default" {
			answer, err = accounts.Create(s.ctx, account, metav1.CreateOptions{DryRun: dryRun})
		} else { // of an account that stands there
			account.Name = "default"
			answer, err = accounts.Update(s.ctx, account, metav1.UpdateOptions{DryRun: dryRun})
		}
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
		} else if !slices.Equal(namesOf(answer), world.Names(wanted)) {
			t.Errorf("%s: the answer lists %v, want %v", c.ID, namesOf(answer), world.Names(wanted))
		}
		played++
	}
	if t.Logf("%d cases were played", played); played < 15 {
		t.Errorf("only %d cases were played", played)
	}

	// Opt-outs, by label and by annotation, of the account and of its namespace.
	for _, way := range optOuts {
		where := namespace
		if way.onNamespace {
			where = s.namespaceOf(marked("", way.member, true))
		}
		answer, err := s.client().CoreV1().ServiceAccounts(where).Create(s.ctx,
			&corev1.ServiceAccount{ObjectMeta: marked("web", way.member, !way.onNamespace)}, metav1.CreateOptions{DryRun: dryRun})
		if err != nil || len(answer.ImagePullSecrets) > 0 {
			t.Errorf("%s: the create answer lists %v (%v)", way.name, answer.ImagePullSecrets, err)
		}
	}
	answer, err := s.client().CoreV1().ServiceAccounts(metav1.NamespaceSystem).Create(s.ctx, accountWith("web"), metav1.CreateOptions{DryRun: dryRun})
	if err != nil || len(answer.ImagePullSecrets) > 0 {
		t.Errorf("in kube-system the create answer lists %v (%v)", answer.ImagePullSecrets, err)
	}
	s.must(expectNoWebhook(s))
}

func expectNoWebhook(s *scene) error {
	if hooks := s.registration().Webhooks; len(hooks) > 0 {
		return fmt.Errorf("a webhook is registered: %+v", hooks)
	}
	return nil
}

// Each version of the matrix goes one of the two ways.
func TestModePolicyIsServedByTheAPIThatIsThereAndElseByTheWebhook(t *testing.T) {
	s := newScene(t)
	_, _, namespace := s.startBoth("webhook-configuration", policyOn)

	if s.w.Plane.Minor() < world.PolicyFrom {
		s.awaitEvent("PolicyUnavailable", soon, noted("no MutatingAdmissionPolicies", "1.36", "the webhook stays"))
		s.awaitWebhooks(1)
	} else {
		s.awaitPolicyStands(true, soon)
		s.eventually(20*time.Second, func() error { return expectNoWebhook(s) })
	}

	if names := namesOf(s.createAccount(namespace, "web", "theirs")); !slices.Equal(names, []string{"theirs", world.SecretName}) {
		t.Errorf("the create answer lists %v", names)
	}
}

func TestThePolicyFollowsTheConfigurationAndLetsTheControllerUnbind(t *testing.T) {
	s := newScene(t)
	s.from(world.PolicyFrom)
	_, namespace := s.startPolicy("service-account", "web,probe,ci-*", "exclude-namespaces", "plain-*")
	bind := func(where string, meta metav1.ObjectMeta, foreign ...string) []string {
		answer, err := s.client().CoreV1().ServiceAccounts(where).Create(s.ctx,
			&corev1.ServiceAccount{ObjectMeta: meta, ImagePullSecrets: references(foreign...)}, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		s.must(err)
		return namesOf(answer)
	}
	plain := "plain-" + s.freeName()
	s.createNamespace(plain)
	for _, c := range []struct {
		name, where string
		meta        metav1.ObjectMeta
		bound       bool
	}{
		{"listed", namespace, metav1.ObjectMeta{Name: "web"}, true},
		{"not listed", namespace, metav1.ObjectMeta{Name: "api"}, false},
		{"by a pattern", namespace, metav1.ObjectMeta{Name: "ci-1"}, true},
		{"generated, by a pattern with an open end", namespace, metav1.ObjectMeta{GenerateName: "ci-"}, true},
		{"generated, nobody can tell yet", namespace, metav1.ObjectMeta{GenerateName: "web"}, false},
		{"an excluded namespace", plain, metav1.ObjectMeta{Name: "web"}, false},
	} {
		if names := bind(c.where, c.meta); slices.Contains(names, world.SecretName) != c.bound {
			t.Errorf("%s: the create answer lists %v", c.name, names)
		}
	}

	// Of one namespace, so that what is taken back later is not suspiciously much.
	s.configure("service-account", "*", "watch-namespace", namespace, "binding-mode", "overwrite", "webhook-configuration", policyOn)
	s.eventually(soon, func() error {
		if names := bind(namespace, metav1.ObjectMeta{Name: "api"}, "foreign", "another"); !slices.Equal(names, []string{world.SecretName}) {
			return fmt.Errorf("in overwrite mode the create answer lists %v", names)
		}
		return nil
	})

	s.createAccount(namespace, "leaves")
	s.awaitBound(namespace, "leaves", soon)
	s.configure("service-account", "default", "watch-namespace", namespace, "webhook-configuration", policyOn)
	s.awaitPullSecrets(namespace, "leaves", soon) // the controller's own unbinding passes its policy

	// Somebody deletes the binding: it comes back.
	s.must(s.w.PolicyRequest("DELETE", world.PolicyBindings).Do(s.ctx).Error())
	s.awaitPolicyStands(true, soon)

	cleanup, err := s.w.StartController("--cleanup")
	s.must(err)
	if code := s.awaitEnd(cleanup); code != 0 {
		t.Fatalf("--cleanup ended with exit code %d:\n%s", code, cleanup.LogTail())
	}
	s.must(s.policyStands(false))
}

func TestFromWebhookToPolicyAndBackNoServiceAccountIsCreatedUnbound(t *testing.T) {
	s := newScene(t)
	s.from(world.PolicyFrom)
	_, _, namespace := s.startBoth()
	accounts := s.createAccounts(namespace, func(answer *corev1.ServiceAccount) error {
		if !world.HasPullSecret(answer, world.SecretName) {
			return errors.New("the create answer does not list the entry")
		}
		return nil
	})

	s.configure("service-account", "*", "webhook-configuration", policyOn)
	s.awaitPolicyStands(true, promised*3)
	s.eventually(20*time.Second, func() error { return expectNoWebhook(s) })
	accounts.awaitNext()

	s.configure("service-account", "*", "webhook-configuration", world.WebhookOn)
	s.awaitWebhooks(1)
	s.awaitPolicyStands(false, 20*time.Second)
	accounts.awaitNext()
	accounts.end()

	s.configure("service-account", "*", "webhook-configuration", policyOn)
	s.awaitPolicyStands(true, promised*3)
	s.configure("service-account", "*", "webhook-configuration", world.WebhookOff)
	s.awaitPolicyStands(false, promised*3)
	s.awaitWebhooks(0)
}

func TestAPolicyThatIsNotOursIsLeftAloneAndTheWebhookServes(t *testing.T) {
	s := newScene(t)
	s.from(world.PolicyFrom)
	before := s.foreignPolicy()

	_, _, namespace := s.startBoth("webhook-configuration", policyOn)

	s.awaitEvent("PolicyUnavailable", soon, noted("not this installation's", "webhook"))
	if names := namesOf(s.createAccount(namespace, "web")); !slices.Equal(names, []string{world.SecretName}) {
		t.Errorf("the create answer lists %v", names)
	}
	if s.policyResourceVersion() != before {
		t.Error("somebody else's policy was written")
	}
}

// foreignPolicy makes a policy of our name and returns its resourceVersion.
func (s *scene) foreignPolicy() string {
	s.Helper()
	s.must(s.w.PolicyRequest("PATCH", world.Policies).SetHeader("Content-Type", string(types.ApplyYAMLPatchType)).
		Param("fieldManager", "somebody").Body(fmt.Appendf(nil, `{"apiVersion":"admissionregistration.k8s.io/%s","kind":"MutatingAdmissionPolicy",
			"metadata":{"name":%q},"spec":{"reinvocationPolicy":"Never","matchConstraints":{"resourceRules":[
				{"operations":["CREATE"],"apiGroups":["example.com"],"apiVersions":["v1"],"resources":["things"]}]},
			"mutations":[{"patchType":"JSONPatch","jsonPatch":{"expression":"[JSONPatch{op: \"test\", path: \"/kind\", value: \"Thing\"}]"}}]}}`,
		s.w.PolicyVersion(), world.AdmissionName)).Do(s.ctx).Error())
	return s.policyResourceVersion()
}

func (s *scene) policyResourceVersion() string {
	s.Helper()
	text, err := s.w.PolicyRequest("GET", world.Policies).Do(s.ctx).Raw()
	s.must(err)
	var policy metav1.PartialObjectMetadata
	s.must(json.Unmarshal(text, &policy))
	return policy.ResourceVersion
}
