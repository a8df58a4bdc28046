// SPDX-License-Identifier: Apache-2.0

package world

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// Users under which the product's programs write.
const (
	ControllerUser = "system:serviceaccount:" + OwnNamespace + ":" + ControllerServiceAccount
	WebhookUser    = "system:serviceaccount:" + OwnNamespace + ":" + WebhookServiceAccount
	CleanupUser    = "system:serviceaccount:" + OwnNamespace + ":" + CleanupServiceAccount
)

// AuditEntry is one request of the API server's audit log. Of reads only those of the product, and lists and watches of
// ServiceAccounts, are in it.
type AuditEntry struct {
	Verb       string
	RequestURI string
	UserAgent  string
	User       struct {
		Username string
		Extra    map[string][]string
	}
	RequestReceivedTimestamp time.Time
	ObjectRef                struct{ APIGroup, Resource, Subresource, Namespace, Name string }
	RequestObject            map[string]json.RawMessage // of ServiceAccounts only
	ResponseStatus           struct{ Code int }
	Annotations              map[string]string
	Line                     string `json:"-"`
}

// IsWrite tells whether the request meant to store something.
func (e AuditEntry) IsWrite() bool {
	return slices.Contains([]string{"create", "update", "patch", "delete"}, e.Verb)
}

// WasForbidden tells whether the user has no right to it.
func (e AuditEntry) WasForbidden() bool {
	return e.Annotations["authorization.k8s.io/decision"] == "forbid"
}

// IsOfProduct tells whether a program of the product sent the request, and not a test that has its token.
func (e AuditEntry) IsOfProduct() bool {
	return slices.Contains([]string{ControllerUser, WebhookUser, CleanupUser}, e.User.Username) && strings.HasPrefix(e.UserAgent, "acr-")
}

// IsWriteOfProduct tells whether a program of the product meant to store something.
func (e AuditEntry) IsWriteOfProduct() bool { return e.IsOfProduct() && e.IsWrite() }

// ReadAudit gives each request of the audit log to a function and ends at its first error.
func (w *World) ReadAudit(look func(AuditEntry) error) error {
	file, err := os.Open(w.Plane.AuditLog())
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		entry := AuditEntry{Line: lines.Text()}
		// Bodies that are no object, such as a JSON patch, fail to parse here, as they should: the product sends none.
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			return fmt.Errorf("audit log: %w in %s", err, lines.Text())
		}
		if err := look(entry); err != nil {
			return err
		}
	}
	return lines.Err()
}

// CheckGuardedWrites reads the audit log and returns how many writes to ServiceAccounts the product made; it is an error if one of
// them set imagePullSecrets without naming the resourceVersion that it had read (WR-1, WR-2).
func (w *World) CheckGuardedWrites() (writes int, err error) {
	err = w.ReadAudit(func(entry AuditEntry) error {
		if entry.ObjectRef.Resource != "serviceaccounts" || !entry.IsWriteOfProduct() {
			return nil
		}
		if entry.ResponseStatus.Code == http.StatusForbidden && entry.RequestObject == nil {
			return nil // its body was never read
		}
		writes++
		var metadata struct{ ResourceVersion string }
		_ = json.Unmarshal(entry.RequestObject["metadata"], &metadata) // absent counts as no resourceVersion
		if _, sets := entry.RequestObject["imagePullSecrets"]; !sets || metadata.ResourceVersion == "" {
			return fmt.Errorf("an unguarded %s of ServiceAccount %s/%s: %s",
				entry.Verb, entry.ObjectRef.Namespace, entry.ObjectRef.Name, entry.Line)
		}
		return nil
	})
	return writes, err
}
