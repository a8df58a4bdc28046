// SPDX-License-Identifier: Apache-2.0

// Package keyring asks the kubelet's own keyring what it makes of the pull Secrets that we write. It stands in the module of the
// control plane's programs, which has the sources of Kubernetes.
package keyring

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider/secrets"
)

// pullCase is one of tests/fixtures/pull/cases.json.
type pullCase struct {
	ID, Title, Image, Domains string
	Auths, Matches, Keys      []string
	IsFound                   *bool              `json:"is_found"`
	DockerConfig              string             `json:"docker_config"`
	Read                      *map[string]string `json:"read"`
}

func readCases(t *testing.T) []pullCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "fixtures", "pull", "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []pullCase }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Cases
}

// dockerConfig has an entry for each key, whose password is the key.
func dockerConfig(keys []string) []byte {
	auths := map[string]map[string]string{}
	for _, key := range keys {
		auths[key] = map[string]string{
			"username": "user", "password": key, "email": "", "auth": base64.StdEncoding.EncodeToString([]byte("user:" + key)),
		}
	}
	text, err := json.Marshal(map[string]any{"auths": auths})
	if err != nil {
		panic(err)
	}
	return text
}

func keyringOf(config []byte, kind corev1.SecretType) (credentialprovider.DockerKeyring, error) {
	return secrets.MakeDockerKeyring([]corev1.Secret{{
		Type: kind, Data: map[string][]byte{corev1.DockerConfigJsonKey: config},
	}}, &credentialprovider.BasicDockerKeyring{})
}

// offered gives the keys of the entries that the node tries for an image, in their order.
func offered(t *testing.T, keys []string, image string) (found []string) {
	t.Helper()
	keyring, err := keyringOf(dockerConfig(keys), corev1.SecretTypeDockerConfigJson)
	if err != nil {
		t.Fatal(err)
	}
	logins, _ := keyring.Lookup(image)
	for _, login := range logins {
		found = append(found, login.Password)
	}
	return found
}

func TestTheNodeFindsWhatTheCasesSay(t *testing.T) {
	ids := map[string]bool{}
	for _, one := range readCases(t) {
		ids[one.ID] = true
		t.Run(one.ID+" "+one.Title, func(t *testing.T) {
			switch {
			case one.DockerConfig != "":
				checkRead(t, one)
			case one.IsFound != nil:
				if found := offered(t, one.Keys, one.Image); (len(found) > 0) != *one.IsFound {
					t.Fatalf("for %s the node tries %v", one.Image, found)
				}
			default:
				if found := offered(t, one.Auths, one.Image); !slices.Equal(found, one.Matches) {
					t.Fatalf("for %s the node tries %v, want %v", one.Image, found, one.Matches)
				}
			}
		})
	}
	if len(ids) != 16 {
		t.Fatalf("there are cases for %v only", slices.Sorted(maps.Keys(ids)))
	}
}

func checkRead(t *testing.T, one pullCase) {
	t.Helper()
	keyring, err := keyringOf([]byte(one.DockerConfig), corev1.SecretTypeDockerConfigJson)
	if (err != nil) != (one.Read == nil) {
		t.Fatalf("the node says: %v", err)
	}
	if one.Read == nil {
		return
	}
	read := map[string]string{}
	for host := range *one.Read {
		logins, _ := keyring.Lookup(host + "/web/app:1")
		for _, login := range logins {
			read[host] = login.Username + ":" + login.Password
		}
	}
	if !maps.Equal(read, *one.Read) {
		t.Fatal("the node reads another user or password")
	}
}

// E-17: an Opaque Secret with the right key is passed over without a word, which is why one of that type is never filled.
func TestTheNodePassesOverASecretOfAnotherType(t *testing.T) {
	keyring, err := keyringOf(dockerConfig([]string{"shop-registry.cn-hangzhou.cr.aliyuncs.com"}), corev1.SecretTypeOpaque)
	if err != nil {
		t.Fatal(err)
	}
	if logins, isFound := keyring.Lookup("shop-registry.cn-hangzhou.cr.aliyuncs.com/web/app:1"); isFound {
		t.Fatalf("%d logins were found", len(logins))
	}
}
