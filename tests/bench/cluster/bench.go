// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"acr-credential-helper/tests/testbed"
	"acr-credential-helper/tests/world"
)

const (
	secretName = world.SecretName

	startLimit = 60 * time.Second
	stopLimit  = 30 * time.Second
)

// sizes of one benchmark.
type sizes struct {
	Namespaces int
	Accounts   int // ServiceAccounts in each namespace, `default` included
	Foreign    int // Secrets of others, 2 KB each
	Rounds     int
	Rest       time.Duration // how long the idle controller is looked at
	Arrivals   time.Duration // how long objects arrive at each rate
	Settle     time.Duration // what is still counted after the last write: Events report bindings every 2 s
	Lifetime   time.Duration // of the logins that are rotated
}

// title names the section of these sizes in a document.
func (s sizes) title() string { return fmt.Sprintf("%d x %d", s.Namespaces, s.Accounts) }

// bench is a running environment with the objects of the given sizes in it.
type bench struct {
	sizes
	ctx    context.Context
	w      *world.World
	admin  *api            // for the harness itself
	secret json.RawMessage // a pull Secret as the controller writes it: what the floor writes
	http2  bool            // what is faster for the floor
	served int             // namespaces and ServiceAccounts: what a backfill has to write
	number int             // of the objects that have arrived so far
	table  table
	tell   func(format string, args ...any)
}

func (b *bench) limit() time.Duration {
	return 2*time.Minute + time.Duration(b.served+b.Foreign)*10*time.Millisecond
}

// configure covers every ServiceAccount of all namespaces.
func (b *bench) configure() error {
	return b.w.Configure(b.ctx, map[string]string{
		"acr-registry-info": world.Enterprise, "watch-namespace": "all", "service-account": "*",
		"webhook-configuration": world.WebhookOff,
	})
}

func namespaceName(i int) string { return fmt.Sprintf("bench-%05d", i) }

// seed makes namespaces, ServiceAccounts and Secrets of others, and waits for what the cluster makes by itself in each
// namespace: it would spoil the first measurement.
func (b *bench) seed() error {
	begin := time.Now()
	named := func(name string) []byte { return []byte(`{"metadata":{"name":"` + name + `"}}`) }
	err := forEach(b.Namespaces, func(i int) error {
		return b.admin.write(b.ctx, http.MethodPost, namespacesPath, plainJSON, named(namespaceName(i)))
	})
	if err != nil {
		return err
	}
	err = forEach(b.Namespaces*(b.Accounts-1), func(i int) error {
		path := namespacesPath + "/" + namespaceName(i%b.Namespaces) + "/serviceaccounts"
		return b.admin.write(b.ctx, http.MethodPost, path, plainJSON, named(fmt.Sprintf("worker-%d", i/b.Namespaces)))
	})
	if err != nil {
		return err
	}
	content := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("x"), 2048))
	err = forEach(b.Foreign, func(i int) error {
		body := fmt.Sprintf(`{"metadata":{"name":"foreign-%d"},"data":{"content":"%s"}}`, i/b.Namespaces, content)
		return b.admin.write(b.ctx, http.MethodPost, namespacesPath+"/"+namespaceName(i%b.Namespaces)+"/secrets", plainJSON, []byte(body))
	})
	if err != nil {
		return err
	}
	for _, own := range []string{
		accountsPath + "?fieldSelector=metadata.name%3Ddefault", "/api/v1/configmaps?fieldSelector=metadata.name%3Dkube-root-ca.crt",
	} {
		err := world.Eventually(b.ctx, b.limit(), func() error {
			made, _, err := b.admin.list(b.ctx, own)
			if err == nil && len(made) < b.Namespaces+4 { // with those of Kubernetes itself
				err = fmt.Errorf("%d of %d namespaces have what the cluster makes in each: %s", len(made), b.Namespaces+4, own)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	namespaces, accounts, err := b.everything()
	b.served = len(namespaces) + len(accounts)
	b.tell("seeded %d namespaces, %d ServiceAccounts and %d foreign Secrets in %.0f s",
		len(namespaces), len(accounts), b.Foreign, time.Since(begin).Seconds())
	return err
}

func (b *bench) everything() (namespaces, accounts []object, err error) {
	namespaces, _, err = b.admin.list(b.ctx, namespacesPath)
	if err != nil {
		return nil, nil, err
	}
	accounts, _, err = b.admin.list(b.ctx, accountsPath)
	return namespaces, accounts, err
}

// reset takes everything back that a backfill has written.
func (b *bench) reset() error {
	_, accounts, err := b.everything()
	if err != nil {
		return err
	}
	accounts = slices.DeleteFunc(accounts, func(account object) bool { return !account.bound() })
	err = forEach(len(accounts), func(i int) error {
		return b.admin.write(b.ctx, http.MethodPatch, accountPath(accounts[i]), mergePatch, []byte(`{"imagePullSecrets":null}`))
	})
	if err != nil {
		return err
	}
	secrets, _, err := b.admin.list(b.ctx, secretsPath)
	if err != nil {
		return err
	}
	err = forEach(len(secrets), func(i int) error {
		return b.admin.write(b.ctx, http.MethodDelete, secretPath(secrets[i].Metadata.Namespace), "", nil)
	})
	if err != nil {
		return err
	}
	return errors.Join(b.forgetState(), b.forget("/secrets/"+world.CASecretName), b.forget("/configmaps/"+world.StatusConfigMapName))
}

// forgetState makes the next controller ask the cloud for a login.
func (b *bench) forgetState() error { return b.forget("/secrets/" + world.StateSecretName) }

func (b *bench) forget(path string) error {
	return unlessStatus(b.admin.write(b.ctx, http.MethodDelete, namespacesPath+"/"+world.OwnNamespace+path, "", nil), http.StatusNotFound)
}

// written lists what a backfill writes and fails unless all of it is there. The numbers are the resourceVersions of the
// first and the last write.
func (b *bench) written() (first, last int64, err error) {
	namespaces, accounts, err := b.everything()
	if err != nil {
		return 0, 0, err
	}
	secrets, _, err := b.admin.list(b.ctx, secretsPath)
	if err != nil {
		return 0, 0, err
	}
	if len(secrets) != len(namespaces) {
		return 0, 0, fmt.Errorf("%d of %d namespaces have a pull Secret", len(secrets), len(namespaces))
	}
	for _, account := range accounts {
		if !account.bound() {
			return 0, 0, fmt.Errorf("ServiceAccount %s is not bound", account.key())
		}
	}
	first, last = span(append(secrets, accounts...))
	return first, last, nil
}

// span returns the lowest and highest resourceVersion.
func span(objects []object) (first, last int64) {
	for i, o := range objects {
		var version int64
		_, _ = fmt.Sscan(o.Metadata.ResourceVersion, &version)
		if i == 0 || version < first {
			first = version
		}
		last = max(last, version)
	}
	return first, last
}

// learnSecret keeps a Secret that the controller wrote as what the floor writes.
func (b *bench) learnSecret() error {
	text, err := b.admin.read(b.ctx, secretPath("default"))
	if err != nil {
		return err
	}
	var whole struct {
		Metadata struct {
			Labels      map[string]string `json:"labels"`
			Annotations map[string]string `json:"annotations"`
		} `json:"metadata"`
		Type string            `json:"type"`
		Data map[string]string `json:"data"`
	}
	if err := json.Unmarshal(text, &whole); err != nil {
		return err
	}
	b.secret, err = json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Secret", "type": whole.Type, "data": whole.Data,
		"metadata": map[string]any{"name": secretName, "labels": whole.Metadata.Labels, "annotations": whole.Metadata.Annotations},
	})
	return err
}

// nextSecret is the same Secret with another content of the same size.
func (b *bench) nextSecret() (json.RawMessage, error) {
	var whole map[string]any
	if err := json.Unmarshal(b.secret, &whole); err != nil {
		return nil, err
	}
	data, isMap := whole["data"].(map[string]any)
	if !isMap {
		return nil, errors.New("the Secret has no data")
	}
	for key := range maps.Keys(data) {
		content, err := base64.StdEncoding.DecodeString(fmt.Sprint(data[key]))
		if err != nil {
			return nil, err
		}
		data[key] = base64.StdEncoding.EncodeToString(append(content, ' '))
	}
	text, err := json.Marshal(whole)
	b.secret = text
	return text, err
}

// startChild starts a part of the floor, with the rights of the controller.
func (b *bench) startChild(o order) (*testbed.Process, error) {
	o.Kubeconfig, o.Secret = b.w.ControllerKubeconfig(), b.secret
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b.number++
	title := fmt.Sprintf("floor-%s-%d", o.Role, b.number)
	return testbed.StartProcess(testbed.ProcessSpec{
		Name: title, Path: program, Env: []string{childVariable + "=" + string(text)}, LogFile: filepath.Join(b.w.LogDir(), title+".log"),
	})
}

// await waits for the end of a part of the floor and returns what it says about itself.
func (b *bench) await(child *testbed.Process) (account, error) {
	code, err := child.Wait(b.limit())
	if err != nil {
		child.Kill()
		return account{}, err
	}
	lines := strings.Split(strings.TrimSpace(child.Log()), "\n")
	var own account
	if code != 0 {
		return own, fmt.Errorf("%s ended with exit code %d:\n%s", child.Name(), code, child.LogTail())
	}
	return own, json.Unmarshal([]byte(lines[len(lines)-1]), &own)
}

// lead waits until a controller leads and returns that moment.
func (b *bench) lead(controller *world.Program) (time.Time, error) {
	err := world.Eventually(b.ctx, startLimit, func() error { return expectLog(controller.Process, "leading: this process writes") })
	return time.Now(), err
}

func expectLog(process *testbed.Process, text string) error {
	if !process.Running() {
		return world.Permanent(fmt.Errorf("%s ended with exit code %d:\n%s", process.Name(), process.ExitCode(), process.LogTail()))
	}
	if !strings.Contains(process.Log(), text) {
		return fmt.Errorf("%s has not said %q:\n%s", process.Name(), text, process.LogTail())
	}
	return nil
}

// quiet waits until nobody has written anything but leases for a second, and everything is as it should be.
func (b *bench) quiet() error {
	return world.Eventually(b.ctx, b.limit(), func() error {
		before, err := b.snapshot()
		if err != nil {
			return err
		}
		select {
		case <-b.ctx.Done():
			return b.ctx.Err()
		case <-time.After(time.Second):
		}
		after, err := b.snapshot()
		if err != nil {
			return err
		}
		if writes := after.since(before).requests.writes(); writes > 0 {
			return fmt.Errorf("still %.0f writes in a second", writes)
		}
		_, _, err = b.written()
		return err
	})
}
