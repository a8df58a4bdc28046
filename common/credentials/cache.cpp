// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/cache.hpp"

#include "common/alibaba/errors.hpp"
#include "common/base/log.hpp"

namespace acr::credentials {
namespace {

/// How long a source is left alone after it gave nothing better than what is kept.
constexpr std::chrono::seconds kQuiet{30};

}  // namespace

CredentialCache::CredentialCache(const async::Executor& executor, CredentialSource& source,
                                 std::function<WallTime()> now)
    : source_(source), now_(std::move(now)), changed_(executor) {}

bool CredentialCache::lives(std::chrono::milliseconds at_least) const {
  return kept_ && (!kept_->expires || *kept_->expires - now_() > at_least);
}

async::awaitable<Result<alibaba::RamCredentials>> CredentialCache::get(std::chrono::milliseconds at_least,
                                                                       async::Deadline deadline) {
  const bool changed = source_.has_changed();
  const bool quiet = async::deadline_in({}) < quiet_until_;
  if (!changed && lives(quiet ? std::chrono::milliseconds{0} : at_least)) co_return *kept_;
  if (fetching_) {
    while (fetching_ && async::deadline_in({}) < deadline) co_await changed_.wait_until(deadline);
    if (fetching_) co_return fail(ErrorKind::Timeout, "cannot obtain RAM credentials: no answer within the deadline");
  } else {
    co_await fetch(deadline);
  }
  if (!lives(at_least)) quiet_until_ = async::deadline_in(kQuiet);
  if (lives({})) co_return *kept_;
  if (last_error_) co_return fail(*last_error_);
  co_return fail(
      with_advice({.kind = ErrorKind::Unavailable,
                   .message = "cannot use the RAM credentials of " + source_.name() + ": they have expired already"},
                  "check the clock of this node"));
}

async::awaitable<void> CredentialCache::fetch(async::Deadline deadline) {
  // Also when the task is cancelled half-way, those who wait must not wait for ever.
  struct Flight {
    explicit Flight(CredentialCache& owner) : cache(owner) { cache.fetching_ = true; }
    Flight(const Flight&) = delete;
    Flight& operator=(const Flight&) = delete;
    ~Flight() {
      cache.fetching_ = false;
      cache.changed_.notify_all();
    }
    CredentialCache& cache;
  };
  last_error_ =
      Error{.kind = ErrorKind::Unavailable, .message = "cannot obtain RAM credentials: the attempt was given up"};
  const Flight flight(*this);
  auto fetched = co_await source_.fetch(deadline);
  if (fetched) {
    kept_ = std::move(*fetched);
    kept_->account = source_.accounts().back();
    last_error_.reset();
  } else {
    last_error_ = std::move(fetched.error());
    if (lives({}))
      log::warn("RAM credentials could not be renewed; the present ones are used until they end",
                {log::kv("error", last_error_->message)});
  }
}

bool CredentialCache::may_give_another(const Error& error) const {
  const auto failure = alibaba::class_of(error);
  return failure == alibaba::FailureClass::NewCredential ||
         (failure == alibaba::FailureClass::UserMustAct && source_.is_long_term());
}

void CredentialCache::invalidate(const alibaba::RamCredentials& refused) {
  if (kept_ && alibaba::is_same_key(*kept_, refused)) kept_.reset();
}

}  // namespace acr::credentials
