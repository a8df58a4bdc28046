// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"crypto/hmac"
	"net/http"

	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
)

// verifyV1 checks the old RPC scheme: all parameters signed by HMAC-SHA1, the signature itself a parameter. The vendor's
// credential libraries still call AssumeRole this way.
func (e *Emulator) verifyV1(x *exchange) (identity, *session, *failure) {
	if x.parameter("SignatureMethod") != "HMAC-SHA1" || x.parameter("SignatureVersion") != "1.0" {
		return identity{}, nil, fail(http.StatusBadRequest, "InvalidSignatureMethod", "Specified signature method is not valid.")
	}
	keyID, nonce, given := x.parameter("AccessKeyId"), x.parameter("SignatureNonce"), x.parameter("Signature")
	if keyID == "" || nonce == "" {
		return identity{}, nil, errIncompleteSignature
	}
	if failed := checkTime(x.parameter("Timestamp"), x.now()); failed != nil {
		return identity{}, nil, failed
	}
	signed := map[string]*string{}
	for _, source := range []map[string][]string{x.query, x.form} {
		for name, values := range source {
			if len(values) != 1 {
				return identity{}, nil, errIncompleteSignature
			}
			if name != "Signature" {
				signed[name] = dara.String(values[0])
			}
		}
	}
	return e.authenticate(keyID, x.parameter("SecurityToken"), nonce, func(secret string) *failure {
		wanted := openapiutil.GetRPCSignature(signed, dara.String(x.request.Method), dara.String(secret))
		if !hmac.Equal([]byte(dara.StringValue(wanted)), []byte(given)) {
			return fail(http.StatusBadRequest, "SignatureDoesNotMatch", "Specified signature is not matched with our calculation.")
		}
		return nil
	})
}
