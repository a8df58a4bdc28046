// SPDX-License-Identifier: Apache-2.0

// Package node tests the image and the chart on a real node, where pods really pull: a cluster of one node in a sealed machine, with
// the emulated cloud and a real registry beside it under the host names of the real ones. Needs root, the image built by
// scripts/image and the programs of `testbed/build-tools node`.
package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/registry"
	"acr-credential-helper/tests/testbed"
)

const enterpriseInstance = "cri-acme0000000000"

// site is the node with all that is around it.
type site struct {
	*testbed.Node
	cloud    *cloud.Server
	admin    *cloud.Admin
	registry *registry.Registry
}

var shared site

// dirVariable names the folder of everything that the node writes. It is made outside of the sealed machine: what is mounted in it
// is gone only after the machine.
const dirVariable = "ACR_NODE_DIR"

func TestMain(m *testing.M) {
	switch {
	case testbed.Sealed():
		os.Exit(run(m))
	case os.Getenv(dirVariable) != "":
		os.Exit(runSealed()) // process 1 of the machine
	}
	if os.Getenv("TESTBED_BIN") == "" {
		os.Exit(failed(errors.New("TESTBED_BIN is not set, and the sealed machine has no network to build programs with")))
	}
	dir, err := os.MkdirTemp("", "acr-node-")
	if err != nil {
		os.Exit(failed(err))
	}
	if err := errors.Join(os.Chmod(dir, 0o755), os.Setenv(dirVariable, dir)); err != nil {
		os.Exit(failed(err))
	}
	code := runSealed()
	if code == 0 {
		_ = os.RemoveAll(dir)
	} else {
		fmt.Fprintf(os.Stderr, "node: the logs of all programs are kept in %s\n", filepath.Join(dir, "logs"))
	}
	os.Exit(code)
}

func runSealed() int {
	code, err := testbed.RunSealed()
	if err != nil {
		return failed(err)
	}
	return code
}

func run(m *testing.M) int {
	if err := shared.start(context.Background(), os.Getenv(dirVariable)); err != nil {
		return failed(errors.Join(err, shared.stop()))
	}
	code := m.Run()
	if err := shared.stop(); err != nil {
		return failed(err)
	}
	return code
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, "node:", err)
	return 1
}

func (s *site) start(ctx context.Context, dir string) error {
	clouds := filepath.Join(dir, "cloud")
	machine, err := testbed.OpenMachine(ctx, testbed.NodeOptions{
		Dir: dir, RegistryAuthority: filepath.Join(clouds, "ca.crt"),
		HasHost: func(host string) bool { return strings.HasSuffix(host, ".aliyuncs.com") },
	})
	if err != nil {
		return err
	}
	s.cloud, err = cloud.Start(context.Background(), cloud.Options{
		Listen: testbed.NodeAddress + ":443", IMDSListen: testbed.MetadataAddress + ":80", Dir: clouds, World: cloud.DefaultWorld(),
	})
	if err != nil {
		return err
	}
	s.admin = s.cloud.Admin()
	if s.registry, err = registry.Start(ctx, filepath.Join(dir, "registry"), s.cloud.Addresses(), enterpriseInstance); err != nil {
		return err
	}
	s.Node, err = machine.StartNode(ctx)
	return err
}

func (s *site) stop() error {
	var failures []error
	if s.Node != nil {
		failures = append(failures, s.Node.Stop())
	}
	if s.registry != nil {
		failures = append(failures, s.registry.Stop())
	}
	if s.cloud != nil {
		s.cloud.Close()
	}
	return errors.Join(failures...)
}
