// SPDX-License-Identifier: Apache-2.0

package world

import "k8s.io/client-go/rest"

// What only newer versions of Kubernetes have begins with these minor versions.
const (
	FenceFrom     = 30 // ValidatingAdmissionPolicies
	PolicyFrom    = 34 // MutatingAdmissionPolicies: first as v1beta1, which the test bed switches on
	policyV1      = 36
	WatchListFrom = 34 // lists that are the beginning of a watch; 1.32 has them too, 1.33 has not
)

// Resources of PolicyRequest.
const (
	Policies       = "mutatingadmissionpolicies"
	PolicyBindings = "mutatingadmissionpolicybindings"
)

// PolicyVersion of the MutatingAdmissionPolicies that the API server has.
func (w *World) PolicyVersion() string {
	if w.Plane.Minor() < policyV1 {
		return "v1beta1"
	}
	return "v1"
}

// PolicyRequest begins a request about the MutatingAdmissionPolicy of our name, or its binding. Where the API server has
// none it answers 404.
func (w *World) PolicyRequest(verb, resource string) *rest.Request {
	return w.Client().AdmissionregistrationV1().RESTClient().Verb(verb).
		AbsPath("/apis/admissionregistration.k8s.io", w.PolicyVersion(), resource, AdmissionName)
}
