// SPDX-License-Identifier: Apache-2.0
// Keeps RAM credentials until shortly before they end, and asks their source once however many need them.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "common/async/notifier.hpp"
#include "common/credentials/source.hpp"

namespace acr::credentials {

class CredentialCache {
 public:
  /// `source` must outlive it. `now` is the cloud's time.
  CredentialCache(const async::Executor& executor, CredentialSource& source, std::function<WallTime()> now);

  /// Credentials that live at least `at_least` longer, fetched if the kept ones do not or the source has changed. If
  /// the source gives none or only shorter ones, those that are still valid are used, and the source is left alone for
  /// 30 s.
  async::awaitable<Result<alibaba::RamCredentials>> get(std::chrono::milliseconds at_least, async::Deadline deadline);

  /// Called when the cloud has refused credentials of get() with `error`: true if it is worth to get() others. Those
  /// that are of no use to anybody are dropped; of many callers refused together only the first causes a fetch. Where
  /// the user must act they are good for others of the same identity, and dropped only if their access key was
  /// replaced.
  async::awaitable<bool> give_up(alibaba::RamCredentials refused, Error error, async::Deadline deadline);

  /// As CredentialSource::look_for_new_key(); then the next get() fetches.
  async::awaitable<bool> look_for_new_key(async::Deadline deadline);
  [[nodiscard]] bool holds_other_than(const alibaba::RamCredentials& used) const {
    return kept_ && !alibaba::is_same_key(*kept_, used);
  }

  [[nodiscard]] const CredentialSource& source() const { return source_; }

 private:
  [[nodiscard]] bool lives(std::chrono::milliseconds at_least) const;
  async::awaitable<void> fetch(async::Deadline deadline);

  CredentialSource& source_;
  std::function<WallTime()> now_;
  async::Notifier changed_;
  std::optional<alibaba::RamCredentials> kept_;
  std::optional<Error> last_error_;
  async::Deadline quiet_until_{};
  bool fetching_ = false;
};

}  // namespace acr::credentials
