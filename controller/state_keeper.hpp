// SPDX-License-Identifier: Apache-2.0
// Keeps the state Secret: the accepted configuration text and the logins, from which a restart or another leader goes
// on.
#pragma once

#include "common/credentials/refresher.hpp"
#include "controller/apply.hpp"
#include "controller/configuration.hpp"
#include "controller/outcome.hpp"

namespace acr::controller {

class StateKeeper {
 public:
  /// All references must outlive it.
  StateKeeper(Writer writer, Configuration& configuration, credentials::Refresher& refresher)
      : writer_(writer), configuration_(configuration), refresher_(refresher) {}

  /// The logins that an earlier process left; damaged ones are logged and dropped.
  [[nodiscard]] std::vector<credentials::RegistryLogin> stored_logins() const;

  /// Writes the Secret if it differs from what is known now.
  async::awaitable<Outcome> reconcile();

 private:
  Writer writer_;
  Configuration& configuration_;
  credentials::Refresher& refresher_;
};

}  // namespace acr::controller
