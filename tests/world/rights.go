// SPDX-License-Identifier: Apache-2.0

package world

import (
	"context"
	"errors"
	"fmt"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// right is one verb that a rule of a role gives to an account of the product.
type right struct {
	role, user, namespace, verb string
	groups, resources           []string
	names                       []string // empty: all
}

func (r right) String() string {
	return fmt.Sprintf("%s: %s %v of group %q %v", r.role, r.verb, r.resources, r.groups, r.names)
}

func (r right) covers(entry AuditEntry) bool {
	object := entry.ObjectRef
	return r.user == entry.User.Username && r.verb == entry.Verb && slices.Contains(r.groups, object.APIGroup) &&
		slices.Contains(r.resources, object.Resource) && object.Subresource == "" && (r.namespace == "" || r.namespace == object.Namespace) &&
		(len(r.names) == 0 || slices.Contains(r.names, object.Name))
}

// comesWith tells whether the right is needed where the request is made: a list before the watch where the API server does
// not stream lists (before Kubernetes 1.34), and the create under a name in a server-side apply, which is logged as a patch.
func (r right) comesWith(entry AuditEntry) bool {
	switch {
	case r.verb == "list":
		r.verb = "watch"
	case r.verb == "create" && len(r.names) > 0:
		r.verb = "patch"
	default:
		return false
	}
	return r.covers(entry)
}

// CheckRights reads the audit log: it is an error if a request of the product was refused for want of a right, other than
// those that tests provoke; and, if all tests have run, if a right was never used.
func (w *World) CheckRights(ctx context.Context, allHaveRun bool) error {
	rights, err := w.rights(ctx)
	if err != nil {
		return err
	}
	used := make([]bool, len(rights))
	err = w.ReadAudit(func(entry AuditEntry) error {
		if !entry.IsOfProduct() || entry.ObjectRef.Resource == "" {
			return nil
		}
		isGranted := false
		for i, right := range rights {
			if right.covers(entry) {
				used[i], isGranted = true, true
			}
			used[i] = used[i] || right.comesWith(entry)
		}
		if entry.WasForbidden() && !isGranted && !isProvoked(entry) {
			return fmt.Errorf("a request that the product has no right to: %s", entry.Line)
		}
		return nil
	})
	if err != nil || !allHaveRun {
		return err
	}
	var errs []error
	for i, right := range rights {
		if !used[i] {
			errs = append(errs, fmt.Errorf("a right that no test made use of: %s", right))
		}
	}
	return errors.Join(errs...)
}

// isProvoked tells of a request that is refused by design: a credential Secret, or a pull Secret of an earlier name, that is
// not among the values of the chart; a registration that somebody has deleted.
func isProvoked(entry AuditEntry) bool {
	resource := entry.ObjectRef.Resource
	return resource == "secrets" && entry.Verb == "get" && entry.ObjectRef.Name != "" ||
		(resource == "mutatingwebhookconfigurations" || resource == "validatingwebhookconfigurations") && entry.Verb == "create"
}

// rights of the accounts of the product, as they are now.
func (w *World) rights(ctx context.Context) ([]right, error) {
	var all []right
	add := func(kind, name, namespace string, subjects []rbacv1.Subject, rules []rbacv1.PolicyRule) {
		for _, subject := range subjects {
			user := fmt.Sprintf("system:serviceaccount:%s:%s", subject.Namespace, subject.Name)
			for _, rule := range rules {
				for _, verb := range rule.Verbs {
					all = append(all, right{role: kind + " " + name, user: user, namespace: namespace, verb: verb,
						groups: rule.APIGroups, resources: rule.Resources, names: rule.ResourceNames})
				}
			}
		}
	}
	rbac, ours := w.Client().RbacV1(), metav1.ListOptions{LabelSelector: "app.kubernetes.io/part-of=" + AdmissionName}
	clusterBindings, err := rbac.ClusterRoleBindings().List(ctx, ours)
	if err != nil {
		return nil, err
	}
	for _, binding := range clusterBindings.Items {
		role, err := rbac.ClusterRoles().Get(ctx, binding.RoleRef.Name, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		add("ClusterRole", role.Name, "", binding.Subjects, role.Rules)
	}
	bindings, err := rbac.RoleBindings(metav1.NamespaceAll).List(ctx, ours)
	if err != nil {
		return nil, err
	}
	for _, binding := range bindings.Items {
		role, err := rbac.Roles(binding.Namespace).Get(ctx, binding.RoleRef.Name, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		add("Role", role.Name, binding.Namespace, binding.Subjects, role.Rules)
	}
	if len(all) == 0 {
		return nil, errors.New("no role of the product was found")
	}
	return all, nil
}
