// SPDX-License-Identifier: Apache-2.0
// Keeps the webhook's certificate authority in its Secret: makes it, replaces what is damaged, rotates it in time
// (CRT-1 to CRT-6).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "certs/rotation.hpp"
#include "common/base/metrics.hpp"
#include "controller/apply.hpp"
#include "controller/options.hpp"
#include "controller/outcome.hpp"

namespace acr::controller {

class AuthorityKeeper {
 public:
  using WallClock = std::function<WallTime()>;
  /// The writer's references, `metrics` and `options` must outlive it.
  AuthorityKeeper(Writer writer, Metrics& metrics, const Options& options,
                  WallClock clock = std::chrono::system_clock::now);

  /// What the CA Secret holds; nullopt if it is absent or unreadable.
  [[nodiscard]] std::optional<certs::AuthoritySet> current() const;

  /// One step towards a good CA, if one is due.
  async::awaitable<Outcome> reconcile();

 private:
  void note_publication(const std::optional<certs::AuthoritySet>& set, WallTime now);
  async::awaitable<Result<void>> write(certs::AuthoritySet set);

  /// Why what stands there cannot be read; empty if it can, or nothing does.
  [[nodiscard]] std::string complaint() const;

  Writer writer_;
  WallClock clock_;
  bool is_published_ = true;  ///< API servers get our own CA, not the user's
  prometheus::Gauge& mismatch_;
  certs::HostNames names_;
  std::string noted_bundle_;
  std::optional<WallTime> published_since_;
};

/// The names that the webhook's certificate is for: its Service, or the host of --webhook-url.
certs::HostNames webhook_names(const Options& options);

}  // namespace acr::controller
