// SPDX-License-Identifier: Apache-2.0

package testbed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
)

// Backup copies the store of the control plane, which is away for the moment that it takes, and returns the copy's folder.
func (c *ControlPlane) Backup(ctx context.Context) (string, error) {
	backup, err := os.MkdirTemp(c.dir, "backup-")
	if err != nil {
		return "", err
	}
	return backup, c.whileStopped(ctx, func() error { return os.CopyFS(backup, os.DirFS(c.storeDir())) })
}

// Restore puts a copy that Backup made in the place of the store: what was written since then never happened, and
// resourceVersions go backwards.
func (c *ControlPlane) Restore(ctx context.Context, backup string) error {
	return c.whileStopped(ctx, func() error {
		return errors.Join(os.RemoveAll(c.storeDir()), os.CopyFS(c.storeDir(), os.DirFS(backup)))
	})
}

func (c *ControlPlane) storeDir() string { return filepath.Join(c.dir, "etcd") }

// whileStopped does something between a stop and a start of kube-apiserver and etcd.
func (c *ControlPlane) whileStopped(ctx context.Context, do func() error) error {
	c.StopAPIServer()
	if err := c.etcd.Stop(stopLimit); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	if err := c.startEtcd(); err != nil {
		return err
	}
	return c.StartAPIServer(ctx)
}

// Compact makes etcd forget every older version of all objects.
func (c *ControlPlane) Compact(ctx context.Context) error {
	var answer struct {
		Header struct{ Revision string }
	}
	if err := c.askStore(ctx, "/v3/kv/range", map[string]any{"key": "AA=="}, &answer); err != nil {
		return err
	}
	return c.askStore(ctx, "/v3/kv/compaction", map[string]any{"revision": answer.Header.Revision, "physical": true}, nil)
}

// Plant puts an object into the store as JSON, past kube-apiserver and all that it checks. The key is the path below /registry/.
func (c *ControlPlane) Plant(ctx context.Context, key string, object any) error {
	value, err := json.Marshal(object)
	if err != nil {
		return err
	}
	return c.askStore(ctx, "/v3/kv/put", map[string]any{"key": []byte("/registry/" + key), "value": value}, nil)
}

func (c *ControlPlane) askStore(ctx context.Context, path string, question, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.EtcdURL()+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("etcd answered %s with %s", path, response.Status)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(answer)
}
