// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// authority is the certificate authority of every emulated TLS name.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey

	mu     sync.Mutex
	leaves map[string]*tls.Certificate
}

const certificateLife = 30 * 24 * time.Hour

func serialNumber() *big.Int {
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err)
	}
	return number
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serialNumber(), Subject: pkix.Name{CommonName: "Cloud emulator CA"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(certificateLife),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	return &authority{certificate: certificate, key: key, leaves: map[string]*tls.Certificate{}}, err
}

// loadAuthority takes the authority from ca.crt and ca.key of dir, or makes one and writes it there. A folder that is used
// again thus keeps its trust anchor.
func loadAuthority(dir string) (*authority, error) {
	certificateFile, keyFile := filepath.Join(dir, "ca.crt"), filepath.Join(dir, "ca.key")
	pair, err := tls.LoadX509KeyPair(certificateFile, keyFile)
	if err == nil {
		key, isECDSA := pair.PrivateKey.(*ecdsa.PrivateKey)
		if !isECDSA {
			return nil, fmt.Errorf("%s: not an ECDSA key", keyFile)
		}
		certificate, err := x509.ParseCertificate(pair.Certificate[0])
		return &authority{certificate: certificate, key: key, leaves: map[string]*tls.Certificate{}}, err
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	made, err := newAuthority()
	if err != nil {
		return nil, err
	}
	return made, writePair(certificateFile, keyFile, made.certificate.Raw, made.key)
}

// issue makes a server certificate for the given host names and for 127.0.0.1.
func (a *authority) issue(names []string) (der []byte, key *ecdsa.PrivateKey, err error) {
	if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serialNumber(), DNSNames: names, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(certificateLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if len(names) > 0 && len(names[0]) <= 64 {
		template.Subject.CommonName = names[0]
	}
	der, err = x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	return der, key, err
}

// leaf is the certificate for a host name, or for 127.0.0.1 alone if that is empty; it is made once.
func (a *authority) leaf(name string) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if found := a.leaves[name]; found != nil {
		return found, nil
	}
	names := []string{name}
	if name == "" {
		names = nil
	}
	der, key, err := a.issue(names)
	if err != nil {
		return nil, err
	}
	a.leaves[name] = &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return a.leaves[name], nil
}

// writeRegistryPair writes registry.crt and registry.key: one certificate for every registry host of the world, the
// wildcard names of all regions, localhost and 127.0.0.1.
func (a *authority) writeRegistryPair(dir string, world World) error {
	names := []string{"localhost"}
	for _, region := range regions {
		names = append(names, "*."+region+".cr.aliyuncs.com", "*."+region+".personal.cr.aliyuncs.com")
		names = append(names, personalHosts(region)...)
	}
	for _, service := range registryServices(world) {
		names = append(names, service.Hosts...)
	}
	der, key, err := a.issue(names)
	if err != nil {
		return err
	}
	return writePair(filepath.Join(dir, "registry.crt"), filepath.Join(dir, "registry.key"), der, key)
}

func writePair(certificateFile, keyFile string, der []byte, key crypto.Signer) error {
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(certificateFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}
