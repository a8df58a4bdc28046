// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"crypto/hmac"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
)

const (
	signatureV3     = "ACS3-HMAC-SHA256"
	signatureWindow = 15 * time.Minute
	timeLayout      = "2006-01-02T15:04:05Z"
)

// authorization is an Authorization header of scheme V3 taken apart.
type authorization struct {
	algorithm, credential, signedHeaders, signature string
}

// parseAuthorization returns what it finds; missing parts are empty.
func parseAuthorization(header string) authorization {
	algorithm, rest, _ := strings.Cut(header, " ")
	result := authorization{algorithm: algorithm}
	for _, part := range strings.Split(rest, ",") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "Credential":
			result.credential = value
		case "SignedHeaders":
			result.signedHeaders = value
		case "Signature":
			result.signature = value
		}
	}
	return result
}

var errIncompleteSignature = fail(http.StatusBadRequest, "IncompleteSignature", "The request signature does not conform to Aliyun standards.")

// verifySignature finds out who calls, by scheme V3 or (RPC only) V1. The session is nil for a long-term key. The checks run
// in the order of the gateway: form, time, key, token, signature, nonce.
func (e *Emulator) verifySignature(x *exchange) (identity, *session, *failure) {
	header := x.request.Header
	if header.Get("Authorization") == "" && x.parameter("Signature") != "" {
		return e.verifyV1(x)
	}
	given := parseAuthorization(header.Get("Authorization"))
	if given.algorithm != signatureV3 {
		return identity{}, nil, fail(http.StatusBadRequest, "InvalidSignatureMethod", "Specified signature method is not valid.")
	}
	if wanted := headersToSign(x.request); given.credential == "" || given.signature == "" || given.signedHeaders != wanted {
		return identity{}, nil, errIncompleteSignature
	}
	hash := hex.EncodeToString(openapiutil.Hash(x.body, dara.String(signatureV3)))
	if header.Get("x-acs-content-sha256") != hash || header.Get("x-acs-signature-nonce") == "" {
		return identity{}, nil, errIncompleteSignature
	}
	if named := header.Get("x-acs-accesskey-id"); named != "" && named != given.credential {
		return identity{}, nil, errIncompleteSignature
	}
	if failed := checkTime(header.Get("x-acs-date"), x.now()); failed != nil {
		return identity{}, nil, failed
	}
	return e.authenticate(given.credential, header.Get("x-acs-security-token"), header.Get("x-acs-signature-nonce"),
		func(secret string) *failure {
			if !isOfficialSignature(x, hash, given, secret) {
				return fail(http.StatusBadRequest, "SignatureDoesNotMatch",
					"Specified signature is not matched with our calculation. server string to sign is:"+signatureV3)
			}
			return nil
		})
}

// isOfficialSignature signs what arrived with the vendor's own code and compares.
func isOfficialSignature(x *exchange, hash string, given authorization, secret string) bool {
	request := &dara.Request{
		Method: dara.String(x.request.Method), Pathname: dara.String(x.request.URL.EscapedPath()),
		Headers: map[string]*string{"host": dara.String(x.request.Host)}, Query: map[string]*string{},
	}
	for name := range x.request.Header {
		request.Headers[strings.ToLower(name)] = dara.String(x.request.Header.Get(name))
	}
	for name, values := range x.query {
		if len(values) != 1 {
			return false
		}
		request.Query[name] = dara.String(values[0])
	}
	wanted := openapiutil.GetAuthorization(request, dara.String(signatureV3), dara.String(hash), dara.String(given.credential), dara.String(secret))
	return hmac.Equal([]byte(parseAuthorization(dara.StringValue(wanted)).signature), []byte(given.signature))
}

// headersToSign lists what must be signed: host, content-type and every x-acs-* header of the request. (The real gateway also
// accepts further headers; clients here sign what the vendor's Go code signs.) A repeated header makes the list unusable.
func headersToSign(r *http.Request) string {
	names := []string{"host"}
	for name, values := range r.Header {
		lower := strings.ToLower(name)
		if lower != "content-type" && !strings.HasPrefix(lower, "x-acs-") {
			continue
		}
		if len(values) != 1 {
			return ""
		}
		names = append(names, lower)
	}
	for _, required := range []string{"x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"} {
		if !slices.Contains(names, required) {
			return ""
		}
	}
	slices.Sort(names)
	return strings.Join(names, ";")
}

func checkTime(text string, now time.Time) *failure {
	at, err := time.Parse(timeLayout, text)
	if err != nil {
		return fail(http.StatusBadRequest, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.")
	}
	if distance := now.Sub(at).Abs(); distance > signatureWindow {
		return fail(http.StatusBadRequest, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
	}
	return nil
}

// authenticate finds the key, checks token and signature, and uses the nonce up.
func (e *Emulator) authenticate(keyID, token, nonce string, check func(secret string) *failure) (identity, *session, *failure) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var who identity
	var secret string
	current := e.sessions[keyID]
	if current != nil {
		who, secret = current.who, current.accessKeySecret
		if failed := e.checkToken(current, token); failed != nil {
			return identity{}, nil, failed
		}
	} else {
		found, key, exists := e.findKey(keyID)
		if !exists {
			return identity{}, nil, fail(http.StatusNotFound, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
		}
		if key.Inactive {
			return identity{}, nil, fail(http.StatusBadRequest, "InvalidAccessKeyId.Inactive", "Specified access key is disabled.")
		}
		if token != "" {
			return identity{}, nil, fail(http.StatusBadRequest, "InvalidSecurityToken.MismatchWithAccessKey",
				"Specified SecurityToken mismatch with the AccessKey.")
		}
		who, secret = found, key.Secret
	}
	if failed := check(secret); failed != nil {
		return identity{}, nil, failed
	}
	if !e.useNonce(keyID, nonce) {
		return identity{}, nil, fail(http.StatusBadRequest, "SignatureNonceUsed", "Specified signature nonce was used already.")
	}
	return who, current, nil
}

// checkToken compares the security token of a call with its session. The caller holds the lock.
func (e *Emulator) checkToken(current *session, token string) *failure {
	if token == "" {
		return fail(http.StatusBadRequest, "MissingSecurityToken", "SecurityToken is mandatory for this action.")
	}
	if token != current.securityToken {
		for _, other := range e.sessions {
			if other.securityToken == token {
				return fail(http.StatusBadRequest, "InvalidSecurityToken.MismatchWithAccessKey",
					"Specified SecurityToken mismatch with the AccessKey.")
			}
		}
		return fail(http.StatusBadRequest, "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.")
	}
	if time.Now().After(current.expires) {
		return fail(http.StatusBadRequest, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")
	}
	return nil
}
