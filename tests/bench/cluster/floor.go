// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/pager"
)

// The floor is what the same work costs at least: a process of its own that knows in advance what is to be done, makes
// only the calls that cannot be avoided, and handles no failure.

// childVariable tells this program to be one part of the floor; its value is an order in JSON.
const childVariable = "ACR_BENCH_CHILD"

type order struct {
	Role       string // backfill, rotate, follow or list
	Kubeconfig string
	HTTP2      bool
	Secret     json.RawMessage // what every namespace gets
	Pages      int64           // list: objects in a page; 0 = all at once, from the API server's cache
}

// account is what a part of the floor says about itself when it ends.
type account struct {
	Seconds    float64 // from its first request to its last answer
	CPUSeconds float64 // user and system time of the whole process
	PeakMiB    float64
	Requests   int64
}

const readyLine = "ready"

// runAsChild does what an order says, if there is one, and returns whether there was.
func runAsChild() bool {
	text := os.Getenv(childVariable)
	if text == "" {
		return false
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := obey(ctx, text); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

func obey(ctx context.Context, text string) error {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	a, err := newAPI(o.Kubeconfig, o.HTTP2)
	if err != nil {
		return err
	}
	begin := time.Now()
	switch o.Role {
	case "backfill":
		err = floorBackfill(ctx, a, o.Secret)
	case "rotate":
		err = floorRotate(ctx, a, o.Secret)
	case "follow":
		err = floorFollow(ctx, a, o.Secret)
	case "list":
		err = plainList(ctx, o.Kubeconfig, o.Pages)
	default:
		err = fmt.Errorf("no such role: %q", o.Role)
	}
	if err != nil {
		return err
	}
	own, err := ownUsage()
	if err != nil {
		return err
	}
	own.Seconds, own.Requests = time.Since(begin).Seconds(), a.sent.Load()
	line, err := json.Marshal(own)
	fmt.Println(string(line))
	return err
}

// floorBackfill makes two lists, then one write for each namespace and one for each ServiceAccount.
func floorBackfill(ctx context.Context, a *api, secret []byte) error {
	namespaces, _, err := a.list(ctx, namespacesPath+"?resourceVersion=0")
	if err != nil {
		return err
	}
	accounts, _, err := a.list(ctx, accountsPath+"?resourceVersion=0")
	if err != nil {
		return err
	}
	return forEach(len(namespaces)+len(accounts), func(i int) error {
		if i < len(namespaces) {
			return createSecret(ctx, a, namespaces[i].Metadata.Name, secret)
		}
		return bind(ctx, a, accounts[i-len(namespaces)])
	})
}

func createSecret(ctx context.Context, a *api, namespace string, secret []byte) error {
	return a.write(ctx, http.MethodPost, namespacesPath+"/"+namespace+"/secrets", plainJSON, secret)
}

func bind(ctx context.Context, a *api, account object) error {
	body := `{"metadata":{"resourceVersion":"` + account.Metadata.ResourceVersion + `"},"imagePullSecrets":[`
	for _, entry := range account.ImagePullSecrets {
		body += `{"name":"` + entry.Name + `"},`
	}
	body += `{"name":"` + secretName + `"}]}`
	return a.write(ctx, http.MethodPatch, accountPath(account), mergePatch, []byte(body))
}

func accountPath(account object) string {
	return namespacesPath + "/" + account.Metadata.Namespace + "/serviceaccounts/" + account.Metadata.Name
}

func secretPath(namespace string) string {
	return namespacesPath + "/" + namespace + "/secrets/" + secretName
}

// floorRotate makes one list, then one write for each namespace.
func floorRotate(ctx context.Context, a *api, secret []byte) error {
	secrets, _, err := a.list(ctx, secretsPath)
	if err != nil {
		return err
	}
	return forEach(len(secrets), func(i int) error {
		body, err := withVersion(secret, secrets[i].Metadata.ResourceVersion)
		if err != nil {
			return err
		}
		return a.write(ctx, http.MethodPatch, secretPath(secrets[i].Metadata.Namespace), mergePatch, body)
	})
}

// withVersion puts a resourceVersion into the metadata of a JSON object that has others fields there.
func withVersion(secret []byte, resourceVersion string) ([]byte, error) {
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(secret, &whole); err != nil {
		return nil, err
	}
	metadata := whole["metadata"]
	if len(metadata) < 3 {
		return nil, fmt.Errorf("the Secret has no metadata")
	}
	whole["metadata"] = append([]byte(`{"resourceVersion":"`+resourceVersion+`",`), metadata[1:]...)
	return json.Marshal(whole)
}

// floorFollow binds each new ServiceAccount and fills each new namespace until SIGTERM.
func floorFollow(ctx context.Context, a *api, secret []byte) error {
	_, namespaceVersion, err := a.list(ctx, namespacesPath+"?resourceVersion=0")
	if err != nil {
		return err
	}
	_, accountVersion, err := a.list(ctx, accountsPath+"?resourceVersion=0")
	if err != nil {
		return err
	}
	debug.FreeOSMemory()
	places := make(chan struct{}, inFlight)
	var streams, writes sync.WaitGroup
	failed := make(chan error, 2+inFlight)
	act := func(write func() error) {
		places <- struct{}{}
		writes.Go(func() {
			defer func() { <-places }()
			// An object may be gone, changed or served already.
			if err := unlessStatus(unlessStatus(write(), http.StatusConflict), http.StatusNotFound); err != nil && ctx.Err() == nil {
				fmt.Fprintln(os.Stderr, err)
			}
		})
	}
	follow := func(path, version string, seen func(kind string, changed object)) {
		streams.Go(func() {
			if err := a.watch(ctx, path, version, seen); err != nil {
				failed <- err
			}
		})
	}
	follow(namespacesPath, namespaceVersion, func(kind string, changed object) {
		if kind == "ADDED" {
			act(func() error { return createSecret(ctx, a, changed.Metadata.Name, secret) })
		}
	})
	follow(accountsPath, accountVersion, func(kind string, changed object) {
		if kind == "ADDED" && !changed.bound() {
			act(func() error { return bind(ctx, a, changed) })
		}
	})
	fmt.Println(readyLine)
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	streams.Wait()
	writes.Wait()
	return err
}

// plainList lists all ServiceAccounts as client-go does.
func plainList(ctx context.Context, kubeconfig string, pages int64) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	list := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return client.CoreV1().ServiceAccounts(metav1.NamespaceAll).List(ctx, options)
	})
	options := metav1.ListOptions{ResourceVersion: "0"}
	if pages > 0 {
		list.PageSize, options = pages, metav1.ListOptions{}
	} else {
		list.PageSize = 0
	}
	_, _, err = list.List(ctx, options)
	return err
}
