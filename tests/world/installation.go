// SPDX-License-Identifier: Apache-2.0

package world

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"acr-credential-helper/tests/testbed"
)

const fenceLimit = 20 * time.Second

// Chart is the folder of the product's Helm chart.
func Chart() string {
	return filepath.Join(filepath.Dir(testbed.ModuleDir()), "manifests", "chart")
}

// Install applies the chart with these values, as NAME=VALUE, over what is installed.
func (w *World) Install(ctx context.Context, values ...string) error {
	args := []string{"template", AdmissionName, Chart(), "--namespace", OwnNamespace, "--kube-version", w.Plane.Version(), "--no-hooks"}
	for _, value := range values {
		args = append(args, "--set", value)
	}
	rendered, err := w.Plane.Run(ctx, "helm", args...)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(w.dir, "chart-*.yaml")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if _, err := file.WriteString(rendered); err != nil {
		return errors.Join(err, file.Close())
	}
	return errors.Join(file.Close(), w.Plane.ApplyManifest(ctx, file.Name()))
}

// installManifests applies the plain manifests. They have the fence, so before Kubernetes 1.30 the chart is rendered instead.
func (w *World) installManifests(ctx context.Context) error {
	if err := w.Plane.ApplyManifest(ctx, filepath.Join(w.manifests, "cleanup.yaml")); err != nil {
		return err
	}
	if w.Plane.Minor() < FenceFrom {
		return w.Install(ctx)
	}
	return w.Plane.ApplyManifest(ctx, filepath.Join(w.manifests, "install.yaml"))
}

// ControllerClient acts as the controller's ServiceAccount.
func (w *World) ControllerClient() (kubernetes.Interface, error) {
	return clientOf(w.controllerKubeconfig)
}

// WebhookClient acts as the webhook's ServiceAccount.
func (w *World) WebhookClient() (kubernetes.Interface, error) { return clientOf(w.webhookKubeconfig) }

func clientOf(kubeconfig string) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	return kubernetes.NewForConfig(config)
}

// AwaitFence waits until the API server holds the controller's account to the fence, which takes it a moment after the
// policies were made. Before Kubernetes 1.30 there is none.
func (w *World) AwaitFence(ctx context.Context) error {
	if w.Plane.Minor() < FenceFrom {
		return nil
	}
	client, err := w.ControllerClient()
	if err != nil {
		return err
	}
	foreign := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "beyond-the-fence"}}
	return Eventually(ctx, fenceLimit, func() error {
		_, err := client.CoreV1().Secrets(OwnNamespace).Create(ctx, foreign, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err == nil || !strings.Contains(err.Error(), "the fence of acr-credential-helper") {
			return fmt.Errorf("the fence is not in force: %v", err)
		}
		return nil
	})
}
