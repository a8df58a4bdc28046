// SPDX-License-Identifier: Apache-2.0
// A role that another RAM credential assumes (assumeRoleARN).
#pragma once

#include <memory>
#include <optional>

#include "common/credentials/cache.hpp"
#include "common/credentials/role_session.hpp"
#include "common/credentials/source.hpp"

namespace acr::credentials {

class AssumedRoleSource final : public CredentialSource {
 public:
  /// `openapi` must outlive it. `region_id` is used while the cluster's own region is unknown. `base` calls.
  AssumedRoleSource(alibaba::OpenApi& openapi, std::string region_id, RoleSession session,
                    std::shared_ptr<CredentialCache> base);
  /// If the base credential is refused it is fetched anew, once.
  async::awaitable<Result<alibaba::RamCredentials>> fetch(async::Deadline deadline) override;
  /// Also once the base credential is there that was lacking.
  [[nodiscard]] bool has_changed() const override;
  /// A session outlives the key that it was made with, so what counts is whether that key is another one now.
  async::awaitable<bool> look_for_new_key(async::Deadline deadline) override;
  void forget_failure() override { base_->forget_failure(); }
  [[nodiscard]] bool is_long_term() const override { return base_->source().is_long_term(); }
  [[nodiscard]] std::string warning() const override;
  [[nodiscard]] std::vector<std::string> chain() const override;
  [[nodiscard]] std::vector<std::string> accounts() const override;
  [[nodiscard]] std::string name() const override;

 private:
  async::awaitable<Result<alibaba::RamCredentials>> assume(alibaba::RamCredentials caller, async::Deadline deadline);

  alibaba::OpenApi& openapi_;
  std::string region_id_;
  RoleSession session_;
  std::shared_ptr<CredentialCache> base_;
  bool lacks_base_ = false;                      ///< that was why the last fetch failed
  std::optional<alibaba::RamCredentials> used_;  ///< with which the role was assumed last, or that was refused
};

}  // namespace acr::credentials
