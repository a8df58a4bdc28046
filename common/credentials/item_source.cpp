// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/item_source.hpp"

#include "common/base/crypto.hpp"
#include "common/credentials/access_key_source.hpp"
#include "common/credentials/append_part.hpp"
#include "common/credentials/assumed_role_source.hpp"
#include "common/credentials/rrsa_source.hpp"

namespace acr::credentials {
namespace {

class RefusedSource final : public CredentialSource {
 public:
  async::awaitable<Result<alibaba::RamCredentials>> fetch(async::Deadline) override {
    co_return fail(
        with_advice({.kind = ErrorKind::Invalid, .message = "cannot use rrsaRoleARN: RRSA is off"},
                    "add the key rrsa with \"enable: true\" to the ConfigMap, or remove the role from the item"));
  }
  [[nodiscard]] std::string name() const override { return "RRSA (off)"; }
};

}  // namespace

std::string build_identity_key(const config::RegistryInstance& item, bool rrsa_enabled) {
  std::string text;
  if (item.custom_access_key) {
    append_part(text, item.custom_access_key->id);
    append_part(text, item.custom_access_key->secret.reveal());
  }
  append_part(text, item.custom_access_key_secret_ref);
  append_part(text, item.assume_role_arn);
  append_part(text, item.rrsa_role_arn);
  append_part(text, item.rrsa_oidc_provider_arn);
  const bool has_role = !item.assume_role_arn.empty() || !item.rrsa_role_arn.empty();
  if (has_role) append_part(text, std::to_string(item.expire_duration.count()));
  if (!item.rrsa_role_arn.empty()) append_part(text, rrsa_enabled ? "on" : "off");
  return encode_hex(sha256(text));
}

std::string build_identity_digest(const config::RegistryInstance& item) {
  constexpr std::size_t kDigits = 16;
  std::string text;
  append_part(text, item.custom_access_key ? encode_hex(sha256(item.custom_access_key->id)) : std::string());
  append_part(text, item.custom_access_key_secret_ref);
  append_part(text, item.assume_role_arn);
  append_part(text, item.rrsa_role_arn);
  append_part(text, item.rrsa_oidc_provider_arn);
  return encode_hex(sha256(text)).substr(0, kDigits);
}

config::RegistryInstance build_base_item(config::RegistryInstance item) {
  item.assume_role_arn.clear();
  item.expire_duration = config::RegistryInstance{}.expire_duration;
  return item;
}

std::unique_ptr<CredentialSource> build_own_source(const config::RegistryInstance& item, const ItemSourceParts& parts) {
  if (!item.rrsa_role_arn.empty()) {
    if (!parts.rrsa_enabled) return std::make_unique<RefusedSource>();
    return std::make_unique<RrsaSource>(parts.openapi, item.region_id,
                                        RoleSession(item.rrsa_role_arn, item.expire_duration),
                                        item.rrsa_oidc_provider_arn, parts.oidc_token_file);
  }
  if (item.custom_access_key)
    return std::make_unique<AccessKeySource>(item.custom_access_key->id, item.custom_access_key->secret);
  if (!item.custom_access_key_secret_ref.empty()) {
    return std::make_unique<AccessKeySecretSource>(item.custom_access_key_secret_ref, "customAccessKeySecretRef",
                                                   parts.read_secret);
  }
  return nullptr;
}

std::unique_ptr<CredentialSource> build_assumed_source(const config::RegistryInstance& item,
                                                       const ItemSourceParts& parts,
                                                       std::shared_ptr<CredentialCache> base) {
  return std::make_unique<AssumedRoleSource>(parts.openapi, item.region_id,
                                             RoleSession(item.assume_role_arn, item.expire_duration), std::move(base));
}

}  // namespace acr::credentials
