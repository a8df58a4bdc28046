// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"acr-credential-helper/tests/world"
)

// scopeStep is an edit of keys that decide what is served. Namespaces are written {a}, {b} and {c}; `bound` lists the
// ServiceAccounts of each that are bound from then on, and a namespace that is absent there has no pull Secret.
type scopeStep struct {
	name    string
	changes []string
	bound   map[string]string
}

var scopeSteps = []scopeStep{
	{"the start", []string{"watch-namespace", "{a},{b}", "service-account", "default"},
		map[string]string{"a": "default", "b": "default"}},
	{"service-account grows", []string{"watch-namespace", "{a},{b}", "service-account", "default,web"},
		map[string]string{"a": "default,web", "b": "default,web"}},
	{"service-account is a glob", []string{"watch-namespace", "{a},{b}", "service-account", "web*"},
		map[string]string{"a": "web,web-2", "b": "web,web-2"}},
	{"service-account is every one", []string{"watch-namespace", "{a},{b}", "service-account", "*"},
		map[string]string{"a": "db,default,web,web-2", "b": "db,default,web,web-2"}},
	{"service-account shrinks", []string{"watch-namespace", "{a},{b}", "service-account", "db"},
		map[string]string{"a": "db", "b": "db"}},
	{"watch-namespace grows", []string{"watch-namespace", "{a},{b},{c}", "service-account", "db"},
		map[string]string{"a": "db", "b": "db", "c": "db"}},
	{"watch-namespace shrinks", []string{"watch-namespace", "{b}", "service-account", "db"},
		map[string]string{"b": "db"}},
	{"watch-namespace is a glob", []string{"watch-namespace", "{prefix}*", "service-account", "db"},
		map[string]string{"a": "db", "b": "db", "c": "db"}},
	{"watch-namespace is all", []string{"watch-namespace", "ALL", "service-account", "db"},
		map[string]string{"a": "db", "b": "db", "c": "db"}},
	{"exclude-namespaces is added", []string{"watch-namespace", "all", "service-account", "db", "exclude-namespaces", "{b}"},
		map[string]string{"a": "db", "c": "db"}},
	{"exclude-namespaces is a glob", []string{"watch-namespace", "all", "service-account", "db", "exclude-namespaces", "{prefix}*"},
		map[string]string{}},
	{"exclude-namespaces is removed", []string{"watch-namespace", "all", "service-account", "db"},
		map[string]string{"a": "db", "b": "db", "c": "db"}},
	{"namespace-selector is added", []string{"watch-namespace", "all", "service-account", "db", "namespace-selector", "team=shop"},
		map[string]string{"c": "db"}},
	{"namespace-selector is changed", []string{"watch-namespace", "all", "service-account", "db", "namespace-selector", "team notin (shop),{prefix}"},
		map[string]string{"a": "db", "b": "db"}},
	{"namespace-selector is removed", []string{"watch-namespace", "all", "service-account", "db"},
		map[string]string{"a": "db", "b": "db", "c": "db"}},
}

var reloadAccounts = []string{"db", "default", "web", "web-2"}

// reloadScene is three namespaces with four ServiceAccounts each; the last namespace has the label team=shop, the other two
// the prefix of their names.
type reloadScene struct {
	*scene
	names map[string]string
	words *strings.Replacer
}

func newReloadScene(s *scene) *reloadScene {
	s.Helper()
	prefix := strings.ToLower(s.Name()[4:20])
	r := &reloadScene{scene: s, names: map[string]string{}}
	for _, letter := range []string{"a", "b", "c"} {
		labels := map[string]string{prefix: "yes"}
		if letter == "c" {
			labels = map[string]string{"team": "shop"}
		}
		r.names[letter] = s.namespaceOf(metav1.ObjectMeta{Labels: labels})
		for _, name := range reloadAccounts {
			if name != "default" {
				s.createAccount(r.names[letter], name)
			}
		}
		s.eventually(soon, func() error { // the API server's own controller makes it
			_, err := s.pullSecrets(r.names[letter], "default")
			return err
		})
	}
	r.words = strings.NewReplacer("{a}", r.names["a"], "{b}", r.names["b"], "{c}", r.names["c"], "{prefix}", prefix)
	return r
}

func (r *reloadScene) edit(step scopeStep) {
	r.Helper()
	var changes []string
	for _, text := range step.changes {
		changes = append(changes, r.words.Replace(text))
	}
	r.configure(append(changes, "webhook-configuration", world.WebhookOn)...)
}

// differs from what a step wants, in the cluster or in the opinion of the webhook.
func (r *reloadScene) differs(step scopeStep) error {
	for letter, namespace := range r.names {
		wanted := strings.FieldsFunc(step.bound[letter], func(c rune) bool { return c == ',' })
		var bound, guarded []string
		for _, name := range reloadAccounts {
			names, err := r.pullSecrets(namespace, name)
			if err != nil {
				return err
			}
			if len(names) > 0 {
				bound = append(bound, name)
			}
			binds, err := r.webhookBinds(namespace, name)
			if err != nil {
				return err
			}
			if binds {
				guarded = append(guarded, name)
			}
		}
		_, watched := step.bound[letter]
		_, err := r.secret(namespace)
		if !slices.Equal(bound, wanted) || !slices.Equal(guarded, wanted) || (err == nil) != watched {
			return fmt.Errorf("%s: in namespace %s bound are %v, by the webhook %v, want %v; the Secret: %v, want it %t",
				step.name, letter, bound, guarded, wanted, err, watched)
		}
	}
	return nil
}

// versions of the pull Secrets and of the ServiceAccounts, by place.
func (r *reloadScene) versions() map[string]string {
	r.Helper()
	versions := map[string]string{}
	for letter, namespace := range r.names {
		if secret, err := r.secret(namespace); err == nil {
			versions["Secret "+letter] = string(secret.UID) + "/" + secret.ResourceVersion
		}
		accounts, err := r.client().CoreV1().ServiceAccounts(namespace).List(r.ctx, metav1.ListOptions{})
		r.must(err)
		for _, account := range accounts.Items {
			versions[letter+"/"+account.Name] = account.ResourceVersion
		}
	}
	return versions
}

// sameAs lists what two steps want alike, which the edit between them may not touch.
func (step scopeStep) sameAs(next scopeStep) (same []string) {
	for _, letter := range []string{"a", "b", "c"} {
		_, before := step.bound[letter]
		if _, after := next.bound[letter]; before && after {
			same = append(same, "Secret "+letter)
		}
		for _, name := range reloadAccounts {
			is := func(s scopeStep) bool { return slices.Contains(strings.Split(s.bound[letter], ","), name) }
			if is(step) == is(next) {
				same = append(same, letter+"/"+name)
			}
		}
	}
	return same
}

func TestEveryEditOfTheScopeIsObeyedAtOnceAndTouchesNothingElse(t *testing.T) {
	s := newScene(t)
	r := newReloadScene(s)
	r.edit(scopeSteps[0])
	controller, webhook := s.startController(), s.startWebhook()
	s.eventually(startLimit, func() error { return r.differs(scopeSteps[0]) })
	calls := s.cloudCalls()

	for i, step := range scopeSteps[1:] {
		before := r.versions()
		r.edit(step)

		took := s.eventually(soon, func() error { return r.differs(step) })

		t.Logf("%s: %s", step.name, took.Round(time.Millisecond))
		after := r.versions()
		for _, place := range scopeSteps[i].sameAs(step) {
			if before[place] != after[place] {
				t.Errorf("%s: %s was written", step.name, place)
			}
		}
	}

	if after := s.cloudCalls(); after != calls {
		t.Errorf("the edits cost %d cloud calls", after-calls)
	}
	if !controller.Running() || !webhook.Running() {
		t.Error("a program ended")
	}
}

func TestALabelOfANamespaceThatMeetsTheSelectorIsObeyedAtOnce(t *testing.T) {
	s := newScene(t)
	_, _, namespace := s.startBoth("namespace-selector", "stage!=test")
	s.createAccount(namespace, "web")
	s.awaitBothWays(namespace, true, soon)

	for _, stage := range []string{"test", "live"} {
		patch := fmt.Appendf(nil, `{"metadata":{"labels":{"stage":%q}}}`, stage)
		_, err := s.client().CoreV1().Namespaces().Patch(s.ctx, namespace, types.MergePatchType, patch, metav1.PatchOptions{})
		s.must(err)

		matches := stage == "live"
		s.awaitBothWays(namespace, matches, soon)
		s.eventually(soon, func() error {
			if _, err := s.secret(namespace); (err == nil) != matches {
				return fmt.Errorf("with stage %s the Secret: %v", stage, err)
			}
			return nil
		})
	}
}

func TestTheBindingModeIsObeyedAtOnceByBothWays(t *testing.T) {
	s := newScene(t)
	_, _, namespace := s.startBoth()
	lists := func(wanted map[string]string) {
		t.Helper()
		for name, list := range wanted {
			s.awaitPullSecrets(namespace, name, soon, strings.Split(strings.ReplaceAll(list, "ours", world.SecretName), " ")...)
		}
	}
	created := func(name string, wanted ...string) func() error {
		return func() error {
			answer, err := s.client().CoreV1().ServiceAccounts(namespace).Create(s.ctx, accountWith(name, "u1"),
				metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
			if err == nil && !slices.Equal(namesOf(answer), wanted) {
				err = fmt.Errorf("the create answer lists %v, want %v", namesOf(answer), wanted)
			}
			return err
		}
	}
	edit := func(mode string) {
		s.configure("service-account", "*", "webhook-configuration", world.WebhookOn, "binding-mode", mode)
	}
	s.createAccount(namespace, "web", "u1", "u2")
	s.createAccount(namespace, "alone")
	lists(map[string]string{"web": "u1 u2 ours", "alone": "ours", "default": "ours"})
	before := s.snapshot(namespace)

	edit("overwrite")

	lists(map[string]string{"web": "ours"})
	s.eventually(soon, created("new", world.SecretName))
	after := s.snapshot(namespace)
	for _, what := range []string{"ServiceAccount " + namespace + "/alone", "ServiceAccount " + namespace + "/default", "Secret " + namespace} {
		if before[what] != after[what] {
			t.Errorf("overwrite: %s was written", what)
		}
	}

	edit("append")

	s.eventually(soon, created("new", "u1", world.SecretName))
	s.createAccount(namespace, "late", "u3")
	lists(map[string]string{"web": "ours", "late": "u3 ours"})
	now := s.snapshot(namespace)
	delete(now, "ServiceAccount "+namespace+"/late")
	delete(now, "MutatingWebhookConfiguration")
	delete(after, "MutatingWebhookConfiguration")
	if !maps.Equal(after, now) {
		t.Errorf("append: something was written:\nbefore %v\nafter  %v", after, now)
	}
}
