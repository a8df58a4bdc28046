// SPDX-License-Identifier: Apache-2.0

// Package registry runs real container registries (Debian's docker-registry) that trust only the cloud emulator's token service.
package registry

import (
	"path/filepath"

	"sigs.k8s.io/yaml"

	"acr-credential-helper/tests/cloud"
)

// configuration builds the configuration file of one registry: files in dir, TLS with the emulator's certificate, tokens of the
// emulator for the given service only.
func configuration(dir string, addresses cloud.Addresses, service string) ([]byte, error) {
	type section = map[string]any
	return yaml.Marshal(section{
		"version": "0.1",
		"log":     section{"level": "info", "accesslog": section{"disabled": true}},
		"storage": section{
			"filesystem": section{"rootdirectory": filepath.Join(dir, "storage")},
			"delete":     section{"enabled": true},
		},
		"http": section{
			"addr":   "127.0.0.1:0",
			"secret": "the one registry needs no secret shared with others",
			"tls": section{
				"certificate": filepath.Join(addresses.Dir, "registry.crt"),
				"key":         filepath.Join(addresses.Dir, "registry.key"),
			},
		},
		"auth": section{"token": section{
			"realm": addresses.Realm, "service": service, "issuer": addresses.Issuer,
			"rootcertbundle": filepath.Join(addresses.Dir, "token.crt"),
		}},
	})
}
