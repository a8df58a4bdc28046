// SPDX-License-Identifier: Apache-2.0
// Where the RAM credential of items without an identity of their own comes from.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/alibaba/cloud_clock.hpp"
#include "common/alibaba/metadata.hpp"
#include "common/credentials/source.hpp"

namespace acr::credentials {

enum class TokenMode {
  Auto,  ///< what is there: the managed role, else the worker role, else the Secret of a registered cluster
  ManagedRole,
  WorkerRole,
};

/// "auto", "managedRole", "workerRole" as the vendor spells them; nullopt for other words.
std::optional<TokenMode> parse_token_mode(std::string_view text);

struct DefaultSourceParts {
  alibaba::MetadataService& metadata;  ///< must outlive the source
  std::string addon_token_file;
  SecretReader read_secret;
  alibaba::CloudTime time;
};

std::unique_ptr<CredentialSource> build_default_source(TokenMode mode, const DefaultSourceParts& parts);

}  // namespace acr::credentials
