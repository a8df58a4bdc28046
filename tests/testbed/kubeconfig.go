// SPDX-License-Identifier: Apache-2.0

package testbed

import (
	"context"
	"crypto/x509/pkix"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Longer than any test or demonstration runs, so that nobody has to renew a token file.
const tokenLifetime = 24 * time.Hour

func (c *ControlPlane) writeKubeconfig(path string, user *clientcmdapi.AuthInfo) error {
	config := clientcmdapi.NewConfig()
	config.Clusters["testbed"] = &clientcmdapi.Cluster{Server: c.URL(), CertificateAuthority: c.CAFile()}
	config.AuthInfos["user"] = user
	config.Contexts["testbed"] = &clientcmdapi.Context{Cluster: "testbed", AuthInfo: "user"}
	config.CurrentContext = "testbed"
	return clientcmd.WriteToFile(*config, path)
}

func (c *ControlPlane) writeCertificateKubeconfig(name string) (string, error) {
	path := filepath.Join(c.dir, name+".kubeconfig")
	return path, c.writeKubeconfig(path, &clientcmdapi.AuthInfo{
		ClientCertificate: filepath.Join(c.dir, name+".crt"),
		ClientKey:         filepath.Join(c.dir, name+".key"),
	})
}

// UserKubeconfig issues a certificate for a user and returns the path of a kubeconfig with it.
func (c *ControlPlane) UserKubeconfig(name string, subject pkix.Name) (string, error) {
	if err := c.ca.issue(name, subject, nil, nil); err != nil {
		return "", err
	}
	return c.writeCertificateKubeconfig(name)
}

// ServiceAccountKubeconfig mints a token for a ServiceAccount and returns the path of a kubeconfig that uses it through
// a token file (the same path with .token), with exactly the rights that this ServiceAccount has.
func (c *ControlPlane) ServiceAccountKubeconfig(ctx context.Context, namespace, name string) (string, error) {
	seconds := int64(tokenLifetime / time.Second)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	answer, err := c.Client().CoreV1().ServiceAccounts(namespace).CreateToken(ctx, name, request, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("requesting a token for ServiceAccount %s/%s: %w", namespace, name, err)
	}
	path := filepath.Join(c.dir, namespace+"."+name+".kubeconfig")
	tokenFile := path + ".token"
	if err := os.WriteFile(tokenFile, []byte(answer.Status.Token), 0o600); err != nil {
		return "", err
	}
	return path, c.writeKubeconfig(path, &clientcmdapi.AuthInfo{TokenFile: tokenFile})
}

// KubeconfigVia copies a kubeconfig that reaches kube-apiserver at another address, host:port, and returns the copy's path.
func (c *ControlPlane) KubeconfigVia(kubeconfig, address string) (string, error) {
	config, err := clientcmd.LoadFromFile(kubeconfig)
	if err != nil {
		return "", err
	}
	for _, cluster := range config.Clusters {
		cluster.Server = "https://" + address
	}
	path := fmt.Sprintf("%s.via-%s", kubeconfig, strings.ReplaceAll(address, ":", "-"))
	return path, clientcmd.WriteToFile(*config, path)
}
