// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// registryAuth is what traces of the real registries show; see the file.
type registryAuth struct {
	Challenges []struct {
		Name, Header, Realm, Service, Region, Registry string
		InstanceID                                     string `json:"instance_id"`
	}
	Unauthenticated struct{ Body map[string]any }
	Token           struct {
		Typ, Alg, Iss                 string
		LifeSeconds, NotBeforeSeconds int64
	}
}

func readRegistryAuth(t *testing.T) registryAuth {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "fixtures", "alibaba", "registry-auth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var auth registryAuth
	if err := json.Unmarshal(text, &auth); err != nil {
		t.Fatal(err)
	}
	if len(auth.Challenges) != 6 {
		t.Fatalf("%d challenges", len(auth.Challenges))
	}
	return auth
}

func TestRegistriesAndTheirRealmsAreNamedAsInTheCloud(t *testing.T) {
	for _, challenge := range readRegistryAuth(t).Challenges {
		realm, err := url.Parse(challenge.Realm)
		if err != nil {
			t.Fatal(err)
		}
		if kind, _ := classifyHost(realm.Host); kind != hostAuth || realm.Path != "/auth" {
			t.Errorf("%s: the realm %s is not served", challenge.Name, challenge.Realm)
		}
		var service string
		switch challenge.Registry {
		case "personal":
			service = personalService(challenge.Region)
		case "enterprise":
			service = instanceService(Instance{ID: challenge.InstanceID, Region: challenge.Region})
		case "none":
			continue
		}
		if service != challenge.Service {
			t.Errorf("%s: service %q, want %q", challenge.Name, service, challenge.Service)
		}
	}
}

func TestARefusalOfTheTokenServiceReadsAsInTheCloud(t *testing.T) {
	text, err := json.Marshal(registryError("UNAUTHORIZED"))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if want := readRegistryAuth(t).Unauthenticated.Body; !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func TestARegistryTokenHasTheFormOfTheCloud(t *testing.T) {
	signer, err := loadTokenSigner(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	token, err := signer.sign("registry.aliyuncs.com:cn-hangzhou:26842", "", []access{}, now, now.Add(tokenLife))
	if err != nil {
		t.Fatal(err)
	}
	var header struct{ Typ, Alg, Kid string }
	var claims struct {
		Iss, Aud      string
		Iat, Nbf, Exp int64
		Access        []access
	}
	for at, part := range []any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[at])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, part); err != nil {
			t.Fatal(err)
		}
	}
	want := readRegistryAuth(t).Token
	if header.Typ != want.Typ || header.Alg != want.Alg || header.Kid == "" || claims.Iss != want.Iss {
		t.Errorf("header %+v, issuer %q, want %+v", header, claims.Iss, want)
	}
	// The registry accepts a token for a minute longer than it says.
	life := claims.Exp - claims.Iat + int64(registryLeeway/time.Second)
	if life != want.LifeSeconds || claims.Nbf-claims.Iat != want.NotBeforeSeconds || claims.Access == nil {
		t.Errorf("life %d s, not before %d s, access %v, want %+v", life, claims.Nbf-claims.Iat, claims.Access, want)
	}
}
