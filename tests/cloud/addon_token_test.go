// SPDX-License-Identifier: Apache-2.0

package cloud_test

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"strings"
	"testing"

	"acr-credential-helper/tests/cloud"
)

// open decrypts a member as the vendor's own components do.
func (s *scene) open(keyring, member string) string {
	s.Helper()
	sealed, err := base64.StdEncoding.DecodeString(member)
	s.must(err)
	block, err := aes.NewCipher([]byte(keyring))
	s.must(err)
	text := make([]byte, len(sealed)-aes.BlockSize)
	cipher.NewCBCDecrypter(block, sealed[:aes.BlockSize]).CryptBlocks(text, sealed[aes.BlockSize:])
	return string(text[:len(text)-int(text[len(text)-1])])
}

func TestAnAddonTokenHoldsASessionOfTheManagedRole(t *testing.T) {
	s := newScene(t)
	token, err := s.admin.IssueAddonToken(s.ctx, cloud.AddonTokenRequest{Account: account, Role: "AliyunCSManagedAcrRole"})
	s.must(err)
	id, secret := s.open(token.Keyring, token.AccessKeyID), s.open(token.Keyring, token.AccessKeySecret)
	if !strings.HasPrefix(id, "STS.") {
		t.Fatalf("access key id %q", id)
	}
	secrets, err := s.admin.Secrets(s.ctx)
	s.must(err)
	known := strings.Join(secrets, "\n")
	for _, text := range []string{secret, s.open(token.Keyring, token.SecurityToken)} {
		if !strings.Contains(known, text) {
			t.Fatal("the token does not hold an issued session")
		}
	}
}

func TestAnAddonTokenOfAMissingRoleSaysSo(t *testing.T) {
	s := newScene(t)
	token, err := s.admin.IssueAddonToken(s.ctx, cloud.AddonTokenRequest{Account: account, Role: "absent"})
	s.must(err)
	if token.Error == nil || token.Error.Code != "EntityNotExist.Role" || token.AccessKeyID != "" {
		t.Fatalf("token of a missing role: %+v", token)
	}
	if _, err := s.admin.IssueAddonToken(s.ctx, cloud.AddonTokenRequest{Account: account, Role: "acr-pull"}); err == nil {
		t.Fatal("a role that does not trust ACK was assumed")
	}
}
