// SPDX-License-Identifier: Apache-2.0
// Keeps RAM credentials until shortly before they end, and asks their source once however many need them.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "common/alibaba/cloud_clock.hpp"
#include "common/async/notifier.hpp"
#include "common/credentials/renewal.hpp"
#include "common/credentials/source.hpp"

namespace acr::credentials {

class CredentialCache {
 public:
  /// `source` must outlive it.
  CredentialCache(const async::Executor& executor, CredentialSource& source, alibaba::CloudTime time,
                  RetryPolicy retry = {});

  /// Credentials that live at least `at_least` longer, fetched if the kept ones do not or the source has changed. If
  /// the source gives none or only shorter ones, those that are still valid are used, and the source is left alone for
  /// 30 s. Until the cloud has told its time, credentials that seem to have ended are used too: it judges.
  /// A failure of the source is everybody's, for as long as one instance would wait before its next try: nobody asks
  /// meanwhile unless the source has changed, or forget_failure() was called.
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

  /// Somebody has acted: the next get() may ask a source that has failed.
  void forget_failure() {
    failed_until_ = {};
    source_.forget_failure();
  }
  /// Called when a fetch() succeeds after one that failed. Must not wait.
  void on_recovery(std::function<void()> callback) { on_recovery_ = std::move(callback); }
  /// Of the last fetch(); nullopt if that was a success.
  [[nodiscard]] const std::optional<Error>& last_error() const { return last_error_; }
  /// Are there credentials that may be used?
  [[nodiscard]] bool has_any() const;

  [[nodiscard]] const CredentialSource& source() const { return source_; }

 private:
  [[nodiscard]] bool lives(std::chrono::milliseconds at_least) const;
  async::awaitable<void> fetch(async::Deadline deadline);

  CredentialSource& source_;
  alibaba::CloudTime time_;
  RetryPolicy retry_;
  std::function<void()> on_recovery_;
  async::Notifier changed_;
  std::optional<alibaba::RamCredentials> kept_;
  std::optional<Error> last_error_;
  async::Deadline quiet_until_{};
  async::Deadline failed_until_{};  ///< the last error stands in for the source's answer
  bool has_failed_ = false;
  bool fetching_ = false;
};

}  // namespace acr::credentials
