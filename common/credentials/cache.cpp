// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/cache.hpp"

#include "common/alibaba/errors.hpp"
#include "common/base/log.hpp"

namespace acr::credentials {
namespace {

/// How long a source is left alone after it gave nothing better than what is kept.
constexpr std::chrono::seconds kQuiet{30};

}  // namespace

CredentialCache::CredentialCache(const async::Executor& executor, CredentialSource& source, alibaba::CloudTime time,
                                 RetryPolicy retry)
    : source_(source), time_(std::move(time)), retry_(retry), changed_(executor) {}

bool CredentialCache::lives(std::chrono::milliseconds at_least) const {
  return kept_ && (!kept_->expires || *kept_->expires - time_.now() > at_least);
}

bool CredentialCache::has_any() const {
  return kept_ && (lives({}) || !time_.is_known());
}

async::awaitable<Result<alibaba::RamCredentials>> CredentialCache::get(std::chrono::milliseconds at_least,
                                                                       async::Deadline deadline) {
  const bool changed = source_.has_changed();
  const auto present = async::deadline_in({});
  const bool quiet = present < quiet_until_ || present < failed_until_;
  if (!changed && (quiet ? has_any() : lives(at_least))) co_return *kept_;
  if (!changed && last_error_ && present < failed_until_) co_return fail(*last_error_);
  if (fetching_) {
    while (fetching_ && async::deadline_in({}) < deadline) co_await changed_.wait_until(deadline);
    if (fetching_) co_return fail(ErrorKind::Timeout, "cannot obtain RAM credentials: no answer within the deadline");
  } else {
    co_await fetch(deadline);
  }
  if (!lives(at_least)) quiet_until_ = async::deadline_in(kQuiet);
  if (has_any()) co_return *kept_;
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
  failed_until_ = {};
  last_error_ =
      Error{.kind = ErrorKind::Unavailable, .message = "cannot obtain RAM credentials: the attempt was given up"};
  const Flight flight(*this);
  auto fetched = co_await source_.fetch(deadline);
  if (fetched) {
    kept_ = std::move(*fetched);
    kept_->account = source_.accounts().back();
    last_error_.reset();
    if (std::exchange(has_failed_, false) && on_recovery_) on_recovery_();
  } else {
    has_failed_ = true;
    last_error_ = std::move(fetched.error());
    failed_until_ = async::deadline_in(next_try(retry_, *last_error_, 1, 0, source_.is_long_term()));
    if (has_any())
      log::warn("RAM credentials could not be renewed; the present ones are used until they end",
                {log::kv("error", last_error_->message)});
  }
}

async::awaitable<bool> CredentialCache::give_up(alibaba::RamCredentials refused, Error error,
                                                async::Deadline deadline) {
  const auto failure = alibaba::class_of(error);
  const bool is_dead = failure == alibaba::FailureClass::NewCredential;
  if (!is_dead && (failure != alibaba::FailureClass::UserMustAct || !source_.is_long_term())) co_return false;
  if (holds_other_than(refused)) co_return true;
  if (!is_dead) co_return co_await look_for_new_key(deadline);
  kept_.reset();
  co_return true;
}

async::awaitable<bool> CredentialCache::look_for_new_key(async::Deadline deadline) {
  if (!co_await source_.look_for_new_key(deadline)) co_return false;
  kept_.reset();
  forget_failure();
  co_return true;
}

}  // namespace acr::credentials
