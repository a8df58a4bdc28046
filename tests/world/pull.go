// SPDX-License-Identifier: Apache-2.0

package world

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	corev1 "k8s.io/api/core/v1"

	"acr-credential-helper/tests/cloud"
)

// PublicHost is a registry host name of the Enterprise Edition instance that Enterprise names.
const PublicHost = "acme-registry.cn-hangzhou.cr.aliyuncs.com"

// ErrPullRefused is what Pull returns if the registry denies access, as opposed to not answering.
var ErrPullRefused = errors.New("the registry refused the pull")

// Push puts a small private image into the registry as its administrator.
func (w *World) Push(ctx context.Context, image string) error {
	content, err := random.Image(1024, 2)
	if err != nil {
		return err
	}
	return PushImage(ctx, w.Addresses, image, content)
}

// PushImage puts an image into a registry of an emulated cloud as its administrator.
func PushImage(ctx context.Context, addresses cloud.Addresses, image string, content v1.Image) error {
	reference, err := name.ParseReference(image)
	if err != nil {
		return err
	}
	transport, err := registryTransport(addresses)
	if err != nil {
		return err
	}
	defer transport.CloseIdleConnections()
	admin := cloud.DefaultWorld().RegistryAdmin
	return remote.Write(reference, content, remote.WithContext(ctx), remote.WithTransport(transport),
		remote.WithAuth(&authn.Basic{Username: admin.User, Password: admin.Password}))
}

// registryTransport reaches registry hosts through the emulator's proxy and trusts the emulator's authority.
func registryTransport(addresses cloud.Addresses) (*http.Transport, error) {
	proxy, err := url.Parse(addresses.Proxy)
	if err != nil {
		return nil, err
	}
	anchor, err := os.ReadFile(filepath.Join(addresses.Dir, "ca.crt"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(anchor) {
		return nil, errors.New("ca.crt of the emulator holds no certificate")
	}
	return &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: roots}}, nil
}

// Pull pulls an image with crane, with a docker configuration as it stands in a pull Secret; nil pulls anonymously.
func (w *World) Pull(ctx context.Context, image string, dockerConfig []byte) error {
	dir, err := os.MkdirTemp(w.dir, "pull-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if dockerConfig == nil {
		dockerConfig = []byte("{}")
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), dockerConfig, 0o600); err != nil {
		return err
	}
	crane := exec.CommandContext(ctx, filepath.Join(w.Plane.Bin(), "crane"), "pull", image, filepath.Join(dir, "image.tar"))
	crane.Env = append(os.Environ(), "DOCKER_CONFIG="+dir, "HTTPS_PROXY="+w.Addresses.Proxy, "https_proxy="+w.Addresses.Proxy,
		"NO_PROXY=", "no_proxy=", "SSL_CERT_FILE="+filepath.Join(w.cloudDir(), "ca.crt"))
	var stderr bytes.Buffer
	crane.Stderr = &stderr
	if err := crane.Run(); err != nil {
		message := strings.TrimSpace(stderr.String())
		// From the registry, or from its token service.
		if strings.Contains(message, "UNAUTHORIZED") || strings.Contains(message, "DENIED") || strings.Contains(message, "401 Unauthorized") {
			return fmt.Errorf("%w: %s", ErrPullRefused, message)
		}
		return fmt.Errorf("crane pull %s: %w: %s", image, err, message)
	}
	return nil
}

// PullWith pulls with the credentials of a pull Secret.
func (w *World) PullWith(ctx context.Context, image string, secret *corev1.Secret) error {
	return w.Pull(ctx, image, secret.Data[corev1.DockerConfigJsonKey])
}

// Hosts of a pull Secret, i.e. the keys of its docker configuration.
func Hosts(secret *corev1.Secret) ([]string, error) {
	var config struct {
		Auths map[string]struct {
			Username, Password, Auth string
		} `json:"auths"`
	}
	if err := json.Unmarshal(secret.Data[corev1.DockerConfigJsonKey], &config); err != nil {
		return nil, fmt.Errorf("the docker configuration of %s/%s: %w", secret.Namespace, secret.Name, err)
	}
	var hosts []string
	for host, entry := range config.Auths {
		if entry.Username == "" || entry.Password == "" || entry.Auth == "" {
			return nil, fmt.Errorf("the entry of host %s in %s/%s is incomplete", host, secret.Namespace, secret.Name)
		}
		hosts = append(hosts, host)
	}
	return hosts, nil
}
