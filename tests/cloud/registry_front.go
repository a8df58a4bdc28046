// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"time"
)

// findRegistryHost says which registry a host name belongs to.
func (e *Emulator) findRegistryHost(host string) (RegistryService, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	services := registryServices(e.world)
	at := slices.IndexFunc(services, func(s RegistryService) bool { return slices.Contains(s.Hosts, strings.ToLower(host)) })
	if at < 0 {
		return RegistryService{}, false
	}
	return services[at], true
}

// registryAddress is where the registry of a service runs; empty if none does.
func (e *Emulator) registryAddress(service string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return first(e.registries[service], e.registries[""])
}

// certificate answers a TLS greeting: one for its server name if that is a cloud host or the host of a registry, one for 127.0.0.1
// if it names none, and an error (which ends the handshake) for any other name.
func (e *Emulator) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := hello.ServerName
	if kind, _ := classifyHost(name); name != "" && kind == hostUnknown {
		if _, isRegistry := e.findRegistryHost(name); !isRegistry {
			return nil, fmt.Errorf("no such cloud host: %q", name)
		}
	}
	return e.authority.leaf(name)
}

// serveRegistry passes a request for a registry host on to the registry that serves it, as the network would for a client that
// does not go through our proxy. A registry that does not run cannot be connected to.
func (e *Emulator) serveRegistry(w http.ResponseWriter, r *http.Request, host string, registry RegistryService) {
	call := Call{
		Time: time.Now(), Host: host, Region: registry.Region, API: "Registry", Instance: registry.Instance,
		Detail: r.Method + " " + r.URL.Path, RequestID: newRequestID(),
	}
	action := e.takeFault(call)
	action.delay(r)
	if code, status := action.raw(); code != "" {
		call.Code, call.Status = code, status
		e.record(call)
		action.performRaw(w, r, call.RequestID)
		return
	}
	if action.replaces() {
		call.Status, call.Code = action.status(http.StatusServiceUnavailable), action.code("UNAVAILABLE")
		e.record(call)
		send(w, call.Status, "application/json; charset=utf-8", `{"errors":[{"code":"`+call.Code+`","message":"injected"}]}`)
		return
	}
	e.passOn(w, r, host, e.registryAddress(registry.Service), call)
}

func (e *Emulator) passOn(w http.ResponseWriter, r *http.Request, host, address string, call Call) {
	roots := x509.NewCertPool()
	roots.AddCert(e.authority.certificate)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()
	proxy := &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(&url.URL{Scheme: "https", Host: address})
			p.Out.Host = host
		},
		ModifyResponse: func(answer *http.Response) error {
			call.Status, call.Code = answer.StatusCode, "success"
			if answer.StatusCode >= http.StatusBadRequest {
				call.Code = strings.ToUpper(strings.ReplaceAll(http.StatusText(answer.StatusCode), " ", ""))
			}
			e.record(call)
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			if errors.Is(err, r.Context().Err()) {
				return
			}
			call.Code = "unreachable"
			e.record(call)
			cutConnection(w)
		},
	}
	proxy.ServeHTTP(w, r)
}
