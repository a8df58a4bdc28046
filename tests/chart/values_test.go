// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"strings"
	"testing"

	"acr-credential-helper/tests/world"
)

func TestHelmLintFindsNothing(t *testing.T) {
	for name, values := range variants {
		out, err := plane.Run(t.Context(), "helm", append([]string{"lint", "--strict", "--kube-version", plane.Version(), world.Chart()}, arguments(values)...)...)
		if err != nil || strings.Contains(out, "WARNING") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestAWrongValueIsRefusedWithItsName(t *testing.T) {
	for value, name := range map[string]string{
		"replicas=2":                                         "'replicas'",
		"replicaCount=two":                                   "/replicaCount",
		"replicaCount=-1":                                    "/replicaCount",
		"image.tag=latest":                                   "/image/tag",
		"image.tga=1.0":                                      "'tga'",
		"image.pullPolicy=Sometimes":                         "/image/pullPolicy",
		"image.digest=sha256:1":                              "/image/digest",
		"webhook.failurePolicy=fail":                         "/webhook/failurePolicy",
		"webhook.timeoutSeconds=31":                          "/webhook/timeoutSeconds",
		"webhook.enabled=yes":                                "/webhook/enabled",
		"webhook.mode=auto":                                  "/webhook/mode",
		"webhook.port=0":                                     "/webhook/port",
		"webhook.hostNetwork=on":                             "/webhook/hostNetwork",
		"configuration.bindingMode=replace":                  "/configuration/bindingMode",
		"configuration.expiringThreshold=15":                 "/configuration/expiringThreshold",
		"configuration.watchNamespaces={shop}":               "'watchNamespaces'",
		"configuration.acrRegistryInfo[0].instanceID=cri-1":  "'instanceID'",
		"configuration.acrRegistryInfo[0].expireDuration=60": "/configuration/acrRegistryInfo/0/expireDuration",
		"secretName=Not_A_Name":                              "/secretName",
		"credentialSecrets=other":                            "/credentialSecrets",
		"previousSecretNames[0]=A":                           "/previousSecretNames/0",
		"tokenMode=auto-role":                                "/tokenMode",
		"uninstall.bindings=maybe":                           "/uninstall/bindings",
		"fence.foreignEntries=drop":                          "/fence/foreignEntries",
		"controller.extraArgs[0]=leader-elect":               "/controller/extraArgs/0",
		"extraEnv[0].value=x":                                "/extraEnv/0",
		"logLevel=trace":                                     "/logLevel",
		"serviceMonitor.interval=30":                         "/serviceMonitor/interval",
		"podDisruptionBudget.max=1":                          "'max'",
		"resources.request.cpu=1":                            "'request'",
		"rrsa.expirationSeconds=60":                          "/rrsa/expirationSeconds",
		"serviceAccount.name=Acr":                            "/serviceAccount/name",
	} {
		if _, err := template(t, []string{value}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want a refusal that names %s", value, err, name)
		}
	}
}

func TestAValueOfTheConfigurationThatNobodyWouldReadIsRefused(t *testing.T) {
	for _, value := range []string{
		"webhook.enabled=true", "webhook.failurePolicy=Fail", "webhook.timeoutSeconds=5", "webhook.mode=policy", "configuration.watchNamespace=all",
		"configuration.serviceAccount={*}", "configuration.rrsa=false", "configuration.bindingMode=append", "configuration.expiringThreshold=15m",
	} {
		name, _, _ := strings.Cut(value, "=")
		if _, err := template(t, []string{value}); err == nil || lacks(err.Error(), name, "configuration.create=true", "kube-system/acr-configuration") != "" {
			t.Errorf("%s: %v, want a refusal that names it", value, err)
		}
		if _, err := template(t, []string{value, "configuration.create=true"}); err != nil {
			t.Errorf("%s with configuration.create: %v", value, err)
		}
	}
}

func TestWhatIsRenderedIsTheSameEachTime(t *testing.T) {
	for name, values := range variants {
		if rendered(t, values) != rendered(t, values) {
			t.Errorf("%s: two different texts", name)
		}
	}
}

func TestNoTemplateAsksTheClusterNorNamesAMovingImage(t *testing.T) {
	templates, err := plane.Run(t.Context(), "helm", "show", "all", world.Chart())
	if err != nil {
		t.Fatal(err)
	}
	all := templates + rendered(t, variants["everything"])
	for _, word := range []string{"lookup ", ":latest"} {
		if strings.Contains(all, word) {
			t.Errorf("%q is in it", word)
		}
	}
}
