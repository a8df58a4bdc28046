// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/addon_token.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/alibaba/errors.hpp"
#include "common/base/base64.hpp"
#include "common/base/crypto.hpp"
#include "common/base/json.hpp"
#include "common/base/text.hpp"

namespace acr::credentials {
namespace {

constexpr std::size_t kDepth = 8;

std::unexpected<Error> broken(std::string_view member, std::string_view why) {
  return fail(ErrorKind::Protocol, fmt::format("{}: {}", member, why));
}

Result<Secret> open_member(const JsonValue& file, std::string_view member, const Secret& key) {
  const auto text = string_at(file, member);
  if (text.empty()) return broken(member, "it is absent or empty");
  const auto sealed = decode_base64(text);
  if (!sealed) return broken(member, "it is not base64");
  auto plain = decrypt_aes_cbc(key, *sealed);
  if (!plain) return broken(member, plain.error().message);
  const bool printable = std::ranges::all_of(plain->reveal(), [](char c) { return c > ' ' && c < 0x7f; });
  if (plain->empty() || !printable) return broken(member, "it is no plain text after decryption (another key?)");
  return plain;
}

Error upstream_failure(const JsonValue& error) {
  const auto code = alibaba::redact(string_at(error, "code"), 100);
  const auto role = printable(string_at(error, "roleName"), 100);
  return with_advice({.kind = ErrorKind::Denied,
                      .message = fmt::format("ACK could not assume the role {} for this cluster: {}: \"{}\"",
                                             role.empty() ? "of this add-on" : role, code.empty() ? "no code" : code,
                                             alibaba::redact(string_at(error, "message"))),
                      .code = code},
                     "authorise that role in the RAM console, or use --token-mode=workerRole");
}

}  // namespace

Result<alibaba::RamCredentials> parse_addon_token(std::string_view text) {
  const auto file = parse_json(text, kDepth);
  if (!file) return broken("the file", "it is not JSON");
  if (!file->IsObject()) return broken("the file", "it is not a JSON object");
  if (const auto* error = find_member(*file, "error"); error != nullptr && error->IsObject()) {
    if (!string_at(*error, "code").empty() || !string_at(*error, "message").empty())
      return fail(upstream_failure(*error));
  }
  const Secret key(std::string(string_at(*file, "keyring")));
  if (key.empty()) return broken("keyring", "it is absent or empty");
  const auto id = open_member(*file, "access.key.id", key);
  if (!id) return fail(id.error());
  auto secret = open_member(*file, "access.key.secret", key);
  if (!secret) return fail(std::move(secret.error()));
  auto token = open_member(*file, "security.token", key);
  if (!token) return fail(std::move(token.error()));
  const auto expires = parse_rfc3339(string_at(*file, "expiration"));
  if (!expires) return broken("expiration", "it is not a time");
  return alibaba::RamCredentials{.access_key_id = std::string(id->reveal()),
                                 .access_key_secret = std::move(*secret),
                                 .security_token = std::move(*token),
                                 .expires = *expires,
                                 .source = "managed role"};
}

}  // namespace acr::credentials
