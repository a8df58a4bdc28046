// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"acr-credential-helper/tests/bench/figures"
	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

// A server is one of the three that are measured: acr-webhook and two that answer with a constant.
type server struct {
	name, address, program string
	process                *testbed.Process
	start                  func() (*testbed.Process, error)
}

const (
	ours     = "acr-webhook"
	cppFloor = "constant C++"
	goFloor  = "constant Go"
)

const readyLimit = 20 * time.Second

// childVariable tells this program to be the constant Go server; its value is "ADDRESS CERTIFICATE KEY".
const childVariable = "ACR_BENCH_WEBHOOK_FLOOR"

func runAsChild() bool {
	order := os.Getenv(childVariable)
	if order == "" {
		return false
	}
	var address, certificate, key string
	if _, err := fmt.Sscan(order, &address, &certificate, &key); err != nil {
		panic(err)
	}
	const before, after = `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"`, `","allowed":true,"patchType":"JSONPatch",` +
		`"patch":"W3sib3AiOiJhZGQiLCJwYXRoIjoiL2ltYWdlUHVsbFNlY3JldHMiLCJ2YWx1ZSI6W3sibmFtZSI6ImFjci1jcmVkZW50aWFsLXNlY3JldC1hZ2dyZWdhdGlvbiJ9XX1d",` +
		`"auditAnnotations":{"decision":"patched"}}}`
	server := http.Server{Addr: address, TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			body, _ := io.ReadAll(request.Body)
			_, rest, _ := bytes.Cut(body, []byte(`"uid":"`))
			uid, _, _ := bytes.Cut(rest, []byte(`"`))
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(before + string(uid) + after))
		})}
	fmt.Fprintln(os.Stderr, server.ListenAndServeTLS(certificate, key))
	return true
}

// newFloors compiles and describes the two constant servers. Their certificate is of the kind that acr-webhook makes for itself.
func newFloors(dir, logDir string) (floors []*server, bundle []byte, err error) {
	certificate, key := filepath.Join(dir, "floor.crt"), filepath.Join(dir, "floor.key")
	if bundle, err = writeCertificate(certificate, key); err != nil {
		return nil, nil, err
	}
	ports, err := testbed.FreePorts(2)
	if err != nil {
		return nil, nil, err
	}
	program := filepath.Join(dir, "floor")
	source := filepath.Join(testbed.ModuleDir(), "bench", "webhook", "floor", "main.cpp")
	compile := exec.Command("clang++-19", "-std=c++23", "-O2", source, "-o", program, "-lssl", "-lcrypto")
	if output, err := compile.CombinedOutput(); err != nil {
		return nil, nil, fmt.Errorf("%w: %s", err, output)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	floor := func(name, program, address string, args, env []string) *server {
		return &server{name: name, address: address, program: program, start: func() (*testbed.Process, error) {
			return testbed.StartProcess(testbed.ProcessSpec{Name: name, Path: program, Args: args, Env: env, LogFile: filepath.Join(logDir, name+".log")})
		}}
	}
	return []*server{
		floor(cppFloor, program, testbed.Loopback(ports[0]), []string{strconv.Itoa(ports[0]), certificate, key}, nil),
		floor(goFloor, self, testbed.Loopback(ports[1]), nil,
			[]string{fmt.Sprintf("%s=%s %s %s", childVariable, testbed.Loopback(ports[1]), certificate, key)}),
	}, bundle, nil
}

func newOurs(w *world.World) *server {
	return &server{name: ours, address: w.WebhookURL()[len("https://"):], program: w.Binary(ours), start: func() (*testbed.Process, error) {
		program, err := w.StartWebhook()
		if err != nil {
			return nil, err
		}
		return program.Process, nil
	}}
}

func writeCertificate(certificate, key string) ([]byte, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "floor"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	made, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return nil, err
	}
	secret, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made})
	return text, errors.Join(os.WriteFile(certificate, text, 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}), 0o600))
}

// run starts the server and returns how long it took until it had answered a review; afterwards it has one core for itself.
func (s *server) run(ctx context.Context, r review) (time.Duration, error) {
	began := time.Now()
	process, err := s.start()
	if err != nil {
		return 0, err
	}
	s.process = process
	for {
		if err = s.answers(r); err == nil {
			break
		}
		if ctx.Err() != nil || time.Since(began) > readyLimit || !process.Running() {
			return 0, fmt.Errorf("%s does not answer: %w\n%s", s.name, err, process.LogTail())
		}
		time.Sleep(time.Millisecond)
	}
	took := time.Since(began)
	return took, pin(process.Pid(), 0)
}

func (s *server) answers(r review) error {
	c, err := dial(s.address)
	if err != nil {
		return err
	}
	defer c.close()
	return c.ask(r)
}

// pin lets all threads of a process run on one core only.
func pin(pid, core int) error {
	output, err := exec.Command("taskset", "--all-tasks", "--cpu-list", "--pid", strconv.Itoa(core), strconv.Itoa(pid)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("taskset: %w: %s", err, output)
	}
	return nil
}

// cost is the processor time that the server spends meanwhile, in seconds.
func (s *server) cost(do func() error) (float64, error) {
	before, err := figures.CPUSeconds(s.process.Pid())
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, fmt.Errorf("%s: %w", s.name, err)
	}
	after, err := figures.CPUSeconds(s.process.Pid())
	return after - before, err
}

func (s *server) resident() (float64, error) { return figures.MemoryMiB(s.process.Pid(), "VmRSS") }

// strippedMiB is the size of a program without what only a debugger needs.
func strippedMB(program, dir string) (float64, error) {
	target := filepath.Join(dir, "stripped")
	if output, err := exec.Command("strip", "-o", target, program).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("strip: %w: %s", err, output)
	}
	status, err := os.Stat(target)
	if err != nil {
		return 0, err
	}
	return float64(status.Size()) / 1e6, os.Remove(target)
}
