// SPDX-License-Identifier: Apache-2.0
// The managed role: ACK renews an addon token in a Secret that is mounted into the pod.
#pragma once

#include <functional>

#include "common/credentials/source.hpp"
#include "common/credentials/watched_file.hpp"

namespace acr::credentials {

inline constexpr std::string_view kAddonTokenFile = "/var/addon/token-config";

class ManagedRoleSource final : public CredentialSource {
 public:
  /// `now` is the cloud's time: a token that has expired by it is not used.
  ManagedRoleSource(std::string token_file, std::function<WallTime()> now);
  /// NotFound if the file is absent or may not be read; Unauthenticated if its token has expired; never Unavailable,
  /// since a file that is there is not passed over.
  async::awaitable<Result<alibaba::RamCredentials>> fetch(async::Deadline deadline) override;
  [[nodiscard]] bool has_changed() const override { return file_.has_changed(); }
  [[nodiscard]] std::string name() const override { return "managed role"; }

 private:
  WatchedFile file_;
  std::function<WallTime()> now_;
};

}  // namespace acr::credentials
