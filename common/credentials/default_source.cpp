// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/default_source.hpp"

#include "common/credentials/chain.hpp"
#include "common/credentials/managed_role_source.hpp"
#include "common/credentials/registered_cluster_source.hpp"
#include "common/credentials/worker_role_source.hpp"

namespace acr::credentials {

std::optional<TokenMode> parse_token_mode(std::string_view text) {
  if (text == "auto") return TokenMode::Auto;
  if (text == "managedRole") return TokenMode::ManagedRole;
  if (text == "workerRole") return TokenMode::WorkerRole;
  return std::nullopt;
}

std::unique_ptr<CredentialSource> build_default_source(TokenMode mode, const DefaultSourceParts& parts) {
  std::vector<std::unique_ptr<CredentialSource>> sources;
  if (mode != TokenMode::WorkerRole)
    sources.push_back(std::make_unique<ManagedRoleSource>(parts.addon_token_file, parts.time));
  if (mode != TokenMode::ManagedRole) sources.push_back(std::make_unique<WorkerRoleSource>(parts.metadata));
  if (mode == TokenMode::Auto) sources.push_back(std::make_unique<RegisteredClusterSource>(parts.read_secret));
  return std::make_unique<Chain>(std::move(sources));
}

}  // namespace acr::credentials
