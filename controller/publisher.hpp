// SPDX-License-Identifier: Apache-2.0
// Turns the refresher's logins into the content of all pull Secrets, at the moments that Publication chooses.
#pragma once

#include "common/credentials/refresher.hpp"
#include "controller/publication.hpp"
#include "controller/reconciler.hpp"

namespace acr::controller {

class Publisher {
 public:
  /// All references must outlive it.
  Publisher(const Options& options, Configuration& configuration, credentials::Refresher& refresher,
            Reconciler& reconciler)
      : options_(options), configuration_(configuration), refresher_(refresher), reconciler_(reconciler) {}

  /// A new term of leadership: what was published in an earlier one says nothing any more.
  void begin_term();

  /// A state with logins was found: that all of them have expired is knowledge too.
  void mark_known() { publication_.mark_known(); }

  /// Runs while this process leads, until cancelled.
  async::awaitable<void> run();

 private:
  void publish(WallTime now);
  [[nodiscard]] bool logins_complete() const;

  const Options& options_;
  Configuration& configuration_;
  credentials::Refresher& refresher_;
  Reconciler& reconciler_;
  Publication publication_;
  async::Deadline term_began_{};
};

}  // namespace acr::controller
