// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/testbed"
)

const (
	program    = "/usr/bin/docker-registry"
	startLimit = 15 * time.Second
	stopLimit  = 5 * time.Second
	pollPeriod = 10 * time.Millisecond
)

// Registry is the set of running registries of an emulated cloud: one process for each Enterprise instance and for each
// Personal Edition region, because each names its own service and keeps its own images.
type Registry struct {
	processes map[string]*testbed.Process
	addresses map[string]string
}

// Start runs every registry of the emulator's world on a free loopback port, with its files below dir, and tells the emulator's
// proxy where they are. With instances named, only those run ("" is Personal Edition). The caller owns the result and must stop
// it; the processes also die with this one.
func Start(ctx context.Context, dir string, addresses cloud.Addresses, instances ...string) (*Registry, error) {
	registry := &Registry{processes: map[string]*testbed.Process{}, addresses: map[string]string{}}
	err := registry.start(ctx, dir, addresses, instances)
	if err != nil {
		return nil, errors.Join(err, registry.Stop())
	}
	return registry, nil
}

func (r *Registry) start(ctx context.Context, dir string, addresses cloud.Addresses, instances []string) error {
	for _, wanted := range addresses.Registries {
		if !isWanted(wanted.Instance, instances) {
			continue
		}
		process, err := startOne(filepath.Join(dir, folder(wanted)), addresses, wanted.Service)
		if err != nil {
			return err
		}
		r.processes[wanted.Service] = process
	}
	limited, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for service, process := range r.processes {
		address, err := awaitAddress(limited, process)
		if err != nil {
			return err
		}
		r.addresses[service] = address
		if err := cloud.NewAdmin(addresses.Admin).SetRegistry(limited, service, address); err != nil {
			return err
		}
	}
	return nil
}

func isWanted(instance string, instances []string) bool {
	return len(instances) == 0 || slices.Contains(instances, instance)
}

// folder names the folder of a registry below the common one.
func folder(registry cloud.RegistryService) string {
	if registry.Instance != "" {
		return registry.Instance
	}
	return "personal-" + registry.Region
}

func startOne(dir string, addresses cloud.Addresses, service string) (*testbed.Process, error) {
	text, err := configuration(dir, addresses, service)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return nil, err
	}
	log := filepath.Join(dir, "registry.log")
	if err := os.Remove(log); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err // an old log would name an old port
	}
	return testbed.StartProcess(testbed.ProcessSpec{
		Name: "docker-registry for " + service, Path: program, Args: []string{"serve", file}, LogFile: log,
	})
}

var listening = regexp.MustCompile(`listening on (127\.0\.0\.1:\d+), tls`)

// awaitAddress reads from its log where a registry listens.
func awaitAddress(ctx context.Context, process *testbed.Process) (string, error) {
	for {
		if found := listening.FindStringSubmatch(process.Log()); found != nil {
			return found[1], nil
		}
		select {
		case <-process.Done():
			return "", fmt.Errorf("%s ended with exit code %d:\n%s", process.Name(), process.ExitCode(), process.LogTail())
		case <-ctx.Done():
			return "", fmt.Errorf("%s does not listen: %w\n%s", process.Name(), ctx.Err(), process.LogTail())
		case <-time.After(pollPeriod):
		}
	}
}

// Address is the HOST:PORT of the registry of a service; empty if it does not run.
func (r *Registry) Address(service string) string { return r.addresses[service] }

// Logs lists the log files of all registries.
func (r *Registry) Logs() []string {
	var files []string
	for _, process := range r.processes {
		files = append(files, process.LogFile())
	}
	return files
}

// Stop ends all registries.
func (r *Registry) Stop() error {
	var failures []error
	for service, process := range r.processes {
		if err := process.Stop(stopLimit); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", service, err))
		}
	}
	return errors.Join(failures...)
}
