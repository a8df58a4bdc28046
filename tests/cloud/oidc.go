// SPDX-License-Identifier: Apache-2.0

package cloud

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

func oidcFailure(code, message string) *failure {
	return fail(http.StatusUnauthorized, "AuthenticationFail."+code, message)
}

// assumeRoleWithOIDC issues a session of a role to the bearer of a token of a registered OIDC provider.
func (e *Emulator) assumeRoleWithOIDC(x *exchange, _ identity, _ *session) (map[string]any, *failure) {
	arn, token := x.parameter("OIDCProviderArn"), x.parameter("OIDCToken")
	switch {
	case arn == "":
		return nil, missing("OIDCProviderArn")
	case token == "":
		return nil, missing("OIDCToken")
	case !strings.HasPrefix(arn, "acs:ram::") || !strings.Contains(arn, ":oidc-provider/"):
		return nil, oidcFailure("NoPermission", "Parameter OIDCProviderArn is not valid")
	}
	e.secrets[token] = true
	request, failed := e.readSessionRequest(x)
	if failed != nil {
		return nil, failed
	}
	at := slices.IndexFunc(e.world.OIDCProviders, func(p OIDCProvider) bool { return p.ARN == arn })
	if at < 0 {
		return nil, oidcFailure("NoPermission", "No such OIDC Provider registered.")
	}
	provider := e.world.OIDCProviders[at]
	claims, failed := verifyOIDCToken(provider, token, x.now())
	if failed != nil {
		return nil, failed
	}
	if !isFederationTrusted(request.role.Trust, arn, claims) {
		refused := oidcFailure("NoPermission", "There is no permission")
		refused.denied = map[string]any{
			"AuthAction": "sts:AssumeRole", "NoPermissionType": "ImplicitDeny", "PolicyType": "AssumeRolePolicy",
		}
		return nil, refused
	}
	body := e.issueSession(x, request)
	body["OIDCTokenInfo"] = map[string]any{
		"Subject": claims.Subject, "Issuer": claims.Issuer, "ClientIds": strings.Join(claims.Audience, ","),
		"ExpirationTime": claims.Expiry.Time().UTC().Format(timeLayout), "IssuanceTime": issuanceTime(claims),
		"VerificationInfo": "Success",
	}
	return body, nil
}

func issuanceTime(claims jwt.Claims) string {
	if claims.IssuedAt == nil {
		return ""
	}
	return claims.IssuedAt.Time().UTC().Format(timeLayout)
}

// verifyOIDCToken checks form, signature, issuer, audience and time of a token against its provider.
func verifyOIDCToken(provider OIDCProvider, token string, now time.Time) (jwt.Claims, *failure) {
	var claims jwt.Claims
	if len(token) > 20000 || strings.Count(token, ".") != 2 {
		return claims, oidcFailure("OIDCToken.Invalid", "The number of Jwt field should be divided into 3 parts with '.' .")
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384})
	if err != nil {
		return claims, oidcFailure("OIDCToken.Invalid", "The OIDC token is not a signed JsonWebToken.")
	}
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(provider.JWKS), &keys); err != nil {
		return claims, oidcFailure("OIDCToken.HttpsUrlInvalid", "The keys of the issuer cannot be read.")
	}
	isVerified := slices.ContainsFunc(keys.Keys, func(key jose.JSONWebKey) bool {
		return (parsed.Headers[0].KeyID == "" || parsed.Headers[0].KeyID == key.KeyID) && parsed.Claims(key.Key, &claims) == nil
	})
	if !isVerified {
		return claims, oidcFailure("OIDCToken.InvalidSignature", "OIDC token validate failed: invalid signature.")
	}
	if claims.Issuer != provider.Issuer {
		return claims, oidcFailure("OIDCToken.IssuerNotMatch", "The issuer of the token is not that of the provider.")
	}
	if !slices.ContainsFunc(claims.Audience, func(id string) bool { return slices.Contains(provider.ClientIDs, id) }) {
		return claims, oidcFailure("OIDCToken.AudienceNotMatch", "Invalid audience.")
	}
	if claims.Expiry == nil || !now.Before(claims.Expiry.Time()) {
		return claims, oidcFailure("OIDCToken.Expired", "This JsonWebToken is expired.")
	}
	return claims, nil
}

// isFederationTrusted evaluates the trust policy: the provider is named and every condition holds.
func isFederationTrusted(trust Trust, provider string, claims jwt.Claims) bool {
	return slices.ContainsFunc(trust.Federated, func(federated FederatedTrust) bool {
		if federated.Provider != provider {
			return false
		}
		for name, accepted := range federated.Conditions {
			values := map[string][]string{"oidc:iss": {claims.Issuer}, "oidc:sub": {claims.Subject}, "oidc:aud": claims.Audience}[name]
			if !slices.ContainsFunc(values, func(value string) bool { return matchesAny(accepted, value) }) {
				return false
			}
		}
		return true
	})
}
