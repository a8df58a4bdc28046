// SPDX-License-Identifier: Apache-2.0

package world

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"acr-credential-helper/tests/testbed"
)

const podLimit = 20 * time.Second // Helm, then the Deployment's and the ReplicaSet's controller

// InstallRelease installs the chart `app`, a Deployment with its own ServiceAccount, by Helm and returns its first pod as
// it was created. There is no node: pods stay pending, and nobody changes their imagePullSecrets after creation.
func (w *World) InstallRelease(ctx context.Context, namespace, release string) (*corev1.Pod, error) {
	chart := filepath.Join(testbed.ModuleDir(), "fixtures", "charts", "app")
	if _, err := w.Plane.Run(ctx, "helm", "install", release, chart, "--namespace", namespace); err != nil {
		return nil, err
	}
	return w.AwaitPod(ctx, namespace, release, "")
}

// AwaitPod waits for a pod of a release other than the one with the uid `not`.
func (w *World) AwaitPod(ctx context.Context, namespace, release string, not types.UID) (*corev1.Pod, error) {
	var found corev1.Pod
	err := Eventually(ctx, podLimit, func() error {
		pods, err := w.Client().CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + release})
		if err != nil {
			return err
		}
		for _, pod := range pods.Items {
			if pod.UID != not {
				found = pod
				return nil
			}
		}
		return fmt.Errorf("release %s has no new pod in namespace %s", release, namespace)
	})
	return &found, err
}

// ReplacePod deletes a pod of a release and returns the one that its Deployment makes instead.
func (w *World) ReplacePod(ctx context.Context, release string, pod *corev1.Pod) (*corev1.Pod, error) {
	if err := w.Client().CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{}); err != nil {
		return nil, err
	}
	return w.AwaitPod(ctx, pod.Namespace, release, pod.UID)
}

// Names of a list of pull secrets, of a pod or a ServiceAccount.
func Names(pullSecrets []corev1.LocalObjectReference) []string {
	names := []string{}
	for _, reference := range pullSecrets {
		names = append(names, reference.Name)
	}
	return names
}
