// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/instance.hpp"

#include <map>

#include "common/base/crypto.hpp"
#include "common/credentials/append_part.hpp"

namespace acr::credentials {
namespace {

std::string short_digest(std::string_view text) {
  return encode_hex(sha256(text)).substr(0, 8);
}

std::string build_discriminator(const config::RegistryInstance& item) {
  std::string text;
  append_part(text, item.custom_access_key ? item.custom_access_key->id : std::string());
  append_part(text, item.custom_access_key_secret_ref);
  append_part(text, item.assume_role_arn);
  append_part(text, item.rrsa_role_arn);
  for (const auto& domain : item.domains) append_part(text, domain);
  return short_digest(text);
}

}  // namespace

std::vector<std::string> build_instance_keys(const std::vector<config::RegistryInstance>& items) {
  std::map<std::string, int> uses;
  for (const auto& item : items) ++uses[build_instance_key(item.instance_id, item.region_id)];
  std::vector<std::string> keys;
  for (const auto& item : items) {
    auto key = build_instance_key(item.instance_id, item.region_id);
    if (uses[key] > 1) key = build_instance_key(item.instance_id, item.region_id, build_discriminator(item));
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace acr::credentials
