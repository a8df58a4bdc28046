// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"acr-credential-helper/tests/world"
)

// accountReads are the lists and watches of ServiceAccounts in all namespaces that the controller asked for since a time:
// verb and field selector of each.
func (s *scene) accountReads(since time.Time) (reads []string) {
	s.Helper()
	s.must(s.w.ReadAudit(func(entry world.AuditEntry) error {
		ref := entry.ObjectRef
		ours := ref.Resource == "serviceaccounts" && ref.Namespace == "" && entry.User.Username == world.ControllerUser
		if !ours || entry.IsWrite() || !entry.RequestReceivedTimestamp.After(since) {
			return nil
		}
		address, err := url.Parse(entry.RequestURI)
		if err == nil {
			reads = append(reads, entry.Verb+" "+address.Query().Get("fieldSelector"))
		}
		return err
	}))
	slices.Sort(reads)
	return slices.Compact(reads)
}

// withLists adds the list that begins each watch where the API server does not stream it.
func (s *scene) withLists(reads ...string) []string {
	for _, read := range slices.Clone(reads) {
		if of, isWatch := strings.CutPrefix(read, "watch "); isWatch && s.w.Plane.Minor() < world.WatchListFrom {
			reads = append(reads, "list "+of)
		}
	}
	slices.Sort(reads)
	return slices.Compact(reads)
}

func TestFewNamesAreWatchedEachAndOldBindingsOfOthersAreFoundAfterARestart(t *testing.T) {
	s := newScene(t)
	s.configure("service-account", "*")
	controller := s.startServing()
	namespace := s.namespace()
	s.createAccount(namespace, "web", "foreign")
	s.awaitPullSecrets(namespace, "web", soon, "foreign", world.SecretName)
	s.awaitBound(namespace, "default", soon)
	if code, err := stopped(controller); err != nil || code != 0 {
		t.Fatalf("SIGTERM ended the controller with exit code %d (%v)\n%s", code, err, controller.LogTail())
	}

	began := time.Now()
	s.configure("service-account", "default,job")
	s.startController("--shrink-delay=1s") // the accounts of kube-system leave the scope too

	s.awaitPullSecrets(namespace, "web", soon, "foreign")
	s.createAccount(namespace, "job")
	s.awaitBound(namespace, "job", soon)
	s.awaitBound(namespace, "default", soon)
	wanted := s.withLists("list ", "watch metadata.name=default", "watch metadata.name=job")
	if reads := s.accountReads(began); !slices.Equal(reads, wanted) {
		t.Fatalf("the controller asked for %q, want %q", reads, wanted)
	}
}

func TestListsAreTheBeginningOfTheirWatches(t *testing.T) {
	s := newScene(t)
	began := time.Now()
	s.configure("service-account", "*")
	s.startServing()

	if reads, wanted := s.accountReads(began), s.withLists("watch "); !slices.Equal(reads, wanted) {
		t.Fatalf("LW-8: the controller asked for %q, want %q", reads, wanted)
	}
}
