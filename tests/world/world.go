// SPDX-License-Identifier: Apache-2.0

// Package world starts everything that a test or demonstration of the product needs: a control plane with the product's
// manifests, the cloud emulator, a registry, and the product's programs under exactly the rights of their ServiceAccounts.
package world

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"k8s.io/client-go/kubernetes"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/registry"
	"acr-credential-helper/tests/testbed"
)

// Names that the product's contract fixes.
const (
	OwnNamespace             = "kube-system"
	ConfigMapName            = "acr-configuration"
	SecretName               = "acr-credential-secret-aggregation"
	AdmissionName            = "acr-credential-helper"
	LeaseName                = "acr-credential-helper"
	ControllerRole           = "acr-credential-helper-controller"
	StateSecretName          = "acr-credential-helper-state"
	CASecretName             = "acr-credential-helper-webhook-ca"
	StatusConfigMapName      = "acr-credential-helper-status"
	ControllerServiceAccount = "aliyun-acr-credential-helper"
	WebhookServiceAccount    = "acr-webhook"
	CleanupServiceAccount    = "acr-cleanup"
)

const cloudStartLimit = 60 * time.Second

// Options of a world.
type Options struct {
	Dir       string // receives everything; must be empty or absent
	Binaries  string // folder with acr-controller and acr-webhook; default: environment variable ACR_BIN_DIR
	Emulator  string // the program cloud-emulator; default: built from this module
	Manifests string // folder with the product's install.yaml and cleanup.yaml; default: manifests/ of this repository
	Unwatched bool   // nothing is recorded: no audit log, no Events, no metrics of programs; for measurements
}

// World is a running environment. The caller owns it and calls Stop.
type World struct {
	Plane     *testbed.ControlPlane
	Cloud     *cloud.Admin
	Addresses cloud.Addresses
	Registry  *registry.Registry

	dir, binaries, manifests                string
	controllerKubeconfig, webhookKubeconfig string
	cleanupKubeconfig                       string
	webhookPort                             int
	unwatched                               bool
	emulator                                *testbed.Process
	stopRecording                           context.CancelFunc
	recording                               sync.WaitGroup

	mu       sync.Mutex
	programs []*Program
}

// Start starts control plane, cloud and registry side by side, which takes a few seconds. No program of the product runs yet.
func Start(ctx context.Context, options Options) (*World, error) {
	w, err := newWorld(options)
	if err != nil {
		return nil, err
	}
	var cloudErr, planeErr error
	var parts sync.WaitGroup
	parts.Go(func() { cloudErr = w.startCloud(ctx, options.Emulator) })
	parts.Go(func() { planeErr = w.startPlane(ctx) })
	parts.Wait()
	if err := errors.Join(cloudErr, planeErr); err != nil {
		return nil, errors.Join(err, w.Stop())
	}
	if w.unwatched {
		return w, nil
	}
	background, stop := context.WithCancel(context.Background())
	w.stopRecording = stop
	w.recording.Go(func() { w.recordEvents(background) })
	return w, nil
}

func newWorld(options Options) (*World, error) {
	w := &World{dir: options.Dir, binaries: options.Binaries, manifests: options.Manifests, unwatched: options.Unwatched}
	if w.binaries == "" {
		w.binaries = os.Getenv("ACR_BIN_DIR")
	}
	if w.binaries == "" {
		return nil, errors.New("ACR_BIN_DIR is not set: it names the folder with acr-controller and acr-webhook")
	}
	if w.manifests == "" {
		w.manifests = filepath.Join(filepath.Dir(testbed.ModuleDir()), "manifests")
	}
	var err error
	w.webhookPort, err = testbed.FreePort()
	return w, errors.Join(err, os.MkdirAll(w.LogDir(), 0o755))
}

func (w *World) startPlane(ctx context.Context) (err error) {
	w.Plane, err = testbed.Start(ctx, testbed.Options{
		Dir: filepath.Join(w.dir, "plane"), LogDir: w.LogDir(), AuditLog: !w.unwatched,
		AuditUsers: []string{ControllerUser, WebhookUser, CleanupUser},
	})
	if err != nil {
		return err
	}
	if err := w.installManifests(ctx); err != nil {
		return err
	}
	if err := w.RenewTokens(ctx); err != nil {
		return err
	}
	return w.AwaitFence(ctx)
}

// RenewTokens gives each account of the product a new token, which programs find where the one before was.
func (w *World) RenewTokens(ctx context.Context) (err error) {
	for account, kubeconfig := range map[string]*string{ControllerServiceAccount: &w.controllerKubeconfig,
		WebhookServiceAccount: &w.webhookKubeconfig, CleanupServiceAccount: &w.cleanupKubeconfig} {
		if *kubeconfig, err = w.Plane.ServiceAccountKubeconfig(ctx, OwnNamespace, account); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) startCloud(ctx context.Context, program string) error {
	if program == "" {
		program = filepath.Join(w.dir, "cloud-emulator")
		build := exec.CommandContext(ctx, "go", "build", "-o", program, "./cloud/cmd/cloud-emulator")
		build.Dir = testbed.ModuleDir()
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("building the cloud emulator: %w\n%s", err, out)
		}
	}
	dir := w.cloudDir()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var err error
	w.emulator, err = testbed.StartProcess(testbed.ProcessSpec{
		Name: "cloud-emulator", Path: program, LogFile: filepath.Join(w.LogDir(), "cloud-emulator.log"),
		Args: []string{"--listen=127.0.0.1:0", "--imds-listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0",
			"--proxy-listen=127.0.0.1:0", "--dir=" + dir},
	})
	if err != nil {
		return err
	}
	if w.Addresses, err = w.awaitCloud(ctx); err != nil {
		return err
	}
	w.Cloud = cloud.NewAdmin(w.Addresses.Admin)
	return w.startRegistry(ctx)
}

// Dir holds everything that belongs to this world.
func (w *World) Dir() string { return w.dir }

// LogDir holds the logs of all programs, all Events and every answer of /metrics.
func (w *World) LogDir() string { return filepath.Join(w.dir, "logs") }

// Client acts as the administrator.
func (w *World) Client() kubernetes.Interface { return w.Plane.Client() }

// ControllerKubeconfig is the kubeconfig with the rights of the controller's ServiceAccount.
func (w *World) ControllerKubeconfig() string { return w.controllerKubeconfig }

func (w *World) cloudDir() string { return filepath.Join(w.dir, "cloud") }

// Stop ends every process of the world.
func (w *World) Stop() error {
	var errs []error
	w.KillPrograms()
	if w.stopRecording != nil {
		w.stopRecording()
		w.recording.Wait()
	}
	if w.Registry != nil {
		errs = append(errs, w.Registry.Stop())
	}
	if w.emulator != nil {
		w.emulator.Kill()
	}
	if w.Plane != nil {
		errs = append(errs, w.Plane.Stop())
	}
	return errors.Join(errs...)
}
