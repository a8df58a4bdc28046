// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// Options configures an emulator. Empty listen addresses mean a free loopback port.
type Options struct {
	Listen, IMDSListen, AdminListen, ProxyListen string
	// World is the state to begin with.
	World World
	// Dir receives ca.crt, ca.key, registry.crt, registry.key, token.crt, token.key and, last, addresses.json. Keys that it
	// holds already are used again.
	Dir string
	// Registry is the address of a registry that serves every registry host, if one runs already.
	Registry string
	// Log receives one line for each call, without secrets; nil drops them.
	Log io.Writer
}

// Addresses is the content of addresses.json: where a running emulator is found.
type Addresses struct {
	OpenAPI string `json:"openapi"`
	IMDS    string `json:"imds"`
	Admin   string `json:"admin"`
	Proxy   string `json:"proxy"`
	// Realm, Service and Issuer configure a registry's token authentication; Service is that of the first instance.
	Realm   string `json:"realm"`
	Service string `json:"service"`
	Issuer  string `json:"issuer"`
	// Registries lists every registry of the world with its service and host names.
	Registries []RegistryService `json:"registries"`
	// Dir is the absolute folder of the certificate files.
	Dir string `json:"dir"`
}

// Server is a running emulator.
type Server struct {
	addresses Addresses
	stop      context.CancelFunc
	servers   []*http.Server
}

const addressesFile = "addresses.json"

// Start begins to serve. The caller owns the server and must close it.
func Start(ctx context.Context, options Options) (*Server, error) {
	dir, err := filepath.Abs(options.Dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := os.Remove(filepath.Join(dir, addressesFile)); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	certificates, err := loadAuthority(dir)
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	if err := certificates.writeRegistryPair(dir, options.World); err != nil {
		return nil, fmt.Errorf("registry certificate: %w", err)
	}
	signer, err := loadTokenSigner(dir)
	if err != nil {
		return nil, fmt.Errorf("token signer: %w", err)
	}
	if options.Log == nil {
		options.Log = io.Discard
	}
	emulator := newEmulator(options.World, certificates, signer, log.New(options.Log, "", log.LstdFlags|log.Lmicroseconds))
	if options.Registry != "" {
		emulator.registries[""] = options.Registry
	}
	running, cancel := context.WithCancel(ctx)
	server := &Server{stop: cancel, addresses: Addresses{Dir: dir, Issuer: tokenIssuer, Registries: registryServices(options.World)}}
	if err := server.listen(running, emulator, options); err != nil {
		server.Close()
		return nil, err
	}
	if err := server.writeAddresses(dir); err != nil {
		server.Close()
		return nil, err
	}
	return server, nil
}

// listen opens all four listeners before the first one serves.
func (s *Server) listen(ctx context.Context, emulator *Emulator, options Options) error {
	parts := []struct {
		address string
		handler http.Handler
	}{
		{options.Listen, emulator}, {options.IMDSListen, emulator.metadataHandler()},
		{options.AdminListen, emulator.adminHandler()}, {options.ProxyListen, emulator.proxyHandler()},
	}
	var listeners []net.Listener
	for _, part := range parts {
		listener, err := net.Listen("tcp", first(part.address, "127.0.0.1:0"))
		if err != nil {
			for _, opened := range listeners {
				_ = opened.Close()
			}
			return err
		}
		listeners = append(listeners, listener)
	}
	s.addresses.OpenAPI = listeners[0].Addr().String()
	s.addresses.IMDS = "http://" + listeners[1].Addr().String()
	s.addresses.Admin = "http://" + listeners[2].Addr().String()
	s.addresses.Proxy = "http://" + listeners[3].Addr().String()
	s.addresses.Realm = "https://dockerauth." + first(options.World.Metadata.Region, "cn-hangzhou") + ".aliyuncs.com/auth"
	if len(s.addresses.Registries) > 0 {
		s.addresses.Service = s.addresses.Registries[0].Service
	}
	emulator.openAPI, emulator.imdsListener = s.addresses.OpenAPI, listeners[1].Addr().String()
	for at, listener := range listeners {
		server := &http.Server{
			Handler: withServerContext(ctx, parts[at].handler), ReadHeaderTimeout: 30 * time.Second,
			ErrorLog: log.New(io.Discard, "", 0), TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
		}
		s.servers = append(s.servers, server)
		if at == 0 {
			listener = tls.NewListener(listener, &tls.Config{
				GetCertificate: emulator.certificate, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
			})
		}
		go func() { _ = server.Serve(listener) }()
	}
	return nil
}

// writeAddresses writes addresses.json in one step: a reader sees all of it or nothing.
func (s *Server) writeAddresses(dir string) error {
	text, err := json.MarshalIndent(s.addresses, "", "  ")
	if err != nil {
		return err
	}
	temporary := filepath.Join(dir, addressesFile+".new")
	if err := os.WriteFile(temporary, append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, filepath.Join(dir, addressesFile))
}

// Addresses tells where the emulator is found.
func (s *Server) Addresses() Addresses { return s.addresses }

// Admin returns a client of the admin interface.
func (s *Server) Admin() *Admin { return NewAdmin(s.addresses.Admin) }

// Close ends the emulator; hanging answers end too.
func (s *Server) Close() {
	s.stop()
	for _, server := range s.servers {
		_ = server.Close()
	}
}

// ReadAddresses reads the addresses.json of an emulator folder; os.ErrNotExist means that it is not ready yet.
func ReadAddresses(dir string) (Addresses, error) {
	text, err := os.ReadFile(filepath.Join(dir, addressesFile))
	if err != nil {
		return Addresses{}, err
	}
	var addresses Addresses
	err = json.Unmarshal(text, &addresses)
	return addresses, err
}
