// SPDX-License-Identifier: Apache-2.0

package testbed

import (
	"os"
	"path/filepath"
	"strings"
)

// containerdConfig: AUTHORITY of registries in certs.d, everything below DIR. The score of processes may not be lowered by
// whoever is no real root.
const containerdConfig = `version = 3
root = "DIR/root"
state = "DIR/state"
disabled_plugins = ["io.containerd.nri.v1.nri"]
[grpc]
  address = "DIR/containerd.sock"
[plugins.'io.containerd.ttrpc.v1.ttrpc']
  address = "DIR/containerd.sock.ttrpc"
[plugins.'io.containerd.cri.v1.images']
  snapshotter = "overlayfs"
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = "SANDBOX"
  [plugins.'io.containerd.cri.v1.images'.registry]
    config_path = "DIR/certs.d"
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["BIN/cni"]
  conf_dir = "DIR/cni"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  runtime_path = "BIN/containerd-shim-runc-v2"
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
    BinaryName = "BIN/runc"
    SystemdCgroup = false
`

const cniConfig = `{"cniVersion": "1.0.0", "name": "pods", "plugins": [{
  "type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
  "ipam": {"type": "host-local", "dataDir": "DIR/ipam", "ranges": [[{"subnet": "PODS"}]], "routes": [{"dst": "0.0.0.0/0"}]}
}]}
`

// kubeletConfig lets the kubelet live beside the machine's own services: with cgroups of version 1, without the right to
// arrange cgroups of its own, and without any eviction because the disk of others is full.
const kubeletConfig = `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix://DIR/containerd.sock
podLogsDir: DIR/pod-logs
failSwapOn: false
failCgroupV1: false
cgroupDriver: cgroupfs
cgroupRoot: /CGROUP
cgroupsPerQOS: false
enforceNodeAllocatable: []
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
clusterDomain: cluster.local
clusterDNS: ["NODE"]
resolvConf: DIR/resolv.conf
maxPods: 240
serializeImagePulls: false
registryPullQPS: 0
kubeAPIQPS: 200
kubeAPIBurst: 400
eventRecordQPS: 0
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 10Mi, nodefs.available: 0%, imagefs.available: 0%, nodefs.inodesFree: 0%}
`

// hostsConfig is what containerd reads for every registry host.
const hostsConfig = `ca = "AUTHORITY"
`

func (n *Node) writeFiles(authority string) error {
	fill := strings.NewReplacer("DIR", n.dir, "BIN", n.Plane.Bin(), "SANDBOX", sandboxImage, "PODS", podCIDR, "NODE", NodeAddress,
		"AUTHORITY", authority, "CGROUP", nodeCgroup)
	for file, text := range map[string]string{
		"containerd.toml": containerdConfig, "kubelet.yaml": kubeletConfig, "cni/10-bridge.conflist": cniConfig,
		"certs.d/_default/hosts.toml": hostsConfig,
	} {
		path := filepath.Join(n.dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(fill.Replace(text)), 0o644); err != nil {
			return err
		}
	}
	return nil
}
