// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"io"
	"net"
	"slices"
	"sync"
	"testing"

	"acr-credential-helper/tests/testbed"
)

// service passes TCP connections on as kube-proxy does for a Service: each new one to one of the endpoints of that moment; those that
// are open stay where they are, and end as the endpoint ends them. (Loopback addresses are no valid endpoints, so there is no real one.)
type service struct {
	listener  net.Listener
	mu        sync.Mutex
	endpoints []string
	next      int
}

func startService(t *testing.T) *service {
	t.Helper()
	listener, err := net.Listen("tcp", testbed.Loopback(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s := &service{listener: listener}
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return // closed
			}
			go s.pass(near)
		}
	}()
	return s
}

func (s *service) url() string { return "https://" + s.listener.Addr().String() }

func (s *service) add(endpoint string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endpoints = append(s.endpoints, endpoint)
}

func (s *service) remove(endpoint string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endpoints = slices.DeleteFunc(slices.Clone(s.endpoints), func(other string) bool { return other == endpoint })
}

func (s *service) pick() (endpoint string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.endpoints) > 0 {
		endpoint = s.endpoints[s.next%len(s.endpoints)]
		s.next++
	}
	return endpoint
}

func (s *service) pass(near net.Conn) {
	defer near.Close()
	far, err := net.Dial("tcp", s.pick())
	if err != nil {
		return
	}
	defer far.Close()
	copyAll := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		_ = to.(*net.TCPConn).CloseWrite() // an orderly end is passed on as one
	}
	var ways sync.WaitGroup
	ways.Go(func() { copyAll(far, near) })
	ways.Go(func() { copyAll(near, far) })
	ways.Wait()
}
