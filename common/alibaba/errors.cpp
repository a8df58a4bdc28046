// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/errors.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/alibaba/error_text.hpp"
#include "common/base/json.hpp"
#include "common/base/text.hpp"

namespace acr::alibaba {
namespace {

constexpr std::chrono::milliseconds kLongestPause{60000};
constexpr std::size_t kCodeLimit = 100;

/// What an error body says, whatever its form.
struct Said {
  std::string code;
  std::string message;
  std::string request_id;
  std::string auth_action;
  std::string policy_type;
};

std::string either(const JsonValue& object, std::string_view upper, std::string_view lower) {
  const auto value = string_at(object, upper);
  return std::string(value.empty() ? string_at(object, lower) : value);
}

Said read_json(const JsonValue& body) {
  Said said{
      either(body, "Code", "code"), either(body, "Message", "message"), either(body, "RequestId", "requestId"), {}, {}};
  const auto* detail = find_member(body, "AccessDeniedDetail");
  if (detail == nullptr) detail = find_member(body, "accessDeniedDetail");
  if (detail != nullptr) {
    said.auth_action = string_at(*detail, "AuthAction");
    said.policy_type = string_at(*detail, "PolicyType");
  }
  return said;
}

std::string xml_element(std::string_view body, std::string_view name) {
  const auto opening = fmt::format("<{}>", name);
  const auto start = body.find(opening);
  if (start == std::string_view::npos) return {};
  const auto text = body.substr(start + opening.size());
  return std::string(trim(text.substr(0, text.find('<'))));
}

Said read_body(std::string_view body) {
  if (const auto document = parse_json(body)) return document->IsObject() ? read_json(*document) : Said{};
  return {xml_element(body, "Code"), xml_element(body, "Message"), xml_element(body, "RequestId"), {}, {}};
}

bool is_markup(const http::Response& response) {
  return trim(response.body).starts_with('<') ||
         to_lower(response.headers.get("content-type")).find("html") != std::string::npos;
}

/// The text of a page without its tags, for the reader who has to find out what stood in between.
std::string visible_text(std::string_view markup) {
  std::string text;
  bool tag = false;
  for (const char c : markup.substr(0, 4096)) {
    if (c == '<') tag = true;
    if (!tag) text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    if (c == '>') {
      tag = false;
      if (!text.empty() && text.back() != ' ') text += ' ';
    }
  }
  return redact(text, 100);
}

ErrorKind kind_of_status(unsigned status) {
  if (status == 401) return ErrorKind::Unauthenticated;
  if (status == 403) return ErrorKind::Denied;
  if (status == 404) return ErrorKind::NotFound;
  if (status == 429) return ErrorKind::Throttled;
  return status >= 400 && status < 500 && status != 408 ? ErrorKind::Invalid : ErrorKind::Unavailable;
}

std::string_view origin_of(std::string_view location) {
  const auto scheme = location.find("://");
  return location.substr(0, location.find_first_of("/?#", scheme == std::string_view::npos ? 0 : scheme + 3));
}

/// An answer that no gateway of the cloud gives: something in between spoke.
std::string describe_foreign(const http::Response& response) {
  if (response.status >= 300 && response.status < 400) {
    return fmt::format(
        "a redirect (HTTP {}) to {}, which is not followed: a proxy or portal answered instead of the cloud",
        response.status, printable(origin_of(response.headers.get("location"))));
  }
  if (trim(response.body).empty()) return fmt::format("an empty answer (HTTP {})", response.status);
  const auto kind = is_markup(response) ? "HTML" : "not JSON";
  return fmt::format("the answer is {} (HTTP {}), probably of a proxy: \"{}\"", kind, response.status,
                     visible_text(response.body));
}

std::string permission_text(const Said& said) {
  if (said.auth_action.empty()) return {};
  return fmt::format("; action {} is denied by {}", printable(said.auth_action, kCodeLimit),
                     said.policy_type.empty() ? "a policy" : printable(said.policy_type, kCodeLimit));
}

std::string_view hint_of(const CodeMeaning* meaning, const CallContext& context) {
  if (meaning == nullptr) return {};
  if (meaning->kind == ErrorKind::Denied) {
    if (context.api == "ListInstanceEndpoint")
      return "grant cr:ListInstanceEndpoint, or list the hosts in domains of acr-registry-info";
    if (context.api == "AssumeRole")
      return "the caller needs sts:AssumeRole and the role of assumeRoleARN must trust the caller";
  }
  return meaning->hint;
}

std::string_view advice_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Throttled:
      return "nothing: it is tried again when the cloud allows";
    case ErrorKind::Unavailable:
    case ErrorKind::Timeout:
      return "if it lasts, check the way to the cloud: name resolution, firewall, HTTPS_PROXY and NO_PROXY";
    case ErrorKind::Protocol:
      return "look for a proxy or portal between here and the cloud, or report the answer as a fault";
    case ErrorKind::Unauthenticated:
      return "replace the RAM credential, and check the clock of this node";
    case ErrorKind::Denied:
      return "grant the RAM identity this action";
    case ErrorKind::NotFound:
      return "check instanceId, regionId and the names of roles in acr-registry-info";
    default:
      return "check this item of acr-registry-info";
  }
}

Error build_error(const http::Response& response, const CallContext& context, const Said& said) {
  const auto* meaning = find_meaning(said.code);
  auto quote = meaning == nullptr || meaning->quotable ? redact(said.message) : std::string();
  if (!quote.empty()) quote = fmt::format(": \"{}\"", quote);
  auto request_id = said.request_id.empty() ? std::string(response.headers.get("x-acs-request-id")) : said.request_id;
  const auto pause = parse_retry_after(response.headers);
  // The gateway names a pause only to those whom it throttles.
  const auto status_kind = pause                   ? ErrorKind::Throttled
                           : response.status < 300 ? ErrorKind::Unavailable
                                                   : kind_of_status(response.status);
  Error error{
      .kind = meaning == nullptr ? status_kind : meaning->kind,
      .message = fmt::format("{}: {} (HTTP {}, RequestId {}){}{}", describe(context),
                             said.code.empty() ? "no code" : redact(said.code, kCodeLimit), response.status,
                             request_id.empty() ? "none" : printable(request_id, 64), quote, permission_text(said)),
      .code = redact(said.code, kCodeLimit),
      .request_id = printable(request_id, 64),
      .retry_after = pause};
  const auto hint = hint_of(meaning, context);
  return hint.empty() ? error : with_advice(std::move(error), hint);
}

}  // namespace

FailureClass classify_failure(std::string_view code, unsigned status) {
  if (const auto* meaning = find_meaning(code)) return meaning->failure_class;
  if (status == 401) return FailureClass::NewCredential;
  const bool user_fault = status >= 400 && status < 500 && status != 408 && status != 429;
  return user_fault ? FailureClass::UserMustAct : FailureClass::Retry;
}

FailureClass class_of(const Error& error) {
  if (const auto* meaning = find_meaning(error.code)) return meaning->failure_class;
  if (is_retryable(error.kind)) return FailureClass::Retry;
  return error.kind == ErrorKind::Unauthenticated ? FailureClass::NewCredential : FailureClass::UserMustAct;
}

std::string advise(const Error& error) {
  return error.advice.empty() ? std::string(advice_of(error.kind)) : error.advice;
}

std::optional<std::chrono::milliseconds> parse_retry_after(const http::Headers& headers) {
  const auto pause = parse_unsigned(trim(headers.get("x-acs-retry-after")));
  if (!pause || *pause <= 0) return std::nullopt;
  return std::min(kLongestPause, std::chrono::milliseconds(*pause));
}

std::optional<Error> find_failure(const http::Response& response, const CallContext& context) {
  const bool good_status = response.status >= 200 && response.status < 300;
  const auto document = parse_json(response.body);
  if (good_status && document && document->IsObject()) {
    const auto success = bool_at(*document, "IsSuccess");
    if (success.value_or(true)) return std::nullopt;
    return build_error(response, context, read_json(*document));
  }
  const auto said = read_body(response.body);
  if (!good_status && !said.code.empty()) return build_error(response, context, said);
  const bool understood = !good_status && document && document->IsObject();
  if (understood) return build_error(response, context, said);
  return Error{.kind = good_status ? ErrorKind::Protocol : ErrorKind::Unavailable,
               .message = describe(context) + ": " + describe_foreign(response),
               .request_id = printable(response.headers.get("x-acs-request-id"), 64),
               .retry_after = parse_retry_after(response.headers),
               .advice = "check HTTPS_PROXY, NO_PROXY and the way out of the cluster"};
}

}  // namespace acr::alibaba
