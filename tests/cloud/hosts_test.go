// SPDX-License-Identifier: Apache-2.0

package cloud_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// dial opens a TLS connection with a server name and sends one GET with a Host header.
func (s *scene) dial(serverName, host string) (int, error) {
	s.Helper()
	anchor, err := os.ReadFile(filepath.Join(s.addresses.Dir, "ca.crt"))
	s.must(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(anchor)
	connection, err := tls.Dial("tcp", s.addresses.OpenAPI, &tls.Config{RootCAs: roots, ServerName: serverName})
	if err != nil {
		return 0, err
	}
	defer func() { _ = connection.Close() }()
	s.must(connection.SetDeadline(time.Now().Add(5 * time.Second)))
	_, err = connection.Write([]byte("GET / HTTP/1.1\r\nHost: " + host + "\r\nAccept: application/json\r\n\r\n"))
	s.must(err)
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	s.must(err)
	_ = response.Body.Close()
	return response.StatusCode, nil
}

func TestHostAndServerNameMustBeTheSameCloudHost(t *testing.T) {
	s := newScene(t)
	for _, one := range []struct {
		serverName, host string
		status           int
	}{
		{hangzhouCR, hangzhouCR, http.StatusNotFound}, // served: there is no such API
		{hangzhouCR, hangzhouCR + ":443", http.StatusNotFound},
		{"sts.aliyuncs.com", "sts.aliyuncs.com", http.StatusNotFound},
		{"127.0.0.1", hangzhouCR, http.StatusNotFound}, // an address is no server name
		{hangzhouCR, hangzhouSTS, http.StatusMisdirectedRequest},
		{hangzhouCR, "example.com", http.StatusMisdirectedRequest},
		{"127.0.0.1", "127.0.0.1", http.StatusMisdirectedRequest},
	} {
		status, err := s.dial(one.serverName, one.host)
		if err != nil || status != one.status {
			t.Errorf("%s with host %s: got %d %v, want %d", one.serverName, one.host, status, err, one.status)
		}
	}
	for _, unknown := range []string{"example.com", "cr.aliyuncs.com", "cr.cn-nowhere.aliyuncs.com", "cr-vpc.cn-heyuan.aliyuncs.com", "ecs.cn-hangzhou.aliyuncs.com"} {
		if status, err := s.dial(unknown, unknown); err == nil {
			t.Errorf("%s: the handshake succeeded, status %d", unknown, status)
		}
	}
}

func TestTheProxyReachesOnlyTheEmulatedNetwork(t *testing.T) {
	s := newScene(t)
	for _, target := range []string{"https://example.com/", "http://example.com/", "https://acme-registry.cn-hangzhou.cr.aliyuncs.com/v2/"} {
		response, err := s.client().Get(target)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode != http.StatusForbidden {
				t.Errorf("%s: status %s", target, response.Status)
			}
		}
	}
}
