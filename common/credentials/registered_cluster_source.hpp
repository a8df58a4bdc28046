// SPDX-License-Identifier: Apache-2.0
// The access key of a registered cluster: one that runs outside Alibaba Cloud and was registered with ACK.
#pragma once

#include "common/credentials/access_key_source.hpp"

namespace acr::credentials {

/// The Secret that ACK's documents prescribe for add-ons of a registered cluster, in the helper's own namespace.
inline constexpr const char* kRegisteredClusterSecret = "alibaba-addon-secret";

class RegisteredClusterSource final : public CredentialSource {
 public:
  explicit RegisteredClusterSource(SecretReader reader);
  /// NotFound also if the Secret may not be read: that right is given only where it is needed.
  async::awaitable<Result<alibaba::RamCredentials>> fetch(async::Deadline deadline) override;
  async::awaitable<bool> look_for_new_key(async::Deadline deadline) override { return key_.look_for_new_key(deadline); }
  [[nodiscard]] bool is_long_term() const override { return true; }
  [[nodiscard]] std::string name() const override { return "registered cluster"; }

 private:
  AccessKeySecretSource key_;
};

}  // namespace acr::credentials
