// SPDX-License-Identifier: Apache-2.0

package testbed

import (
	"context"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	nodeName       = "node1"
	nodeStartLimit = 90 * time.Second
	sandboxImage   = "localhost/idle:sandbox"
)

// NodeOptions of a node.
type NodeOptions struct {
	Dir               string // receives everything; must be empty or absent, and short: sockets are in it
	RegistryAuthority string // file with the certificate authority of all registry hosts
	// HasHost tells whether a host name leads to the node's own address; no other name is known to the machine and its pods.
	HasHost func(host string) bool
}

// Machine is the sealed machine on its way to be a node: it has addresses and knows names, so that servers can be started in it.
type Machine struct {
	options NodeOptions
	stop    context.CancelFunc
}

// Node is a cluster of one real node: a control plane with scheduler, containerd, kubelet and kube-proxy, whose pods have
// addresses of their own and pull from real registries.
type Node struct {
	Plane *ControlPlane
	Idle  *IdleImage

	*Machine
	dir       string
	processes []*Process // in the order of their start
}

// OpenMachine gives the sealed machine its network. Call it once, in a program that is Sealed.
func OpenMachine(ctx context.Context, options NodeOptions) (*Machine, error) {
	if !Sealed() {
		return nil, errors.New("a node needs a sealed machine: see RunSealed")
	}
	if err := os.MkdirAll(options.Dir, 0o755); err != nil {
		return nil, err
	}
	if err := configureNetwork(ctx); err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.Background())
	if err := serveNames(running, options.Dir, options.HasHost); err != nil {
		stop()
		return nil, err
	}
	return &Machine{options, stop}, nil
}

// StartNode makes the machine a node, which takes about six seconds, and waits until it is ready. The caller calls Stop.
func (m *Machine) StartNode(ctx context.Context) (*Node, error) {
	n := &Node{Machine: m, dir: m.options.Dir}
	if err := n.startAll(ctx); err != nil {
		return nil, errors.Join(err, n.Stop())
	}
	return n, nil
}

func (n *Node) startAll(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, nodeStartLimit)
	defer cancel()
	n.Plane, err = Start(ctx, Options{Dir: filepath.Join(n.dir, "plane"), LogDir: n.LogDir(),
		APIServerArgs: []string{"--bind-address=0.0.0.0", "--advertise-address=" + NodeAddress, "--kubelet-preferred-address-types=InternalIP"}})
	if err != nil {
		return err
	}
	if err := n.writeFiles(n.options.RegistryAuthority); err != nil {
		return err
	}
	if n.Idle, err = BuildIdleImage(ctx, n.dir); err != nil {
		return err
	}
	if err := n.startRuntime(ctx); err != nil {
		return err
	}
	return n.startAgents(ctx)
}

func (n *Node) startRuntime(ctx context.Context) error {
	containerd, err := n.start("containerd", "--config="+filepath.Join(n.dir, "containerd.toml"))
	if err != nil {
		return err
	}
	sandbox, err := n.Idle.Marked("sandbox")
	if err != nil {
		return err
	}
	return n.Plane.await(ctx, containerd, "its socket", func() error { return n.LoadImage(ctx, sandboxImage, sandbox) })
}

func (n *Node) startAgents(ctx context.Context) error {
	kubeconfigs := map[string]string{}
	for name, subject := range map[string]pkix.Name{
		"scheduler": {CommonName: "system:kube-scheduler"},
		"proxy":     {CommonName: "system:kube-proxy"},
		"kubelet":   {CommonName: "system:node:" + nodeName, Organization: []string{"system:nodes"}},
	} {
		kubeconfig, err := n.Plane.UserKubeconfig(name, subject)
		if err != nil {
			return err
		}
		kubeconfigs[name] = "--kubeconfig=" + kubeconfig
	}
	state := filepath.Join(n.dir, "kubelet")
	kubelet, err := n.start("kubelet", kubeconfigs["kubelet"], "--config="+filepath.Join(n.dir, "kubelet.yaml"), "--root-dir="+state,
		"--cert-dir="+filepath.Join(state, "pki"), "--hostname-override="+nodeName, "--node-ip="+NodeAddress)
	if err != nil {
		return err
	}
	if _, err := n.start("kube-scheduler", kubeconfigs["scheduler"], "--leader-elect=false", "--secure-port=0",
		"--kube-api-qps=200", "--kube-api-burst=400"); err != nil {
		return err
	}
	// Pods are neighbours on one bridge: without masquerading the answers of a Service would come from another address.
	if _, err := n.start("kube-proxy", kubeconfigs["proxy"], "--hostname-override="+nodeName, "--proxy-mode=iptables", "--masquerade-all",
		"--cluster-cidr="+podCIDR, "--conntrack-max-per-core=0", "--conntrack-tcp-timeout-established=0s",
		"--conntrack-tcp-timeout-close-wait=0s", "--iptables-min-sync-period=100ms"); err != nil {
		return err
	}
	return n.Plane.await(ctx, kubelet, "the node to be ready", func() error {
		node, err := n.Plane.Client().CoreV1().Nodes().Get(ctx, nodeName, metav1.GetOptions{})
		if err != nil {
			return err
		}
		for _, condition := range node.Status.Conditions {
			if condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue {
				return nil
			}
		}
		return fmt.Errorf("it is not: %v", node.Status.Conditions)
	})
}

func (n *Node) start(program string, args ...string) (*Process, error) {
	process, err := StartProcess(ProcessSpec{
		Name: program, Path: filepath.Join(n.Plane.Bin(), program), Args: args, LogFile: filepath.Join(n.LogDir(), program+".log"),
		Env: []string{"PATH=" + n.Plane.Bin() + ":" + os.Getenv("PATH")},
	})
	if err == nil {
		n.processes = append(n.processes, process)
	}
	return process, err
}

// LogDir holds the logs of all programs.
func (n *Node) LogDir() string { return filepath.Join(n.dir, "logs") }

// Dir holds everything of the node.
func (n *Node) Dir() string { return n.dir }

func (n *Node) containerdSocket() string { return filepath.Join(n.dir, "containerd.sock") }

// Stop ends the node's programs. Its containers end with the sealed machine.
func (n *Node) Stop() error {
	n.stop()
	for i := len(n.processes) - 1; i >= 0; i-- {
		n.processes[i].Kill()
	}
	if n.Plane == nil {
		return nil
	}
	return n.Plane.Stop()
}
