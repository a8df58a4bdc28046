// SPDX-License-Identifier: Apache-2.0
#include "common/http/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>
#include <iterator>

#include "common/base/text.hpp"

namespace acr::http {
namespace {

constexpr std::array<bool, 256> kTokenCharacters = [] {
  std::array<bool, 256> found{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    found[static_cast<unsigned char>(c)] = true;
  return found;
}();

bool is_field_value(std::string_view text) {
  // One after the other, for each is a look at many bytes at once, and a token has a thousand.
  constexpr auto kNone = std::string_view::npos;
  return text.find('\r') == kNone && text.find('\n') == kNone && text.find('\0') == kNone;
}

bool sends_body(const Request& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
}

void append_field(std::string& bytes, std::string_view name, std::string_view value) {
  bytes.append(name).append(": ").append(value).append("\r\n");
}

Result<void> check(const Request& request) {
  if (!is_token(request.method)) return fail(ErrorKind::Invalid, "cannot build request: the method is not a word");
  if (!is_target(request.target))
    return fail(ErrorKind::Invalid, "cannot build request: the target holds a space or control character");
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || !is_field_value(value)) {
      return fail(ErrorKind::Invalid,
                  fmt::format("cannot build request: header field \"{}\" holds a character that may not stand there",
                              printable(name)));
    }
  }
  return {};
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return kTokenCharacters[static_cast<unsigned char>(c)]; });
}

bool is_target(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c != 0x7f; });
}

Result<std::string> request_bytes(const Origin& origin, const Request& request, std::string_view user_agent) {
  if (const auto checked = check(request); !checked) return fail(checked.error());
  std::string bytes;
  // One allocation, so that no half-filled copy of a body or token stays behind in freed memory.
  bytes.reserve(1024 + request.target.size() + request.body.size() + 64 * request.headers.size());
  fmt::format_to(std::back_inserter(bytes), "{} {} HTTP/1.1\r\n", request.method, request.target);
  if (!request.headers.has("Host")) append_field(bytes, "Host", host_header(origin));
  if (!request.headers.has("User-Agent") && !user_agent.empty()) append_field(bytes, "User-Agent", user_agent);
  for (const auto& [name, value] : request.headers) append_field(bytes, name, value);
  if (sends_body(request) && !request.headers.has("Content-Length")) {
    append_field(bytes, "Content-Length", std::to_string(request.body.size()));
  }
  return bytes.append("\r\n").append(request.body);
}

std::string response_bytes(const Response& response, AfterResponse after, BodyOnWire body) {
  const auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(response.status));
  std::string bytes;
  bytes.reserve(256 + response.body.size());
  bytes.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  bytes.append(reason.data(), reason.size()).append("\r\n");
  for (const auto& [name, value] : response.headers) {
    // Ours to say, and a handler must not be able to split the answer in two.
    if (equals_ignore_case(name, "Content-Length") || equals_ignore_case(name, "Connection")) continue;
    if (is_token(name) && is_field_value(value)) append_field(bytes, name, value);
  }
  append_field(bytes, "Content-Length", std::to_string(response.body.size()));
  if (after == AfterResponse::Close) append_field(bytes, "Connection", "close");
  bytes.append("\r\n");
  if (body == BodyOnWire::Sent) bytes.append(response.body);
  return bytes;
}

}  // namespace acr::http
