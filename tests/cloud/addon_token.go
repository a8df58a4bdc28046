// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"fmt"
	"time"
)

const (
	addonTokenLife = 8 * time.Hour
	// keyringBytes picks AES-256.
	keyringBytes = 32
)

// AddonTokenRequest asks for the token of a managed role, as ACK puts it into a Secret. The role must trust cs.aliyuncs.com.
type AddonTokenRequest struct {
	Account string `json:"account"`
	Role    string `json:"role"`
	// Life of the credentials; default 8 h.
	Life Duration `json:"life,omitempty"`
}

// AddonToken is the content of the token file.
type AddonToken struct {
	AccessKeyID     string           `json:"access.key.id"`
	AccessKeySecret string           `json:"access.key.secret"`
	SecurityToken   string           `json:"security.token"`
	Expiration      string           `json:"expiration"`
	Keyring         string           `json:"keyring"`
	Error           *AddonTokenError `json:"error,omitempty"`
}

// AddonTokenError says that ACK could not assume the role.
type AddonTokenError struct {
	RoleName string `json:"roleName"`
	Code     string `json:"code"`
	Message  string `json:"message"`
}

// issueAddonToken gives a session of the role, or a token with an error where ACK cannot assume it. The caller holds the lock.
func (e *Emulator) issueAddonToken(wanted AddonTokenRequest) (any, error) {
	role, exists := e.findRole(wanted.Account, wanted.Role)
	if !exists {
		return AddonToken{Error: &AddonTokenError{
			RoleName: wanted.Role, Code: "EntityNotExist.Role", Message: "The role not exists: " + wanted.Role + ".",
		}}, nil
	}
	if !matchesAny(role.Trust.Services, "cs.aliyuncs.com") {
		return nil, fmt.Errorf("role %s does not trust cs.aliyuncs.com", wanted.Role)
	}
	life := time.Duration(wanted.Life)
	if life == 0 {
		life = addonTokenLife
	}
	made := e.newSession(roleIdentity(wanted.Account, wanted.Role, "ack-addon", nil), life)
	token := AddonToken{Keyring: randomText(keyringBytes), Expiration: made.expires.UTC().Format(timeLayout)}
	e.secrets[token.Keyring] = true
	for member, text := range map[*string]string{
		&token.AccessKeyID: made.accessKeyID, &token.AccessKeySecret: made.accessKeySecret, &token.SecurityToken: made.securityToken,
	} {
		sealed, err := seal([]byte(token.Keyring), []byte(text))
		if err != nil {
			return nil, err
		}
		*member = base64.StdEncoding.EncodeToString(sealed)
	}
	return token, nil
}

// seal encrypts with AES-CBC and PKCS#7 padding and puts the initialisation vector in front.
func seal(key, text []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	vector, padding := randomBytes(aes.BlockSize), aes.BlockSize-len(text)%aes.BlockSize
	padded := append(bytes.Clone(text), bytes.Repeat([]byte{byte(padding)}, padding)...)
	sealed := make([]byte, len(padded))
	cipher.NewCBCEncrypter(block, vector).CryptBlocks(sealed, padded)
	return append(vector, sealed...), nil
}
