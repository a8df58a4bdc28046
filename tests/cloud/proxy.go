// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// metadataAddress is where the real metadata service is found.
const metadataAddress = "100.100.100.200"

// proxyHandler is an HTTP proxy that stands for the network: CONNECT to a registry host reaches the registry, to a cloud host
// the emulator, and plain requests for the metadata address reach the emulated metadata service. All else is refused.
func (e *Emulator) proxyHandler() http.Handler {
	metadata := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: e.imdsListener})
		r.Out.Host = metadataAddress
	}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodConnect:
			e.connect(w, r)
		case withoutPort(r.Host) == metadataAddress:
			metadata.ServeHTTP(w, r)
		default:
			http.Error(w, "no such host in the emulated network: "+r.Host, http.StatusForbidden)
		}
	})
}

// route finds the address behind a host name.
func (e *Emulator) route(host string) (string, error) {
	host = strings.ToLower(host)
	if kind, _ := classifyHost(host); kind != hostUnknown {
		return e.openAPI, nil
	}
	registry, isRegistry := e.findRegistryHost(host)
	if !isRegistry {
		return "", errors.New("no such host in the emulated network: " + host)
	}
	if address := e.registryAddress(registry.Service); address != "" {
		return address, nil
	}
	return "", errors.New("no registry is running for " + host)
}

func (e *Emulator) connect(w http.ResponseWriter, r *http.Request) {
	address, err := e.route(withoutPort(r.Host))
	if err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	upstream, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = upstream.Close()
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if _, err := client.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n")); err != nil {
		_, _ = upstream.Close(), client.Close()
		return
	}
	stop := context.AfterFunc(r.Context(), func() { _, _ = upstream.Close(), client.Close() })
	defer stop()
	go join(upstream, buffered, client)
	join(client, upstream, upstream)
}

// join copies one direction and then closes both ends.
func join(to net.Conn, from io.Reader, other net.Conn) {
	_, _ = io.Copy(to, from)
	_, _ = to.Close(), other.Close()
}
