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

  /// May a fetch give another credential than the one that the cloud has refused with `error`? Also where the user must
  /// act, if it is an access key: acting may mean that the key was replaced where it is read from.
  [[nodiscard]] bool may_give_another(const Error& error) const;

  /// Drops the kept credentials if they are still `refused`: of many callers refused together only the first causes a
  /// fetch.
  void invalidate(const alibaba::RamCredentials& refused);

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
