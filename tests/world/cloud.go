// SPDX-License-Identifier: Apache-2.0

package world

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"acr-credential-helper/tests/cloud"
	"acr-credential-helper/tests/registry"
)

// The registries that run: those whose images are really pulled.
const (
	enterpriseInstance = "cri-acme0000000000"
	partnerInstance    = "cri-partner0000000" // of another account
	otherRegion        = "cri-gamma000000000"
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
	w.Registry, err = registry.Start(ctx, filepath.Join(w.dir, "registry"), w.Addresses,
		enterpriseInstance, partnerInstance, otherRegion, personalEdition)
	return err
}

// resetCloud takes back everything that a test may have changed in the cloud.
func (w *World) resetCloud(ctx context.Context) error {
	return errors.Join(
		w.Cloud.ClearFaults(ctx),
		w.Cloud.SetLifetimes(ctx, cloud.Lifetimes{}),
		w.Cloud.SetMetadata(ctx, cloud.DefaultWorld().Metadata),
		w.resetPermissions(ctx),
		w.Cloud.ClearCalls(ctx),
	)
}

// resetPermissions gives every user and role what the default world allows them.
func (w *World) resetPermissions(ctx context.Context) error {
	for _, account := range cloud.DefaultWorld().Accounts {
		for _, user := range account.Users {
			if user.Root {
				continue
			}
			if err := w.Cloud.SetPermissions(ctx, "acs:ram::"+account.UID+":user/"+user.Name, user.Actions...); err != nil {
				return err
			}
		}
		for _, role := range account.Roles {
			if err := w.Cloud.SetPermissions(ctx, "acs:ram::"+account.UID+":role/"+role.Name, role.Actions...); err != nil {
				return err
			}
		}
	}
	return nil
}

// OIDCProviderARN is the provider that RegisterOIDCProvider registers.
const OIDCProviderARN = "acs:ram::1234567890123456:oidc-provider/ack-rrsa-ctest"

// RegisterOIDCProvider makes the cloud accept the cluster's ServiceAccount tokens, which is what enabling RRSA does.
func (w *World) RegisterOIDCProvider(ctx context.Context) error {
	raw := func(path string) ([]byte, error) {
		return w.Client().Discovery().RESTClient().Get().AbsPath(path).DoRaw(ctx)
	}
	keys, err := raw("/openid/v1/jwks")
	if err != nil {
		return err
	}
	text, err := raw("/.well-known/openid-configuration")
	if err != nil {
		return err
	}
	var document struct{ Issuer string }
	if err := json.Unmarshal(text, &document); err != nil {
		return err
	}
	return w.Cloud.SetOIDCProvider(ctx, cloud.OIDCProvider{
		ARN: OIDCProviderARN, Issuer: document.Issuer, ClientIDs: []string{"sts.aliyuncs.com"}, JWKS: string(keys),
	})
}

// IssueOIDCToken asks the cluster for a token of the controller's ServiceAccount, as its projected volume would hold it.
func (w *World) IssueOIDCToken(ctx context.Context, audience string) (string, error) {
	seconds := int64(3600)
	request := &authenticationv1.TokenRequest{
		Spec: authenticationv1.TokenRequestSpec{Audiences: []string{audience}, ExpirationSeconds: &seconds},
	}
	accounts := w.Client().CoreV1().ServiceAccounts(OwnNamespace)
	answer, err := accounts.CreateToken(ctx, ControllerServiceAccount, request, metav1.CreateOptions{})
	if err != nil {
		return "", err
	}
	return answer.Status.Token, nil
}
