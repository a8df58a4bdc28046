// SPDX-License-Identifier: Apache-2.0

package testbed

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Bodies are recorded for ServiceAccounts only: they hold no credentials, and tests check how they are written and which of
// them are followed. Reads are recorded of ServiceAccounts, and of the users that tests ask for.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Request
  verbs: [create, update, patch, delete]
  resources: [{group: "", resources: [serviceaccounts]}]
- level: Metadata
  users: %s
- level: Metadata
  verbs: [list, watch]
  resources: [{group: "", resources: [serviceaccounts]}]
- level: None
  verbs: [get, list, watch]
- level: Metadata
`

// Minor is 36 of Kubernetes 1.36.
func (c *ControlPlane) Minor() int { return c.minor }

// Version as Helm is told it, such as 1.36.
func (c *ControlPlane) Version() string { return fmt.Sprintf("1.%d", c.minor) }

func minorOf(program string) (minor int, err error) {
	out, err := exec.Command(program, "--version").Output()
	if err == nil {
		_, err = fmt.Sscanf(string(out), "Kubernetes v1.%d.", &minor)
	}
	if err != nil {
		return 0, fmt.Errorf("%s --version: %w: %s", program, err, out)
	}
	return minor, nil
}

// Dir holds data, certificates and kubeconfigs.
func (c *ControlPlane) Dir() string { return c.dir }

// LogDir holds the logs of the three processes and the audit log.
func (c *ControlPlane) LogDir() string { return c.logDir }

// Bin is the folder with kubectl, helm and crane.
func (c *ControlPlane) Bin() string { return c.bin }

// Address of kube-apiserver, as host:port.
func (c *ControlPlane) Address() string { return Loopback(c.apiPort) }

// URL of kube-apiserver.
func (c *ControlPlane) URL() string { return "https://" + c.Address() }

// EtcdURL is the address of etcd, in plain HTTP.
func (c *ControlPlane) EtcdURL() string { return "http://" + Loopback(c.etcdPort) }

// CAFile holds the certificate of the authority that signed kube-apiserver's.
func (c *ControlPlane) CAFile() string { return filepath.Join(c.dir, "ca.crt") }

// Kubeconfig of the administrator.
func (c *ControlPlane) Kubeconfig() string { return filepath.Join(c.dir, "admin.kubeconfig") }

// AuditLog is the path of the audit log, if Options.AuditLog was set.
func (c *ControlPlane) AuditLog() string { return filepath.Join(c.logDir, "audit.log") }

// Config is the administrator's client configuration, without a client-side rate limit.
func (c *ControlPlane) Config() *rest.Config { return rest.CopyConfig(c.config) }

// Client acts as the administrator.
func (c *ControlPlane) Client() kubernetes.Interface { return c.client }

// Processes that run now, by name.
func (c *ControlPlane) Processes() []*Process {
	return []*Process{c.etcd, c.apiServer, c.controllerManager}
}

func (c *ControlPlane) start(program string, args ...string) (*Process, error) {
	return StartProcess(ProcessSpec{
		Name: program, Path: filepath.Join(c.bin, program), Args: args,
		LogFile: filepath.Join(c.logDir, program+".log"),
	})
}

func (c *ControlPlane) startEtcd() (err error) {
	client := c.EtcdURL()
	c.etcd, err = c.start("etcd", "--data-dir="+c.storeDir(),
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls=http://127.0.0.1:0", "--unsafe-no-fsync", "--log-level=warn")
	return err
}

func (c *ControlPlane) startControllerManager() (err error) {
	c.controllerManager, err = c.start("kube-controller-manager",
		"--kubeconfig="+filepath.Join(c.dir, "controller-manager.kubeconfig"),
		"--service-account-private-key-file="+filepath.Join(c.dir, "sa.key"),
		"--root-ca-file="+c.CAFile(), "--use-service-account-credentials", "--leader-elect=false",
		"--bind-address=127.0.0.1", "--secure-port=0", "--cert-dir="+c.dir,
		// A namespace that is deleted should be gone in a second, and a thousand ServiceAccounts with it.
		"--kube-api-qps=500", "--kube-api-burst=1000", "--concurrent-namespace-syncs=20")
	return err
}

func (c *ControlPlane) apiServerFlags() []string {
	flags := []string{
		"--etcd-servers=http://" + Loopback(c.etcdPort),
		"--bind-address=127.0.0.1", "--secure-port=" + strconv.Itoa(c.apiPort),
		"--service-cluster-ip-range=" + serviceCIDR,
		"--tls-cert-file=" + filepath.Join(c.dir, "apiserver.crt"),
		"--tls-private-key-file=" + filepath.Join(c.dir, "apiserver.key"),
		"--client-ca-file=" + c.CAFile(),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + filepath.Join(c.dir, "sa.pub"),
		"--service-account-signing-key-file=" + filepath.Join(c.dir, "sa.key"),
		"--authorization-mode=RBAC,Node", "--allow-privileged", "--cert-dir=" + c.dir,
	}
	if c.minor == 34 || c.minor == 35 { // MutatingAdmissionPolicies are beta there, and off
		flags = append(flags, "--feature-gates=MutatingAdmissionPolicy=true", "--runtime-config=admissionregistration.k8s.io/v1beta1=true")
	}
	if c.audit {
		policy := filepath.Join(c.dir, "audit-policy.yaml")
		users, err := json.Marshal(append([]string{"nobody"}, c.auditUsers...)) // an empty list would be everybody
		if err != nil {
			panic(err) // there is no string that it cannot write
		}
		if err := os.WriteFile(policy, fmt.Appendf(nil, auditPolicy, users), 0o644); err != nil {
			panic(err) // Start has just written other files to the same folder
		}
		flags = append(flags, "--audit-policy-file="+policy, "--audit-log-path="+c.AuditLog())
	}
	return slices.Concat(flags, c.apiServerArgs, c.moreArgs)
}
