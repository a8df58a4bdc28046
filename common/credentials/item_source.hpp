// SPDX-License-Identifier: Apache-2.0
// The RAM credential that an item of acr-registry-info asks for: RRSA or an access key, else the default one; the role
// of assumeRoleARN on top of each. Internal to this folder.
#pragma once

#include <memory>
#include <string>

#include "common/alibaba/openapi_client.hpp"
#include "common/config/settings.hpp"
#include "common/credentials/cache.hpp"
#include "common/credentials/source.hpp"

namespace acr::credentials {

/// What the sources of all items are made with.
struct ItemSourceParts {
  alibaba::OpenApi& openapi;
  SecretReader read_secret;
  std::string oidc_token_file;
  bool rrsa_enabled = false;
};

/// Two items with the same text use the same RAM credential. Holds no secret (a digest stands for it).
std::string build_identity_key(const config::RegistryInstance& item, bool rrsa_enabled);

/// Stands for who asks for the login of an item, for the state Secret: roles, names and a digest of the access key id,
/// nothing secret. Unlike build_identity_key() it does not change with what decides only how he asks: a key's secret, a
/// session's length.
std::string build_identity_digest(const config::RegistryInstance& item);

/// The item as it would be without assumeRoleARN: who assumes that role.
config::RegistryInstance build_base_item(config::RegistryInstance item);

/// The source of an item without assumeRoleARN; nullptr if it has none of its own and the default one is used. An item
/// that names a role for RRSA while RRSA is off gets a source that always fails: another identity could log in to
/// another account's registry.
std::unique_ptr<CredentialSource> build_own_source(const config::RegistryInstance& item, const ItemSourceParts& parts);

/// The role of assumeRoleARN, assumed by `base`.
std::unique_ptr<CredentialSource> build_assumed_source(const config::RegistryInstance& item,
                                                       const ItemSourceParts& parts,
                                                       std::shared_ptr<CredentialCache> base);

}  // namespace acr::credentials
