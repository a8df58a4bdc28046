// SPDX-License-Identifier: Apache-2.0
// The managed role: ACK renews an addon token in a Secret that is mounted into the pod.
#pragma once

#include "common/alibaba/cloud_clock.hpp"
#include "common/credentials/source.hpp"
#include "common/credentials/watched_file.hpp"

namespace acr::credentials {

inline constexpr std::string_view kAddonTokenFile = "/var/addon/token-config";

class ManagedRoleSource final : public CredentialSource {
 public:
  /// A token that has expired is not used, once the cloud has told its time.
  ManagedRoleSource(std::string token_file, alibaba::CloudTime time);
  /// NotFound if the file is absent or may not be read; Unauthenticated if its token has expired; never Unavailable,
  /// since a file that is there is not passed over.
  async::awaitable<Result<alibaba::RamCredentials>> fetch(async::Deadline deadline) override;
  [[nodiscard]] bool has_changed() const override { return file_.has_changed(); }
  [[nodiscard]] std::string name() const override { return "managed role"; }

 private:
  WatchedFile file_;
  alibaba::CloudTime time_;
};

}  // namespace acr::credentials
