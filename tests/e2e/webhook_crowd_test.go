// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"acr-credential-helper/tests/world"
)

// residentMiB is the memory that a program has now.
func (s *scene) residentMiB(program *world.Program) int {
	s.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", program.Pid()))
	s.must(err)
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmRSS:" {
			kib, err := strconv.Atoi(fields[1])
			s.must(err)
			return kib >> 10
		}
	}
	s.Fatalf("there is no VmRSS in %s", status)
	return 0
}

func TestACrowdOfIdleConnectionsIsBoundedAndKubeAPIServersOwnGoOnUnderFail(t *testing.T) {
	s := newScene(t)
	_, webhook, namespace := s.startBoth()
	const most, memory = 512, 48 // MiB
	before := s.hookCalls(hookName)
	accounts := s.createAccounts(namespace, func(answer *corev1.ServiceAccount) error {
		if !world.HasPullSecret(answer, world.SecretName) {
			return errors.New("the create answer does not list the entry")
		}
		return nil
	})
	accounts.awaitNext() // kube-apiserver has its connection
	client := s.webhookClient()
	config := client.Transport.(*http.Transport).TLSClientConfig
	address := strings.TrimPrefix(s.w.WebhookURL(), "https://")
	var crowd []*tls.Conn
	refused := 0
	t.Cleanup(func() {
		for _, one := range crowd {
			_ = one.Close()
		}
	})

	for range most + 100 {
		connection, err := tls.Dial("tcp", address, config)
		if err != nil {
			refused++
			continue
		}
		crowd = append(crowd, connection)
	}

	if len(crowd) > most || len(crowd) < most-20 || refused < 100 { // the others are kube-apiserver's and the controller's
		t.Errorf("%d connections stand, %d were refused", len(crowd), refused)
	}
	accounts.awaitNext()
	if now := s.residentMiB(webhook); now > memory {
		t.Errorf("%d idle connections cost the webhook %d MiB", len(crowd), now)
	} else {
		t.Logf("%d idle connections, %d refused, %d MiB", len(crowd), refused, now)
	}
	for _, one := range crowd {
		_ = one.SetReadDeadline(time.Now().Add(time.Millisecond))
		if _, err := one.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
			t.Fatal("an idle connection was closed for the crowd's sake")
		}
		_ = one.Close()
	}
	s.eventually(soon, func() error { // the places are free again
		response, err := client.Get(s.w.WebhookURL() + mutatePath)
		if err == nil {
			_ = response.Body.Close()
		}
		return err
	})
	accounts.end()
	s.noCallFailed(before)
}
