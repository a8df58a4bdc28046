// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base32"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// tokenIssuer is the `iss` of the registry tokens.
const tokenIssuer = "dockerauth.aliyuncs.com"

// tokenSigner signs registry tokens (RS256) with the key whose certificate the registries trust.
type tokenSigner struct{ signer jose.Signer }

// loadTokenSigner takes the key from token.key and token.crt of dir, or makes them there.
func loadTokenSigner(dir string) (*tokenSigner, error) {
	certificateFile, keyFile := filepath.Join(dir, "token.crt"), filepath.Join(dir, "token.key")
	pair, err := tls.LoadX509KeyPair(certificateFile, keyFile)
	if errors.Is(err, os.ErrNotExist) {
		if err = writeTokenPair(certificateFile, keyFile); err != nil {
			return nil, err
		}
		pair, err = tls.LoadX509KeyPair(certificateFile, keyFile)
	}
	if err != nil {
		return nil, err
	}
	key, isRSA := pair.PrivateKey.(*rsa.PrivateKey)
	if !isRSA {
		return nil, errors.New(keyFile + ": not an RSA key")
	}
	id, err := registryKeyID(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key},
		(&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", id))
	return &tokenSigner{signer: signer}, err
}

func writeTokenPair(certificateFile, keyFile string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serialNumber(), Subject: pkix.Name{CommonName: tokenIssuer},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(certificateLife),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	return writePair(certificateFile, keyFile, der, key)
}

// registryKeyID names a key as the registry does: the first 240 bits of the SHA-256 of its DER form, in base32, in groups of
// four characters joined by colons.
func registryKeyID(key *rsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(der)
	text := base32.StdEncoding.EncodeToString(sum[:30])
	var groups []string
	for at := 0; at < len(text); at += 4 {
		groups = append(groups, text[at:at+4])
	}
	return strings.Join(groups, ":"), nil
}

// access is one entry of a token's access list.
type access struct {
	Type    string   `json:"type"`
	Name    string   `json:"name"`
	Actions []string `json:"actions"`
}

// registryLeeway is how long the registry accepts a token after its `exp`.
const registryLeeway = time.Minute

// sign makes a token for one registry service. Its `exp` is set early by the registry's leeway, so that the registry really
// stops to accept it at `expires`.
func (s *tokenSigner) sign(service, subject string, granted []access, now, expires time.Time) (string, error) {
	return jwt.Signed(s.signer).Claims(map[string]any{
		"iss": tokenIssuer, "aud": service, "sub": subject, "jti": randomText(16), "access": granted,
		"iat": now.Unix(), "nbf": now.Add(-5 * time.Minute).Unix(), "exp": expires.Add(-registryLeeway).Unix(),
	}).Serialize()
}
