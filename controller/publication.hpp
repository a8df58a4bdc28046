// SPDX-License-Identifier: Apache-2.0
// When the logins at hand become the content of the pull Secrets. Pure.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/credentials/registry_login.hpp"
#include "common/credentials/renewal.hpp"

namespace acr::controller {

/// Follows the logins that are good now and says when to publish them: renewed ones are collected for a while so that
/// many instances cause few writes (design section 5), new and vanished ones for seconds. One that has ended is taken
/// out at once.
class Publication {
 public:
  using Logins = std::vector<credentials::RegistryLogin>;

  /// Notes the logins that are good at `now`, in configuration order.
  void observe(Logins present, WallTime now);

  /// When the observed logins are to be published; nullopt if they already are.
  [[nodiscard]] std::optional<WallTime> due(std::chrono::milliseconds threshold, WallTime now) const;

  /// Takes the observed logins as published at `now` and returns them.
  const Logins& publish(WallTime now);

  /// Somebody has edited the configuration, and looks for what comes of it.
  void note_edit();

  /// A state with logins was found, all of which may have expired since: from now on "none" is knowledge too.
  void mark_known() { known_ = true; }

 private:
  [[nodiscard]] std::chrono::milliseconds newcomers_wait(WallTime now) const;
  [[nodiscard]] const credentials::RegistryLogin* published(const std::string& instance_key) const;

  Logins present_;
  Logins published_;
  std::map<std::string, WallTime> arrived_;   ///< of present logins that are not published
  std::map<std::string, WallTime> vanished_;  ///< of published logins that are not present
  std::vector<WallTime> publishings_;         ///< within the last life of a login
  bool known_ = false;
  bool reordered_ = false;
  bool ever_published_ = false;
};

}  // namespace acr::controller
