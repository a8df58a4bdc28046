// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	inFlight     = 32 // requests at a time, of the floor as of the controller
	requestLimit = 40 * time.Second

	mergePatch = "application/merge-patch+json"
	plainJSON  = "application/json"

	namespacesPath = "/api/v1/namespaces"
	accountsPath   = "/api/v1/serviceaccounts"
	secretsPath    = "/api/v1/secrets?fieldSelector=metadata.name%3D" + secretName
)

// api speaks to kube-apiserver with nothing between it and the bytes, so that its cost is as low as a Go client's can be.
type api struct {
	base, token string
	client      *http.Client
	sent        atomic.Int64
}

// newAPI reads a kubeconfig. HTTP/2 uses one connection, HTTP/1.1 one for each request in flight.
func newAPI(kubeconfig string, http2 bool) (*api, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	tls, err := rest.TLSConfigFor(config)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{TLSClientConfig: tls, MaxIdleConnsPerHost: 2 * inFlight, ForceAttemptHTTP2: http2, DisableCompression: true}
	if http2 {
		tls.NextProtos = []string{"h2"}
	}
	a := &api{base: config.Host, client: &http.Client{Transport: transport}}
	if config.BearerTokenFile != "" {
		token, err := os.ReadFile(config.BearerTokenFile)
		if err != nil {
			return nil, err
		}
		a.token = strings.TrimSpace(string(token))
	}
	return a, nil
}

func (a *api) open(ctx context.Context, method, path, contentType string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", plainJSON)
	if a.token != "" {
		request.Header.Set("Authorization", "Bearer "+a.token)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	a.sent.Add(1)
	answer, err := a.client.Do(request)
	if err != nil || answer.StatusCode < 300 {
		return answer, err
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	return nil, &refusal{status: answer.StatusCode, text: fmt.Sprintf("%s %s: %d %s", method, path, answer.StatusCode, text)}
}

// refusal is an answer of the API server that is not 2xx.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

func unlessStatus(err error, accepted int) error {
	if refused := (*refusal)(nil); errors.As(err, &refused) && refused.status == accepted {
		return nil
	}
	return err
}

// write sends one request and reads the answer without looking at it.
func (a *api) write(ctx context.Context, method, path, contentType string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	answer, err := a.open(ctx, method, path, contentType, body)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

func (a *api) read(ctx context.Context, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	answer, err := a.open(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}

// object is as much of a Namespace, ServiceAccount or Secret as the floor needs to know.
type object struct {
	Metadata struct {
		Name, Namespace, UID string
		ResourceVersion      string            `json:"resourceVersion"`
		Annotations          map[string]string `json:"annotations"`
	}
	ImagePullSecrets []struct{ Name string } `json:"imagePullSecrets"`
}

func (o object) key() string { return o.Metadata.Namespace + "/" + o.Metadata.Name }

func (o object) bound() bool {
	for _, entry := range o.ImagePullSecrets {
		if entry.Name == secretName {
			return true
		}
	}
	return false
}

// list reads a whole collection from the API server's cache and returns its resourceVersion.
func (a *api) list(ctx context.Context, path string) ([]object, string, error) {
	text, err := a.read(ctx, path)
	if err != nil {
		return nil, "", err
	}
	var whole struct {
		Metadata struct {
			ResourceVersion string `json:"resourceVersion"`
		}
		Items []object
	}
	err = json.Unmarshal(text, &whole)
	return whole.Items, whole.Metadata.ResourceVersion, err
}

// watch calls seen for each change until ctx ends.
func (a *api) watch(ctx context.Context, path, resourceVersion string, seen func(kind string, changed object)) error {
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	answer, err := a.open(ctx, http.MethodGet, path+mark+"watch=1&timeoutSeconds=3600&resourceVersion="+resourceVersion, "", nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	for decoder := json.NewDecoder(answer.Body); ; {
		var event struct {
			Type   string
			Object object
		}
		if err := decoder.Decode(&event); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		seen(event.Type, event.Object)
	}
}

// forEach calls work for all numbers below count, inFlight at a time, and returns the first error.
func forEach(count int, work func(i int) error) error {
	var next atomic.Int64
	var workers sync.WaitGroup
	errs := make(chan error, inFlight)
	for range inFlight {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < count; i = int(next.Add(1)) - 1 {
				if err := work(i); err != nil {
					errs <- err
					next.Store(int64(count))
					return
				}
			}
		})
	}
	workers.Wait()
	close(errs)
	return <-errs
}
