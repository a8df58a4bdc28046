// SPDX-License-Identifier: Apache-2.0

package world

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/registry"
)

// The registries that run: those whose images are really pulled.
const (
	enterpriseInstance = "cri-acme0000000000"
	personalEdition    = ""
)

// awaitCloud reads the emulator's addresses once it has written them, which is how it says that it is ready.
func (w *World) awaitCloud(ctx context.Context) (cloud.Addresses, error) {
	var addresses cloud.Addresses
	err := Eventually(ctx, cloudStartLimit, func() error {
		text, err := os.ReadFile(filepath.Join(w.cloudDir(), "addresses.json"))
		if err != nil {
			if !w.emulator.Running() {
				return Permanent(fmt.Errorf("the cloud emulator ended with exit code %d:\n%s", w.emulator.ExitCode(), w.emulator.LogTail()))
			}
			return err
		}
		return json.Unmarshal(text, &addresses)
	})
	return addresses, err
}

func (w *World) startRegistry(ctx context.Context) (err error) {
	w.Registry, err = registry.Start(ctx, filepath.Join(w.dir, "registry"), w.Addresses, enterpriseInstance, personalEdition)
	return err
}

// resetCloud takes back everything that a test may have changed in the cloud.
func (w *World) resetCloud(ctx context.Context) error {
	return errors.Join(
		w.Cloud.ClearFaults(ctx),
		w.Cloud.SetLifetimes(ctx, cloud.Lifetimes{}),
		w.Cloud.SetMetadata(ctx, cloud.DefaultWorld().Metadata),
		w.Cloud.ClearCalls(ctx),
	)
}
