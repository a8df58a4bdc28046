// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/error_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "common/base/text.hpp"

namespace acr::alibaba {
namespace {

using enum FailureClass;
using enum ErrorKind;

constexpr std::string_view kBug = "this is a fault of the request itself: please report it";

constexpr auto kMeanings = std::to_array<CodeMeaning>({
    {"Throttling", Retry, Throttled, ""},
    {"ServiceUnavailable", Retry, Unavailable, ""},
    {"InternalError", Retry, Unavailable, ""},
    {"UnknownError", Retry, Unavailable, ""},
    {"SignatureNonceUsed", Resign, Unauthenticated, ""},
    {"InvalidTimeStamp.Expired", Resign, Unauthenticated,
     "the clock of this node is too far from the cloud's: check its time synchronisation"},
    {"InvalidTimeStamp", UserMustAct, Invalid, kBug},
    {"IllegalTimestamp", UserMustAct, Invalid, kBug},
    {"IncompleteSignature", UserMustAct, Invalid, kBug, false},
    {"InvalidSignatureMethod", UserMustAct, Invalid, kBug, false},
    {"InvalidApi.NotFound", UserMustAct, Invalid, "the endpoint does not know this API: check the region"},
    {"InvalidAction.NotFound", UserMustAct, Invalid, "the endpoint does not know this API: check the region"},
    {"UnsupportedHTTPMethod", UserMustAct, Invalid, kBug},
    {"SignatureDoesNotMatch", NewCredential, Unauthenticated,
     "the access key secret is wrong: perhaps key id and secret are swapped, or were copied with blanks", false},
    {"InvalidSecurityToken", NewCredential, Unauthenticated, "", false},
    {"InvalidAccessKeyId.Inactive", UserMustAct, Unauthenticated,
     "the access key is disabled: enable it or use another one"},
    {"InvalidAccessKeyId", NewCredential, Unauthenticated, "the access key does not exist: check its id"},
    {"Forbidden.AccessKeyDisabled", UserMustAct, Unauthenticated,
     "the access key is disabled: enable it or use another one"},
    {"MissingSecurityToken", UserMustAct, Invalid, "a temporary key (STS.) cannot be used as customAccessKey"},
    {"NoPermission", UserMustAct, Denied, "grant the RAM identity this action"},
    {"Forbidden", UserMustAct, Denied, "grant the RAM identity this action"},
    {"StatusForbidden", UserMustAct, Denied, "grant the RAM identity this action"},
    {"EntityNotExist", UserMustAct, NotFound,
     "the role does not exist: check account and name in its ARN (the ARN of a user gives the same answer)"},
    {"InvalidParameter.RoleArn", UserMustAct, Invalid, "check assumeRoleARN and rrsaRoleARN in acr-registry-info"},
    {"InvalidParameter.RoleSessionName", UserMustAct, Invalid, kBug},
    {"InvalidParameter.PolicyGrammar", UserMustAct, Invalid, kBug},
    {"InvalidParameter.DurationSeconds", UserMustAct, Invalid,
     "expireDuration is longer than the role's MaxSessionDuration allows"},
    {"InvalidParameter", UserMustAct, Invalid, "check this value in acr-configuration"},
    {"Missing", UserMustAct, Invalid, "a required value is missing: check acr-configuration"},
    {"AuthenticationFail.NoPermission", UserMustAct, Denied,
     "check that the OIDC provider is registered and that the role's trust policy names it and this ServiceAccount"},
    {"AuthenticationFail.OIDCToken.AudienceNotMatch", UserMustAct, Unauthenticated,
     "the token's audience must be sts.aliyuncs.com: check the projected volume"},
    {"AuthenticationFail.OIDCToken.IssuerNotMatch", UserMustAct, Unauthenticated,
     "RRSA is not enabled for this cluster, or was enabled after this pod started: enable it and recreate the pod"},
    {"AuthenticationFail.OIDCToken.HttpsUrlInvalid", UserMustAct, Unauthenticated,
     "the certificate of the issuer's URL is not accepted by STS"},
    {"AuthenticationFail.OIDCToken.Invalid", NewCredential, Unauthenticated,
     "check that rrsaOIDCProviderRoleARN is this cluster's OIDC provider, and that its key was not rotated since the "
     "provider was registered",
     false},
    {"AuthenticationFail.OIDCToken", NewCredential, Unauthenticated, "the cluster's token was refused: it is read anew",
     false},
    {"INSTANCE_NOT_EXIST", UserMustAct, NotFound, "check instanceId and regionId in acr-registry-info"},
    {"USER_NOT_EXIST", UserMustAct, Denied,
     "this RAM identity was never registered with Personal Edition: set its registry password once in the console"},
});

bool is_secret_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("+/=_%-.").find(c) != std::string_view::npos;
}

/// Words that could be key material: long and of mixed kinds, or with the prefix of a key id.
bool looks_secret(std::string_view word) {
  if (word.starts_with("LTAI") || word.starts_with("STS.")) return true;
  if (word.find('%') != std::string_view::npos && word.size() >= 24) return true;
  const auto has = [&](int (*test)(int)) {
    return std::ranges::any_of(word, [test](char c) { return test(static_cast<unsigned char>(c)) != 0; });
  };
  if (word.size() >= 16 && has(std::isdigit) && has(std::isupper) && has(std::islower)) return true;
  return word.size() >= 28 && word.find_first_of(".-_") == std::string_view::npos;
}

}  // namespace

const CodeMeaning* find_meaning(std::string_view code) {
  const CodeMeaning* best = nullptr;
  for (const auto& meaning : kMeanings) {
    if (code.starts_with(meaning.prefix) && (best == nullptr || meaning.prefix.size() > best->prefix.size()))
      best = &meaning;
  }
  return best;
}

std::string redact(std::string_view text, std::size_t limit) {
  std::string safe;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_secret_character(text[end])) ++end;
    if (end == at) {
      safe += text[at++];
      continue;
    }
    const auto word = text.substr(at, end - at);
    safe += looks_secret(word) ? std::string_view("***") : word;
    at = end;
  }
  return printable(trim(safe), limit);
}

std::string describe(const CallContext& context) {
  std::string text = "cannot call " + context.api;
  if (!context.instance_id.empty()) text += " for instance " + context.instance_id;
  if (!context.region_id.empty()) text += " in " + context.region_id;
  if (!context.host.empty()) text += " (" + context.host + ")";
  return text;
}

Error incomplete_answer(const CallContext& context, std::string_view what, std::string_view request_id) {
  return {.kind = ErrorKind::Protocol,
          .message = fmt::format("{}: the answer is a success but {} (RequestId {})", describe(context), what,
                                 request_id.empty() ? "none" : printable(request_id, 64)),
          .request_id = std::string(request_id)};
}

}  // namespace acr::alibaba
