// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Admin is a client of the emulator's admin interface.
type Admin struct {
	// URL is the `admin` field of Addresses.
	URL string
}

// NewAdmin makes a client for the admin interface at a URL.
func NewAdmin(url string) *Admin { return &Admin{URL: url} }

var adminClient = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}

// do sends one request; result may be nil.
func (a Admin) do(ctx context.Context, method, path string, body, result any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, a.URL+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	response, err := adminClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, bytes.TrimSpace(answer))
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer, result)
}

// Calls lists the recorded calls, oldest first.
func (a Admin) Calls(ctx context.Context) (calls []Call, err error) {
	err = a.do(ctx, http.MethodGet, "/calls", nil, &calls)
	return calls, err
}

// ClearCalls forgets the recorded calls.
func (a Admin) ClearCalls(ctx context.Context) error {
	return a.do(ctx, http.MethodDelete, "/calls", nil, nil)
}

// Secrets lists every secret ever configured, issued or presented: nothing of it may appear in a log.
func (a Admin) Secrets(ctx context.Context) (secrets []string, err error) {
	err = a.do(ctx, http.MethodGet, "/secrets", nil, &secrets)
	return secrets, err
}

// World returns the world as it is now, its secrets included.
func (a Admin) World(ctx context.Context) (world World, err error) {
	err = a.do(ctx, http.MethodGet, "/world", nil, &world)
	return world, err
}

// AddFault makes calls fail and returns the id under which the fault can be removed.
func (a Admin) AddFault(ctx context.Context, fault Fault) (string, error) {
	var added struct{ ID string }
	err := a.do(ctx, http.MethodPost, "/faults", fault, &added)
	return added.ID, err
}

// RemoveFault removes one fault; one that is gone already is no error.
func (a Admin) RemoveFault(ctx context.Context, id string) error {
	return a.do(ctx, http.MethodDelete, "/faults/"+id, nil, nil)
}

// ClearFaults removes all faults.
func (a Admin) ClearFaults(ctx context.Context) error {
	return a.do(ctx, http.MethodDelete, "/faults", nil, nil)
}

// SetLifetimes replaces all lifetimes; what was issued before keeps its own.
func (a Admin) SetLifetimes(ctx context.Context, lifetimes Lifetimes) error {
	return a.do(ctx, http.MethodPut, "/lifetimes", lifetimes, nil)
}

// SetPermissions replaces the allowed actions of a user or role, with effect at once.
func (a Admin) SetPermissions(ctx context.Context, identity string, actions ...string) error {
	return a.do(ctx, http.MethodPut, "/permissions", Permissions{Identity: identity, Actions: actions}, nil)
}

// SetAccessKey changes a long-term key.
func (a Admin) SetAccessKey(ctx context.Context, wanted AccessKeyChange) error {
	return a.do(ctx, http.MethodPut, "/access-keys", wanted, nil)
}

// SetMetadata replaces the description of the metadata service.
func (a Admin) SetMetadata(ctx context.Context, wanted Metadata) error {
	return a.do(ctx, http.MethodPut, "/imds", wanted, nil)
}

// SetOIDCProvider registers or replaces an OIDC provider.
func (a Admin) SetOIDCProvider(ctx context.Context, provider OIDCProvider) error {
	return a.do(ctx, http.MethodPut, "/oidc-providers", provider, nil)
}

// IssueAddonToken returns the content of a token file of a managed role.
func (a Admin) IssueAddonToken(ctx context.Context, wanted AddonTokenRequest) (token AddonToken, err error) {
	err = a.do(ctx, http.MethodPost, "/addon-tokens", wanted, &token)
	return token, err
}

// SetInstance creates or replaces an Enterprise instance.
func (a Admin) SetInstance(ctx context.Context, instance Instance) error {
	return a.do(ctx, http.MethodPut, "/instances", instance, nil)
}

// SetRegistry tells the proxy where the registry of a service listens; an empty service means all others.
func (a Admin) SetRegistry(ctx context.Context, service, address string) error {
	return a.do(ctx, http.MethodPut, "/registry", RegistryAddress{Service: service, Address: address}, nil)
}
