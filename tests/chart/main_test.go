// SPDX-License-Identifier: Apache-2.0

// Package chart tests the Helm chart and what is rendered from it, against a real API server.
package chart

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

var plane *testbed.ControlPlane

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "acr-chart-")
	if err != nil {
		return failed(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	plane, err = testbed.Start(ctx, testbed.Options{Dir: filepath.Join(dir, "plane")})
	if err != nil {
		return failed(err)
	}
	defer func() { _ = plane.Stop() }()
	if err := plane.ApplyManifest(ctx, "testdata/monitoring.yaml"); err != nil {
		return failed(err)
	}
	return m.Run()
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, "chart:", err)
	return 1
}

// root is the folder of the sources.
func root() string { return filepath.Dir(testbed.ModuleDir()) }

// variants of the values that every check of rendered manifests goes through, as arguments of helm.
var variants = map[string][]string{
	"default": {},
	"configuration": {
		"configuration.create=true", "configuration.serviceAccount={*}", "configuration.watchNamespace={shop,team-*}",
		"configuration.excludeNamespaces=team-old", "configuration.namespaceSelector=stage!=test", "configuration.expiringThreshold=20m",
		"configuration.bindingMode=overwrite", "configuration.rrsa=true", "configuration.notifyEmail=ops@example.com",
		"configuration.acrRegistryInfo[0].instanceId=cri-acme0000000000", "configuration.acrRegistryInfo[0].expireDuration=7200",
		"webhook.enabled=true", "webhook.failurePolicy=Fail", "webhook.timeoutSeconds=3", "webhook.mode=webhook",
	},
	"everything": {
		"image.repository=registry.example.com/acr", "image.tag=1.2.3", "imagePullSecrets[0].name=mine", "commonLabels.team=platform",
		"serviceAccount.annotations.a=b", "credentialSecrets={other-account,alibaba-addon-secret}", "previousSecretNames={old-1,old-2}",
		"region=cn-hangzhou", "tokenMode=workerRole", "leaderElect=false", "logLevel=debug", "logFormat=text",
		"networkPolicy.enabled=true", "networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.a=b", "flowSchema.enabled=true",
		"serviceMonitor.enabled=true", "serviceMonitor.additionalLabels.release=prometheus", "podMonitor.enabled=true",
		"prometheusRule.enabled=true", "grafanaDashboard.enabled=true",
		"podAnnotations.a=b", "podLabels.c=d", "priorityClassName=system-node-critical",
		"tolerations[0].operator=Exists", "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key=a",
		"affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].operator=Exists",
		"topologySpreadConstraints[0].maxSkew=1", "topologySpreadConstraints[0].topologyKey=a", "topologySpreadConstraints[0].whenUnsatisfiable=DoNotSchedule",
		"podDisruptionBudget.minAvailable=1", "extraArgs={--shutdown-delay=20s}", "controller.extraArgs={--refresh-qps=10}",
		"extraEnv[0].name=HTTPS_PROXY", "extraEnv[0].value=http://proxy:3128", "extraVolumes[0].name=x", "extraVolumes[0].emptyDir.medium=Memory",
		"extraVolumeMounts[0].name=x", "extraVolumeMounts[0].mountPath=/x", "webhook.replicaCount=3", "webhook.resources.limits.memory=128Mi",
		"webhook.serviceAnnotations.a=b", "extraObjects[0].apiVersion=v1", "extraObjects[0].kind=ConfigMap",
		"extraObjects[0].metadata.name=extra-{{ .Release.Name }}", "extraObjects[0].metadata.namespace=kube-system",
	},
	"host network":        {"webhook.hostNetwork=true", "webhook.port=10250", "metricsPort=18080", "healthPort=18081"},
	"own certificate":     {"webhook.certificateSecret=acr-webhook-tls"},
	"bare":                {"managedRole.mount=false", "rrsa.mount=false", "fence.enabled=false", "podDisruptionBudget.enabled=false", "rbac.create=false", "rbac.policyMode=false", "serviceAccount.create=false", "uninstall.bindings=keep"},
	"foreign kept":        {"fence.foreignEntries=keep", "secretName=pull-acr"},
	"other account":       {"serviceAccount.name=acr", "namespaceOverride=default", "configuration.namespace=default", "configuration.name=acr"},
	"digest":              {"image.digest=sha256:0123456789012345678901234567890123456789012345678901234567890123"},
	"one of each process": {"replicaCount=1"},
}

// arguments of helm for values.
func arguments(values []string) []string {
	var args []string
	for _, value := range values {
		args = append(args, "--set", value)
	}
	return args
}

func template(t *testing.T, values []string, more ...string) (string, error) {
	t.Helper()
	args := append([]string{"template", world.AdmissionName, world.Chart(), "--namespace", world.OwnNamespace, "--kube-version", plane.Version()}, more...)
	return plane.Run(t.Context(), "helm", append(args, arguments(values)...)...)
}

// rendered returns the manifests; a failure ends the test.
func rendered(t *testing.T, values []string, more ...string) string {
	t.Helper()
	text, err := template(t, values, more...)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// inFile puts a text into a file of the test's own.
func inFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "manifests.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func lacks(text string, words ...string) string {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return word
		}
	}
	return ""
}
