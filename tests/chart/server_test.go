// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"acr-credential-helper/tests/world"
)

func TestTheAPIServerTakesEveryVariant(t *testing.T) {
	for name, namespace := range map[string]string{world.ControllerServiceAccount: world.OwnNamespace, "acr": "default"} { // a pod needs its account
		accounts := plane.Client().CoreV1().ServiceAccounts(namespace)
		if _, err := accounts.Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = accounts.Delete(context.Background(), name, metav1.DeleteOptions{}) })
	}
	for name, values := range variants {
		t.Run(name, func(t *testing.T) {
			out, err := plane.Run(t.Context(), "kubectl", "apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", inFile(t, rendered(t, values)))
			if err != nil {
				t.Fatal(err)
			}
			if lacks(out, "deployment.apps/acr-controller serverside-applied", "pod/acr-check-credentials serverside-applied") != "" {
				t.Errorf("it took: %s", out)
			}
		})
	}
}

func TestThePlainManifestsAreThoseOfTheChart(t *testing.T) {
	dir := t.TempDir()
	render := exec.CommandContext(t.Context(), filepath.Join(root(), "scripts", "render-manifests"), dir)
	if out, err := render.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"install.yaml", "cleanup.yaml"} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		is, err := os.ReadFile(filepath.Join(root(), "manifests", name))
		if err != nil || string(is) != string(want) {
			t.Errorf("manifests/%s is not what the chart gives (%v): run scripts/render-manifests", name, err)
		}
	}
}

func TestTheKustomizeBaseIsThePlainManifest(t *testing.T) {
	manifests := filepath.Join(root(), "manifests")
	objects := func(flag, path string) string {
		out, err := plane.Run(t.Context(), "kubectl", "create", "--dry-run=server", "--output=name", flag, path)
		if err != nil && plane.Minor() >= world.FenceFrom { // before, the fence is refused and the rest taken
			t.Fatal(err)
		}
		return out
	}
	base, plain := objects("-k", manifests), objects("-f", filepath.Join(manifests, "install.yaml"))
	if lines(base) != lines(plain) || !strings.Contains(base, "deployment.apps/acr-webhook") {
		t.Errorf("the base has\n%s\ninstall.yaml has\n%s", base, plain)
	}
}

// lines in their order of letters.
func lines(text string) string {
	all := strings.Split(text, "\n")
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// pods that a manifest makes.
func pods(t *testing.T, manifests string) map[string]corev1.PodTemplateSpec {
	t.Helper()
	found := map[string]corev1.PodTemplateSpec{}
	for _, text := range strings.Split(manifests, "\n---\n") {
		var head metav1.PartialObjectMetadata
		if err := yaml.Unmarshal([]byte(text), &head); err != nil {
			t.Fatal(err)
		}
		into := func(object any) {
			if err := yaml.UnmarshalStrict([]byte(text), object); err != nil {
				t.Fatal(err)
			}
		}
		switch head.Kind {
		case "Deployment":
			var deployment appsv1.Deployment
			into(&deployment)
			found[head.Name] = deployment.Spec.Template
		case "Job":
			var job batchv1.Job
			into(&job)
			found[head.Name] = job.Spec.Template
		case "Pod":
			var pod corev1.Pod
			into(&pod)
			found[head.Name] = corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}
		}
	}
	return found
}

func TestEveryPodIsAdmittedUnderPodSecurityRestricted(t *testing.T) {
	ctx := t.Context()
	const namespace = "restricted"
	_, err := plane.Client().CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace,
		Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "latest"}}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, account := range []string{world.ControllerServiceAccount, world.WebhookServiceAccount, world.CleanupServiceAccount} {
		_, err := plane.Client().CoreV1().ServiceAccounts(namespace).Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: account}}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	create := func(name string, pod corev1.PodTemplateSpec) error {
		_, err := plane.Client().CoreV1().Pods(namespace).Create(ctx, &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: pod.Labels}, Spec: pod.Spec}, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return err
	}
	for _, variant := range []string{"default", "everything", "own certificate", "bare"} {
		found := pods(t, rendered(t, variants[variant]))
		if len(found) < 3 {
			t.Fatalf("%s: only the pods %v", variant, found)
		}
		for name, pod := range found {
			if err := create(name, pod); err != nil {
				t.Errorf("%s: pod of %s: %v", variant, name, err)
			}
		}
	}
	// The level is really enforced.
	if err := create("host", pods(t, rendered(t, variants["host network"]))["acr-webhook"]); err == nil || !strings.Contains(err.Error(), "host namespaces") {
		t.Errorf("a pod on the network of the host: %v", err)
	}
}

func TestTheNotesHaveACheckCommandAndTellWhatIsDangerous(t *testing.T) {
	notes := func(values ...string) string {
		args := append([]string{"install", world.AdmissionName, world.Chart(), "--namespace", world.OwnNamespace, "--dry-run=server"}, arguments(values)...)
		out, err := plane.Run(t.Context(), "helm", args...)
		if err != nil {
			t.Fatal(err)
		}
		_, notes, _ := strings.Cut(out, "\nNOTES:\n")
		return notes
	}
	plain := notes()
	unfenced := plane.Minor() < world.FenceFrom // which is told
	if word := lacks(plain, "helm test", "rollout status", "acr-configuration"); word != "" || strings.Contains(plain, "WARNING") != unfenced {
		t.Errorf("%q is missing, or there is a warning, in:\n%s", word, plain)
	}
	for value, words := range map[string][]string{
		"serviceAccount.name=acr": {"WARNING", "ServiceAccount acr", "RRSA"},
		"fence.enabled=false":     {"WARNING", "fence.enabled"},
		"webhook.replicaCount=1":  {"WARNING", "two replicas"},
		"namespaceOverride=acr":   {"RRSA", "system:serviceaccount:acr:aliyun-acr-credential-helper"},
	} {
		if text := notes(value); lacks(text, words...) != "" {
			t.Errorf("%s: %q is missing in:\n%s", value, lacks(text, words...), text)
		}
	}
}

func TestBelowKubernetes130TheFenceIsLeftOut(t *testing.T) {
	args := []string{"template", world.AdmissionName, world.Chart(), "--kube-version", "1.29.15-aliyun.1", "--namespace", world.OwnNamespace}
	text, err := plane.Run(t.Context(), "helm", args...)
	if err != nil || strings.Contains(text, "kind: ValidatingAdmissionPolicy") || !strings.Contains(text, "kind: Deployment") {
		t.Errorf("%v; the text has %d bytes", err, len(text))
	}
	if _, err := plane.Run(t.Context(), "helm", "template", "x", world.Chart(), "--kube-version", "1.28"); err == nil || !strings.Contains(err.Error(), ">=1.29") {
		t.Errorf("on 1.28: %v", err)
	}
}

// left lists what is there of the installation.
func left(ctx context.Context) (string, error) {
	var policies string
	if plane.Minor() >= world.FenceFrom {
		policies = "validatingadmissionpolicies,validatingadmissionpolicybindings,"
	}
	return plane.Run(ctx, "kubectl", "get", "-A", "-o", "name", "-l", "app.kubernetes.io/part-of=acr-credential-helper",
		"deployments,jobs,services,serviceaccounts,configmaps,roles,rolebindings,clusterroles,clusterrolebindings,poddisruptionbudgets,"+
			policies+"mutatingwebhookconfigurations,validatingwebhookconfigurations,flowschemas,networkpolicies")
}

func TestUninstallRunsTheCleanupFirstAndLeavesNothing(t *testing.T) {
	ctx := t.Context()
	install := func(values ...string) {
		t.Helper()
		args := append([]string{"install", world.AdmissionName, world.Chart(), "--namespace", world.OwnNamespace}, arguments(values)...)
		if _, err := plane.Run(ctx, "helm", args...); err != nil {
			t.Fatal(err)
		}
	}
	uninstall := func() error {
		_, err := plane.Run(ctx, "helm", "uninstall", world.AdmissionName, "--namespace", world.OwnNamespace, "--timeout=60s")
		return err
	}
	nothing := func() {
		t.Helper()
		if err := world.Eventually(ctx, 20*time.Second, func() error {
			if rest, err := left(ctx); err != nil || rest != "" {
				return fmt.Errorf("%v: there is still\n%s", err, rest)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}

	install("uninstall.bindings=keep", "networkPolicy.enabled=true", "flowSchema.enabled=true")
	if err := uninstall(); err != nil {
		t.Fatal(err)
	}
	nothing()

	install()
	ended := make(chan error, 1)
	go func() { ended <- uninstall() }()
	jobs := plane.Client().BatchV1().Jobs(world.OwnNamespace)
	if err := world.Eventually(ctx, 30*time.Second, func() error { // no node runs it here
		job, err := jobs.Get(ctx, "acr-cleanup", metav1.GetOptions{})
		if err != nil {
			return err
		}
		if _, err := plane.Client().AppsV1().Deployments(world.OwnNamespace).Get(ctx, "acr-controller", metav1.GetOptions{}); err != nil {
			return world.Permanent(fmt.Errorf("beside the job: %w", err))
		}
		now := metav1.Now()
		if job.Status.StartTime == nil { // else kube-controller-manager has begun with it, for good
			job.Status.StartTime = &now
		}
		job.Status.Active, job.Status.Ready, job.Status.Terminating = 0, nil, nil
		job.Status.CompletionTime, job.Status.Succeeded = &now, 1
		for _, kind := range []batchv1.JobConditionType{batchv1.JobSuccessCriteriaMet, batchv1.JobComplete} {
			job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: now})
		}
		_, err = jobs.UpdateStatus(ctx, job, metav1.UpdateOptions{})
		return err
	}); err != nil {
		t.Fatal(errors.Join(err, <-ended))
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	nothing()
}
