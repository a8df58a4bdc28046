// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// adminHandler is the JSON interface for tests: it changes the cloud and shows what happened in it.
func (e *Emulator) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /calls", func(w http.ResponseWriter, _ *http.Request) { e.reply(w, func() any { return slices.Clone(e.calls) }) })
	mux.HandleFunc("DELETE /calls", func(w http.ResponseWriter, _ *http.Request) {
		e.reply(w, func() any { e.calls = nil; return struct{}{} })
	})
	mux.HandleFunc("GET /secrets", func(w http.ResponseWriter, _ *http.Request) { e.reply(w, e.listSecrets) })
	mux.HandleFunc("GET /world", func(w http.ResponseWriter, _ *http.Request) { e.reply(w, func() any { return e.world }) })
	mux.HandleFunc("GET /faults", func(w http.ResponseWriter, _ *http.Request) { e.reply(w, e.listFaults) })
	mux.HandleFunc("POST /faults", change(e, e.addFault))
	mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, _ *http.Request) {
		e.reply(w, func() any { e.faults = nil; return struct{}{} })
	})
	mux.HandleFunc("DELETE /faults/{id}", func(w http.ResponseWriter, r *http.Request) {
		e.reply(w, func() any {
			e.faults = slices.DeleteFunc(e.faults, func(f *fault) bool { return f.id == r.PathValue("id") })
			return struct{}{}
		})
	})
	mux.HandleFunc("GET /lifetimes", func(w http.ResponseWriter, _ *http.Request) { e.reply(w, func() any { return e.lifetimes }) })
	mux.HandleFunc("PUT /lifetimes", change(e, e.setLifetimes))
	mux.HandleFunc("PUT /permissions", change(e, e.setPermissions))
	mux.HandleFunc("PUT /access-keys", change(e, e.setAccessKey))
	mux.HandleFunc("PUT /imds", change(e, e.setMetadata))
	mux.HandleFunc("PUT /oidc-providers", change(e, e.setOIDCProvider))
	mux.HandleFunc("POST /addon-tokens", change(e, e.issueAddonToken))
	mux.HandleFunc("PUT /instances", change(e, e.setInstance))
	mux.HandleFunc("PUT /registry", change(e, e.setRegistry))
	return mux
}

// reply runs a function under the lock and sends its result.
func (e *Emulator) reply(w http.ResponseWriter, get func() any) {
	e.mu.Lock()
	text, err := json.Marshal(get())
	e.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(text, '\n'))
}

// change decodes a body strictly and applies it under the lock. An error of apply is the client's fault.
func change[T any](e *Emulator, apply func(T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		decoder := json.NewDecoder(io.LimitReader(r.Body, maxBody))
		decoder.DisallowUnknownFields()
		var wanted T
		if err := decoder.Decode(&wanted); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		e.mu.Lock()
		result, failed := apply(wanted)
		e.mu.Unlock()
		if failed != nil {
			http.Error(w, failed.Error(), http.StatusBadRequest)
			return
		}
		e.reply(w, func() any { return result })
	}
}

func (e *Emulator) listSecrets() any {
	secrets := make([]string, 0, len(e.secrets))
	for secret := range e.secrets {
		secrets = append(secrets, secret)
	}
	slices.Sort(secrets)
	return secrets
}

func (e *Emulator) listFaults() any {
	listed := make([]map[string]any, 0, len(e.faults))
	for _, one := range e.faults {
		listed = append(listed, map[string]any{"id": one.id, "match": one.Match, "times": one.Times, "left": one.left, "do": one.Do})
	}
	return listed
}

func (e *Emulator) addFault(wanted Fault) (any, error) {
	if wanted.Times < 0 {
		return nil, errors.New("times must not be negative")
	}
	if wanted.Do == (FaultAction{}) {
		return nil, errors.New("the fault does nothing")
	}
	e.nextFault++
	id := "fault-" + strconv.Itoa(e.nextFault)
	e.faults = append(e.faults, &fault{Fault: wanted, id: id, left: wanted.Times})
	return map[string]string{"id": id}, nil
}

// setLifetimes replaces all lifetimes. The credential that the metadata service holds is dropped, so that the next reader gets
// one of the new life.
func (e *Emulator) setLifetimes(wanted Lifetimes) (any, error) {
	e.lifetimes, e.imdsSession = wanted, nil
	return wanted, nil
}

// Permissions replaces what an identity (a user's or role's ARN, or an access key id) may do.
type Permissions struct {
	Identity string   `json:"identity"`
	Actions  []string `json:"actions"`
}

func (e *Emulator) setPermissions(wanted Permissions) (any, error) {
	name := wanted.Identity
	if who, _, isKey := e.findKey(name); isKey {
		name = who.key
	} else if session := e.sessions[name]; session != nil {
		name = session.who.key
	}
	if _, known := e.permissions[name]; !known {
		return nil, fmt.Errorf("no such identity: %s", wanted.Identity)
	}
	e.permissions[name] = wanted.Actions
	return wanted, nil
}

// AccessKeyChange changes a long-term key; nil leaves a property as it is.
type AccessKeyChange struct {
	ID       string  `json:"id"`
	Secret   *string `json:"secret,omitempty"`
	Inactive *bool   `json:"inactive,omitempty"`
}

func (e *Emulator) setAccessKey(wanted AccessKeyChange) (any, error) {
	for _, account := range e.world.Accounts {
		for _, user := range account.Users {
			for at := range user.AccessKeys {
				key := &user.AccessKeys[at]
				if key.ID != wanted.ID {
					continue
				}
				if wanted.Secret != nil {
					key.Secret = *wanted.Secret
					e.secrets[key.Secret] = true
				}
				if wanted.Inactive != nil {
					key.Inactive = *wanted.Inactive
				}
				return struct{}{}, nil
			}
		}
	}
	return nil, fmt.Errorf("no such access key: %s", wanted.ID)
}

// setMetadata changes the properties that the body names and leaves the others as they are; an empty role detaches the role. The
// credential that was handed out so far is not handed out again.
func (e *Emulator) setMetadata(wanted json.RawMessage) (any, error) {
	metadata := e.world.Metadata
	decoder := json.NewDecoder(bytes.NewReader(wanted))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&metadata); err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"", "optional", "required", "none"}, metadata.HTTPTokens) {
		return nil, errors.New("httpTokens is optional, required or none")
	}
	e.world.Metadata, e.imdsSession = metadata, nil
	return metadata, nil
}

// setOIDCProvider registers a provider or replaces the one of the same ARN.
func (e *Emulator) setOIDCProvider(wanted OIDCProvider) (any, error) {
	e.world.OIDCProviders = slices.DeleteFunc(e.world.OIDCProviders, func(p OIDCProvider) bool { return p.ARN == wanted.ARN })
	e.world.OIDCProviders = append(e.world.OIDCProviders, wanted)
	return wanted, nil
}

// setInstance creates an instance or replaces the one of the same id.
func (e *Emulator) setInstance(wanted Instance) (any, error) {
	if wanted.ID == "" || wanted.Account == "" || !isRegion(wanted.Region) {
		return nil, errors.New("an instance needs an id, an account and a known region")
	}
	e.world.Instances = slices.DeleteFunc(slices.Clone(e.world.Instances), func(i Instance) bool { return i.ID == wanted.ID })
	e.world.Instances = append(e.world.Instances, wanted)
	return wanted, nil
}

// RegistryAddress says where the registry of a service listens; an empty Service is the one for all that have none of their own.
type RegistryAddress struct {
	Service string `json:"service,omitempty"`
	Address string `json:"address"`
}

func (e *Emulator) setRegistry(wanted RegistryAddress) (any, error) {
	if !strings.Contains(wanted.Address, ":") {
		return nil, errors.New("address must be HOST:PORT")
	}
	e.registries[wanted.Service] = wanted.Address
	return wanted, nil
}
