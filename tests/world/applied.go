// SPDX-License-Identifier: Apache-2.0

package world

import (
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// AsApplied gives a wanted object the annotation that `kubectl apply` leaves on what it creates: whoever applies a manifest
// of the same object later is not warned that it was made in another way.
func AsApplied[T metav1.Object](wanted T) T {
	text, err := json.Marshal(wanted)
	if err != nil {
		panic(err) // typed objects always have a JSON form
	}
	annotations := wanted.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[lastApplied] = string(text)
	wanted.SetAnnotations(annotations)
	return wanted
}
