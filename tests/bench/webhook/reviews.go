// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
)

// review is one request of kube-apiserver, head and body.
type review struct {
	uid   string
	bytes []byte
}

// newReview is about a ServiceAccount that was created by kubectl, with annotations and managed fields until the body has the size.
func newReview(namespace string, size int) (review, error) {
	account := corev1.ServiceAccount{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"},
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: namespace,
			Labels: map[string]string{"app.kubernetes.io/name": "web", "app.kubernetes.io/managed-by": "Helm"}, Annotations: map[string]string{}},
	}
	const uid = types.UID("705ab4f5-6393-11e8-b7cc-42010a800002")
	no := false
	whole := admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Request: &admissionv1.AdmissionRequest{
			UID: uid, Kind: metav1.GroupVersionKind{Version: "v1", Kind: "ServiceAccount"},
			Resource:        metav1.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"},
			RequestKind:     &metav1.GroupVersionKind{Version: "v1", Kind: "ServiceAccount"},
			RequestResource: &metav1.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"},
			Name:            "web", Namespace: namespace, Operation: admissionv1.Create, DryRun: &no,
			UserInfo: authenticationv1.UserInfo{Username: "kubernetes-admin", Groups: []string{"system:masters", "system:authenticated"},
				Extra: map[string]authenticationv1.ExtraValue{"authentication.kubernetes.io/credential-id": {"X509SHA256=" + strings.Repeat("0123456789abcdef", 4)}}},
			Options: runtime.RawExtension{Raw: []byte(`{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1","fieldManager":"kubectl-create","fieldValidation":"Strict"}`)},
		},
	}
	var body []byte
	for number := 0; ; number++ {
		object, err := json.Marshal(account)
		if err != nil {
			return review{}, err
		}
		whole.Request.Object = runtime.RawExtension{Raw: object}
		if body, err = json.Marshal(whole); err != nil {
			return review{}, err
		}
		left := size - len(body)
		if left <= 0 {
			break
		}
		// Half of what is missing in notes of some length, the other half in many short words.
		name := fmt.Sprintf("example.com/note-%d", number)
		account.Annotations[name] = strings.Repeat("as the team has written it; ", min(left, 512)/28+1)
		if left > 2048 {
			account.ManagedFields = append(account.ManagedFields, metav1.ManagedFieldsEntry{
				Manager: "kubectl-create", Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "v1", FieldsType: "FieldsV1",
				FieldsV1: &metav1.FieldsV1{Raw: []byte(`{"f:metadata":{"f:annotations":{` + strings.Repeat(`"f:`+name+`":{},`, 12) + `".":{}}}}`)},
			})
		}
	}
	head := fmt.Sprintf("POST /mutate-v1-serviceaccount?timeout=10s HTTP/1.1\r\nHost: acr-webhook.kube-system.svc:443\r\nUser-Agent: kube-apiserver-admission\r\n"+
		"Content-Length: %d\r\nAccept: application/json, */*\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n\r\n", len(body))
	return review{uid: string(uid), bytes: append([]byte(head), body...)}, nil
}
