// SPDX-License-Identifier: Apache-2.0
// RRSA: the pod's ServiceAccount token is exchanged for a RAM role (rrsaRoleARN, rrsaOIDCProviderRoleARN).
#pragma once

#include "common/credentials/role_session.hpp"
#include "common/credentials/source.hpp"
#include "common/credentials/watched_file.hpp"

namespace acr::credentials {

inline constexpr std::string_view kOidcTokenFile = "/var/run/secrets/ack.alibabacloud.com/rrsa-tokens/token";

class RrsaSource final : public CredentialSource {
 public:
  /// `openapi` must outlive it. `region_id` is used while the cluster's own region is unknown.
  RrsaSource(alibaba::OpenApi& openapi, std::string region_id, RoleSession session, std::string oidc_provider_arn,
             std::string token_file);
  /// Reads the token file for every exchange, since the kubelet renews it; if STS refuses the token it is read and
  /// exchanged once more.
  async::awaitable<Result<alibaba::RamCredentials>> fetch(async::Deadline deadline) override;
  /// Another token only matters while the last one was of no use.
  [[nodiscard]] bool has_changed() const override { return failed_ && file_.has_changed(); }
  [[nodiscard]] std::string warning() const override { return session_.warning(); }
  [[nodiscard]] std::vector<std::string> chain() const override { return {"RRSA", session_.request().role_arn}; }
  [[nodiscard]] std::vector<std::string> accounts() const override {
    return {alibaba::account_of_arn(session_.request().role_arn)};
  }
  [[nodiscard]] std::string name() const override;

 private:
  Result<Secret> read_token();
  async::awaitable<Result<alibaba::RamCredentials>> exchange(Secret token, async::Deadline deadline);
  [[nodiscard]] Error explain(Error error, const Secret& token) const;

  alibaba::OpenApi& openapi_;
  std::string region_id_;
  RoleSession session_;
  std::string oidc_provider_arn_;
  WatchedFile file_;
  bool failed_ = false;
};

}  // namespace acr::credentials
