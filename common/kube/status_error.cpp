// SPDX-License-Identifier: Apache-2.0
#include "common/kube/status_error.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "common/base/text.hpp"

namespace acr::kube {
namespace {

constexpr std::array kReasons{
    std::pair{std::string_view{"AlreadyExists"}, ErrorKind::AlreadyExists},
    std::pair{std::string_view{"Conflict"}, ErrorKind::Conflict},
    std::pair{std::string_view{"Expired"}, ErrorKind::Expired},
    std::pair{std::string_view{"Gone"}, ErrorKind::Expired},
    std::pair{std::string_view{"TooManyRequests"}, ErrorKind::Throttled},
    std::pair{std::string_view{"Forbidden"}, ErrorKind::Denied},
    std::pair{std::string_view{"Unauthorized"}, ErrorKind::Unauthenticated},
    std::pair{std::string_view{"NotFound"}, ErrorKind::NotFound},
    std::pair{std::string_view{"Invalid"}, ErrorKind::Invalid},
    std::pair{std::string_view{"BadRequest"}, ErrorKind::Invalid},
    std::pair{std::string_view{"ServerTimeout"}, ErrorKind::Unavailable},
    std::pair{std::string_view{"Timeout"}, ErrorKind::Unavailable},
    std::pair{std::string_view{"InternalError"}, ErrorKind::Unavailable},
    std::pair{std::string_view{"ServiceUnavailable"}, ErrorKind::Unavailable},
};

ErrorKind kind_of_status(long long status) {
  switch (status) {
    case 401:
      return ErrorKind::Unauthenticated;
    case 403:
      return ErrorKind::Denied;
    case 404:
      return ErrorKind::NotFound;
    case 409:
      return ErrorKind::Conflict;
    case 410:
      return ErrorKind::Expired;
    case 429:
      return ErrorKind::Throttled;
    default:
      break;
  }
  if (status >= 500) return ErrorKind::Unavailable;
  return status >= 400 ? ErrorKind::Invalid : ErrorKind::Protocol;
}

ErrorKind kind_of(std::string_view reason, long long status) {
  for (const auto& [word, kind] : kReasons) {
    if (word == reason) return kind;
  }
  return kind_of_status(status);
}

/// One line of at most 512 bytes: the text is the peer's, and quotes in it are wanted.
std::string one_line(std::string_view text) {
  constexpr std::size_t kLimit = 512;
  text = trim(text);
  std::string line(text.substr(0, kLimit));
  for (auto& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  if (text.size() > kLimit) line += "...";
  return line;
}

std::string_view telling_cause(const JsonValue& status) {
  const auto* causes = find_path(status, "details", "causes");
  if (causes != nullptr && causes->IsArray()) {
    for (const auto& cause : causes->GetArray()) {
      const auto reason = string_at(cause, "reason");
      for (const auto known : {kNamespaceTerminating, kResourceVersionTooLarge}) {
        if (reason == known) return known;
      }
    }
  }
  // Servers before 1.17 name no cause.
  if (string_at(status, "message").find("Too large resource version") != std::string_view::npos)
    return kResourceVersionTooLarge;
  return {};
}

std::optional<std::chrono::milliseconds> whole_seconds(std::optional<long long> seconds) {
  if (!seconds || *seconds < 0 || *seconds > 3600) return std::nullopt;
  return std::chrono::seconds{*seconds};
}

Error read_status(const JsonValue& status, long long http_status, std::string_view what) {
  const auto reason = string_at(status, "reason");
  const auto cause = telling_cause(status);
  const auto message = one_line(string_at(status, "message"));
  return {.kind = kind_of(reason, http_status),
          .message = message.empty() ? fmt::format("{}: HTTP {} {}", what, http_status, reason)
                                     : fmt::format("{}: {} (HTTP {})", what, message, http_status),
          .code = std::string(cause.empty() ? reason : cause)};
}

}  // namespace

Error parse_status(const JsonValue& status, std::string_view what) {
  const auto http_status = integer_at(status, "code").value_or(500);
  auto error = read_status(status, http_status, what);
  if (const auto* details = find_member(status, "details"))
    error.retry_after = whole_seconds(integer_at(*details, "retryAfterSeconds"));
  return error;
}

Error parse_status_error(const http::Response& response, std::string_view what) {
  const auto document = parse_json(response.body);
  const bool is_status = document && string_at(*document, "kind") == "Status";
  Error error;
  if (is_status) {
    error = read_status(*document, response.status, what);
  } else {
    const auto text = one_line(response.body);
    error.kind = kind_of_status(response.status);
    error.message = text.empty() ? fmt::format("{}: HTTP {}", what, response.status)
                                 : fmt::format("{}: {} (HTTP {})", what, text, response.status);
  }
  error.request_id = one_line(response.headers.get("Audit-Id"));
  error.retry_after = whole_seconds(parse_unsigned(response.headers.get("Retry-After")));
  return error;
}

bool is_quota_error(const Error& error) {
  return error.kind == ErrorKind::Denied && error.message.find("exceeded quota") != std::string::npos;
}

}  // namespace acr::kube
