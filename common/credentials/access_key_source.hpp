// SPDX-License-Identifier: Apache-2.0
// A long-term access key: customAccessKey of an item, or the Secret that customAccessKeySecretRef names.
#pragma once

#include "common/credentials/source.hpp"

namespace acr::credentials {

class AccessKeySource final : public CredentialSource {
 public:
  AccessKeySource(std::string access_key_id, Secret access_key_secret);
  async::awaitable<Result<alibaba::RamCredentials>> fetch(async::Deadline deadline) override;
  [[nodiscard]] bool is_long_term() const override { return true; }
  /// A key does not tell its account, so each has a budget of its own.
  [[nodiscard]] std::vector<std::string> accounts() const override { return {access_key_id_}; }
  [[nodiscard]] std::string name() const override;

 private:
  std::string access_key_id_;
  Secret access_key_secret_;
};

/// Reads the Secret anew at every fetch, so that a replaced key is used without a restart.
class AccessKeySecretSource final : public CredentialSource {
 public:
  /// `origin` says in errors why this Secret is read: "customAccessKeySecretRef".
  AccessKeySecretSource(std::string secret_name, std::string origin, SecretReader reader);
  async::awaitable<Result<alibaba::RamCredentials>> fetch(async::Deadline deadline) override;
  async::awaitable<bool> look_for_new_key(async::Deadline deadline) override;
  [[nodiscard]] bool is_long_term() const override { return true; }
  [[nodiscard]] std::vector<std::string> accounts() const override { return {"Secret " + secret_name_}; }
  [[nodiscard]] std::string name() const override;

 private:
  async::awaitable<Result<std::map<std::string, Secret>>> read(async::Deadline deadline) const;

  std::string secret_name_;
  std::string origin_;
  SecretReader reader_;
  std::string seen_;  ///< digest of the content at the last fetch; empty = there was none to read
};

/// Checks and trims a key pair as people paste it; a temporary key ("STS.") or an empty part is an Error (Invalid).
Result<alibaba::RamCredentials> build_access_key(std::string_view access_key_id, std::string_view access_key_secret);

}  // namespace acr::credentials
