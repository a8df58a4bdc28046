// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/access_key_source.hpp"

#include <fmt/format.h>

#include "common/base/crypto.hpp"
#include "common/base/text.hpp"
#include "common/credentials/append_part.hpp"

namespace acr::credentials {
namespace {

constexpr const char* kIdKey = "access-key-id";
constexpr const char* kSecretKey = "access-key-secret";

/// Of the key alone: other keys of the Secret are nothing to us.
std::string digest_of(const std::map<std::string, Secret>& data) {
  std::string text;
  for (const auto* key : {kIdKey, kSecretKey}) {
    const auto value = data.find(key);
    append_part(text, value == data.end() ? std::string_view() : value->second.reveal());
  }
  return encode_hex(sha256(text));
}

}  // namespace

Result<alibaba::RamCredentials> build_access_key(std::string_view access_key_id, std::string_view access_key_secret) {
  const auto id = trim(access_key_id);
  const auto secret = trim(access_key_secret);
  if (id.empty() || secret.empty())
    return fail(ErrorKind::Invalid, "cannot use the access key: its id or its secret is empty");
  if (id.starts_with("STS.")) {
    return fail(with_advice(
        {.kind = ErrorKind::Invalid,
         .message = "cannot use the access key: it is a temporary one (STS.), which needs a security token"},
        "use a long-term key"));
  }
  return alibaba::RamCredentials{.access_key_id = std::string(id),
                                 .access_key_secret = Secret(std::string(secret)),
                                 .security_token = {},
                                 .expires = {},
                                 .source = "access key " + alibaba::mask_access_key_id(id)};
}

AccessKeySource::AccessKeySource(std::string access_key_id, Secret access_key_secret)
    : access_key_id_(std::move(access_key_id)), access_key_secret_(std::move(access_key_secret)) {}

async::awaitable<Result<alibaba::RamCredentials>> AccessKeySource::fetch(async::Deadline) {
  co_return build_access_key(access_key_id_, access_key_secret_.reveal());
}

std::string AccessKeySource::name() const {
  return "access key " + alibaba::mask_access_key_id(access_key_id_);
}

AccessKeySecretSource::AccessKeySecretSource(std::string secret_name, std::string origin, SecretReader reader)
    : secret_name_(std::move(secret_name)), origin_(std::move(origin)), reader_(std::move(reader)) {}

async::awaitable<Result<std::map<std::string, Secret>>> AccessKeySecretSource::read(async::Deadline deadline) const {
  if (!reader_) co_return fail(ErrorKind::Invalid, "Secrets cannot be read in this mode");
  co_return co_await reader_(secret_name_, deadline);
}

async::awaitable<bool> AccessKeySecretSource::look_for_new_key(async::Deadline deadline) {
  const auto data = co_await read(deadline);
  if (!data) co_return false;
  co_return digest_of(*data) != seen_;
}

async::awaitable<Result<alibaba::RamCredentials>> AccessKeySecretSource::fetch(async::Deadline deadline) {
  const auto context = fmt::format("cannot read the access key from Secret {} ({})", secret_name_, origin_);
  const auto data = co_await read(deadline);
  seen_ = data ? digest_of(*data) : std::string();
  if (!data) {
    auto error = with_context(data.error(), context);
    error.code.clear();  // a code of the API server is none of the cloud's
    if (error.kind == ErrorKind::NotFound && error.advice.empty()) {
      error = with_advice(std::move(error), fmt::format("create it with the keys {} and {}", kIdKey, kSecretKey));
    }
    co_return fail(std::move(error));
  }
  const auto id = data->find(kIdKey);
  const auto secret = data->find(kSecretKey);
  if (id == data->end() || secret == data->end()) {
    co_return fail(
        with_advice({.kind = ErrorKind::Invalid, .message = context + ": it lacks a key"},
                    fmt::format("write the keys {} and {} into Secret {}", kIdKey, kSecretKey, secret_name_)));
  }
  auto credentials = build_access_key(id->second.reveal(), secret->second.reveal());
  if (!credentials) co_return fail(with_context(credentials.error(), context));
  co_return credentials;
}

std::string AccessKeySecretSource::name() const {
  return "access key of Secret " + secret_name_;
}

}  // namespace acr::credentials
