// SPDX-License-Identifier: Apache-2.0

package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

const (
	release    = "acr-credential-helper"
	repository = "registry.example.com/acr-credential-helper" // as in the README
	labels     = "app.kubernetes.io/name=acr-credential-helper"

	// Every login lives for a minute, so that minutes stand for hours.
	loginLife = time.Minute
	threshold = 15 * time.Second
)

func (s *site) helm(ctx context.Context, args ...string) error {
	_, err := s.Plane.Run(ctx, "helm", args...)
	return err
}

// installHelper installs the chart with the image, or upgrades to other settings, and waits until it serves.
func (s *scene) installHelper(settings ...string) {
	s.Helper()
	s.prepareHelper()
	chart := filepath.Join(testbed.ModuleDir(), "..", "manifests", "chart")
	args := []string{"upgrade", "--install", release, chart, "--namespace", "kube-system", "--wait", "--timeout", "3m",
		"--set", "image.repository=" + repository}
	for _, setting := range settings {
		args = append(args, "--set", setting)
	}
	s.must(s.helm(s.ctx, args...))
}

// prepareHelper does what is done once: it puts the image on the node and says how long logins live.
func (s *scene) prepareHelper() {
	s.Helper()
	prepared.Do(func() {
		image, err := testbed.ReadImage(filepath.Join(s.Dir(), "image"))
		s.must(err)
		// The emulated cloud has certificates of an authority of its own, which takes the place of the real ones.
		authority, err := os.ReadFile(filepath.Join(s.cloud.Addresses().Dir, "ca.crt"))
		s.must(err)
		image, err = testbed.AppendFile(image, "etc/ssl/certs/ca-certificates.crt", 0o644, authority)
		s.must(err)
		version, err := chartVersion()
		s.must(err)
		s.must(s.LoadImage(s.ctx, repository+":"+version, image))
		s.must(s.setLoginLife(s.ctx, loginLife))
	})
}

var prepared sync.Once

func (s *site) setLoginLife(ctx context.Context, life time.Duration) error {
	return s.admin.SetLifetimes(ctx, cloud.Lifetimes{RegistryToken: cloud.Duration(life)})
}

// useLogins gives logins another life for this test (0: as in the real cloud), in which no login of before is known.
func (s *scene) useLogins(life time.Duration) {
	s.Helper()
	s.prepareHelper()
	s.must(s.uninstallHelper(s.ctx))
	s.must(s.setLoginLife(s.ctx, life))
	s.Cleanup(func() {
		ctx := context.Background()
		if err := errors.Join(s.uninstallHelper(ctx), s.setLoginLife(ctx, loginLife)); err != nil {
			s.Error(err)
		}
	})
}

func (s *site) uninstallHelper(ctx context.Context) error {
	return s.helm(ctx, "uninstall", release, "--namespace", "kube-system", "--wait", "--ignore-not-found")
}

func chartVersion() (string, error) {
	text, err := os.ReadFile(filepath.Join(testbed.ModuleDir(), "..", "manifests", "chart", "Chart.yaml"))
	if err != nil {
		return "", err
	}
	var chart struct{ AppVersion string }
	return chart.AppVersion, yaml.Unmarshal(text, &chart)
}

func (s *scene) apply(wanted *corev1.ConfigMap) error {
	maps := s.client().CoreV1().ConfigMaps(wanted.Namespace)
	_, err := maps.Update(s.ctx, wanted, metav1.UpdateOptions{})
	if apierrors.IsNotFound(err) {
		_, err = maps.Create(s.ctx, wanted, metav1.CreateOptions{})
	}
	return err
}

// configure serves every ServiceAccount of every namespace but the system's, and waits until it is so.
func (s *scene) configure(webhook bool) {
	s.Helper()
	admission := world.WebhookOff
	if webhook {
		admission = "enable: true\nfailure-policy: Ignore\ntimeout-seconds: 5\n"
	}
	s.must(s.apply(&corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: world.ConfigMapName, Namespace: "kube-system"},
		Data: map[string]string{
			"acr-registry-info": world.Enterprise, "watch-namespace": "all", "service-account": "*",
			"expiring-threshold": threshold.String(), "webhook-configuration": admission,
		},
	}))
	s.awaitWebhook(webhook)
	probe := s.namespace()
	s.eventually(soon, func() error { return s.filled(probe) })
}

// filled is an error unless the pull Secret of a namespace has a login for the registry: before there was a configuration it had others.
func (s *scene) filled(namespace string) error {
	secret, err := s.client().CoreV1().Secrets(namespace).Get(s.ctx, world.SecretName, metav1.GetOptions{})
	if err == nil && !bytes.Contains(secret.Data[corev1.DockerConfigJsonKey], []byte(`"`+vpcHost+`"`)) {
		err = fmt.Errorf("the pull Secret of namespace %s has no login for %s", namespace, vpcHost)
	}
	return err
}

// awaitWebhook waits until new ServiceAccounts are bound in their create request, or are so no more.
func (s *scene) awaitWebhook(on bool) {
	s.Helper()
	probe := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "probe"}}
	dryRun := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
	s.eventually(soon, func() error {
		answer, err := s.client().CoreV1().ServiceAccounts("default").Create(s.ctx, probe, dryRun)
		if err == nil && world.HasPullSecret(answer, world.SecretName) != on {
			err = fmt.Errorf("bound at creation: %t", !on)
		}
		return err
	})
}

// installApp installs the chart `app`, a workload with its own ServiceAccount, together with its namespace.
func (s *scene) installApp(namespace, name, image string) error {
	chart := filepath.Join(testbed.ModuleDir(), "fixtures", "charts", "app")
	return s.helm(s.ctx, "install", name, chart, "--namespace", namespace, "--create-namespace", "--set", "image="+image)
}

// refused lists the answers by which the registry's token service refused a login of ours.
func (s *scene) refused() []string {
	s.Helper()
	calls, err := s.admin.Calls(s.ctx)
	s.must(err)
	var refusals []string
	for _, call := range calls {
		if call.API == "RegistryToken" && call.Status >= 400 {
			text, _ := json.Marshal(call)
			refusals = append(refusals, string(text))
		}
	}
	return refusals
}
