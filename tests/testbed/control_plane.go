// SPDX-License-Identifier: Apache-2.0

package testbed

import (
	"context"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	startLimit  = 90 * time.Second // a cold page cache on two busy cores; usually three seconds
	stopLimit   = 20 * time.Second
	pollEvery   = 50 * time.Millisecond
	startTries  = 3
	serviceCIDR = "10.0.0.0/24"
)

// Options of a control plane. The zero value of every field but Dir is a good default.
type Options struct {
	Dir           string   // receives data, certificates, kubeconfigs and logs; must be empty or absent
	LogDir        string   // default Dir/logs
	APIServerArgs []string // added last, so they win
	AuditLog      bool     // LogDir/audit.log: who wrote what, with the bodies of ServiceAccount writes
	AuditUsers    []string // with AuditLog: whose reads are recorded too
}

// ControlPlane is a running etcd, kube-apiserver and kube-controller-manager.
type ControlPlane struct {
	dir, logDir, bin  string
	apiServerArgs     []string
	moreArgs          []string // of the kube-apiserver that runs now
	audit             bool
	auditUsers        []string
	minor             int
	apiPort, etcdPort int
	config            *rest.Config
	client            kubernetes.Interface
	ca                *authority

	etcd, apiServer, controllerManager *Process
}

// Start starts a control plane and waits until it serves, which takes about three seconds. The caller owns it and calls Stop.
func Start(ctx context.Context, options Options) (*ControlPlane, error) {
	bin, err := Binaries()
	if err != nil {
		return nil, err
	}
	c := &ControlPlane{
		dir: options.Dir, logDir: options.LogDir, bin: bin,
		apiServerArgs: options.APIServerArgs, audit: options.AuditLog, auditUsers: options.AuditUsers,
	}
	if c.logDir == "" {
		c.logDir = filepath.Join(c.dir, "logs")
	}
	if c.minor, err = minorOf(filepath.Join(bin, "kube-apiserver")); err != nil {
		return nil, err
	}
	if err := errors.Join(os.MkdirAll(c.dir, 0o755), os.MkdirAll(c.logDir, 0o755)); err != nil {
		return nil, err
	}
	if err := c.writeCredentials(); err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		err := c.startAll(ctx)
		if err == nil {
			return c, nil
		}
		_ = c.Stop()
		if try == startTries || !strings.Contains(err.Error(), "address already in use") {
			return nil, err
		}
	}
}

func (c *ControlPlane) writeCredentials() error {
	ca, err := newAuthority(c.dir)
	if err != nil {
		return err
	}
	c.ca = ca
	addresses := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 0, 0, 1)}
	return errors.Join(
		ca.issue("apiserver", pkix.Name{CommonName: "kube-apiserver"}, []string{"localhost", "kubernetes.default.svc"}, addresses),
		ca.issue("admin", pkix.Name{CommonName: "admin", Organization: []string{"system:masters"}}, nil, nil),
		ca.issue("controller-manager", pkix.Name{CommonName: "system:kube-controller-manager"}, nil, nil),
		writeServiceAccountKeys(c.dir),
	)
}

func (c *ControlPlane) startAll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := c.choosePorts(); err != nil {
		return err
	}
	if err := c.startEtcd(); err != nil {
		return err
	}
	if err := c.StartAPIServer(ctx); err != nil {
		return err
	}
	if err := c.startControllerManager(); err != nil {
		return err
	}
	return c.await(ctx, c.controllerManager, "the ServiceAccount default/default", func() error {
		_, err := c.client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
		return err
	})
}

func (c *ControlPlane) choosePorts() error {
	ports, err := FreePorts(2)
	if err != nil {
		return err
	}
	c.apiPort, c.etcdPort = ports[0], ports[1]
	for _, name := range []string{"admin", "controller-manager"} {
		if _, err := c.writeCertificateKubeconfig(name); err != nil {
			return err
		}
	}
	c.config, err = clientcmd.BuildConfigFromFlags("", c.Kubeconfig())
	if err != nil {
		return err
	}
	c.config.QPS = -1 // client-go's default of five requests a second would set the pace of every test
	c.config.WarningHandler = rest.NoWarnings{}
	c.client, err = kubernetes.NewForConfig(c.config)
	return err
}

// StartAPIServer starts kube-apiserver, or starts it again on the same port with the same data, and waits until it is ready.
// A kube-controller-manager that was running is started anew.
func (c *ControlPlane) StartAPIServer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	process, err := c.start("kube-apiserver", c.apiServerFlags()...)
	if err != nil {
		return err
	}
	c.apiServer = process
	if err := c.await(ctx, process, "/readyz of kube-apiserver", func() error {
		return c.client.CoreV1().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	}); err != nil || c.controllerManager == nil {
		return err
	}
	// Its watches back off for up to 30 s after an outage, in which no namespace gets its ServiceAccount `default`; a
	// control plane that is restarted as a whole has no such gap.
	c.controllerManager.Kill()
	if _, err := c.controllerManager.Wait(stopLimit); err != nil {
		return err
	}
	return c.startControllerManager()
}

// RestartAPIServer starts kube-apiserver anew with more flags than Options has, or without them.
func (c *ControlPlane) RestartAPIServer(ctx context.Context, args ...string) error {
	c.StopAPIServer()
	c.moreArgs = args
	return c.StartAPIServer(ctx)
}

// StopAPIServer takes kube-apiserver away at once, like a crash; etcd and kube-controller-manager stay.
func (c *ControlPlane) StopAPIServer() { c.apiServer.Kill() }

// Stop ends all three processes.
func (c *ControlPlane) Stop() error {
	var errs []error
	for _, process := range []*Process{c.controllerManager, c.apiServer, c.etcd} {
		if process == nil {
			continue
		}
		// The data is thrown away, so nothing is gained by waiting for a graceful shutdown of the servers.
		process.Kill()
		if _, err := process.Wait(stopLimit); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// await polls until probe succeeds, the process ends or ctx ends; the error then says what the process printed.
func (c *ControlPlane) await(ctx context.Context, process *Process, what string, probe func() error) error {
	for {
		err := probe()
		if err == nil {
			return nil
		}
		select {
		case <-process.Done():
			return fmt.Errorf("%s ended with exit code %d while waiting for %s:\n%s",
				process.Name(), process.ExitCode(), what, process.LogTail())
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w\n%s", what, err, process.LogTail())
		case <-time.After(pollEvery):
		}
	}
}
