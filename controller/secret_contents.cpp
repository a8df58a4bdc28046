// SPDX-License-Identifier: Apache-2.0
#include "controller/secret_contents.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/log.hpp"
#include "common/pullsecret/entry_ends.hpp"
#include "common/pullsecret/kept_entries.hpp"
#include "common/pullsecret/read_back.hpp"

namespace acr::controller {
namespace {

using Kind = pullsecret::SecretAction::Kind;

constexpr std::size_t kRememberedContents = 3;
/// The time at which a login ends is looked at again so often: the cloud may correct the clock.
constexpr std::chrono::minutes kLookEvery{1};
constexpr std::chrono::milliseconds kSoon{1};

}  // namespace

SecretContents::SecretContents(Writer writer, std::string secret_name)
    : writer_(writer),
      nothing_(pullsecret::build_wanted_secret(std::move(secret_name), pullsecret::build_docker_config({}, {}), {})) {}

void SecretContents::begin_term() {
  wanted_.reset();
  published_.clear();
  awaited_ = {.tried = false};
  mixtures_.clear();
}

void SecretContents::publish(pullsecret::WantedSecret wanted) {
  if (wanted_) {
    published_.push_back(wanted_->digest);
    if (published_.size() > kRememberedContents) published_.pop_front();
  }
  wanted_ = std::move(wanted);
}

bool SecretContents::was_published(const std::string& digest) const {
  return std::ranges::find(published_, digest) != published_.end();
}

bool SecretContents::set_awaited(AwaitedLogins awaited) {
  std::ranges::sort(awaited.hosts);
  if (awaited == awaited_) return false;
  awaited_ = std::move(awaited);
  if (awaited_.tried && (awaited_.any_host || !awaited_.hosts.empty())) {
    log::warn("pull secrets keep the entries of instances that got no login since the start, until these end",
              {log::kv("hosts", awaited_.any_host ? std::string("all that no other instance has")
                                                  : fmt::format("{}", fmt::join(awaited_.hosts, ",")))});
  }
  return awaited_.tried;
}

/// nullptr = what stands there stays as it is.
const pullsecret::WantedSecret* SecretContents::wanted_for(const kube::SecretInfo* secret) const {
  if (wanted_) return &*wanted_;
  return awaited_.tried && secret != nullptr && has_ended(*secret, now_()) ? &nothing_ : nullptr;
}

SecretPlan SecretContents::plan(const Rules& rules, const std::string& name, const kube::NamespaceInfo* namespace_info,
                                const kube::SecretInfo* secret, std::size_t bound_accounts) {
  const auto found = mixtures_.find(name);
  const auto* mixture = found != mixtures_.end() && secret != nullptr && found->second.digest == secret->digest
                            ? &found->second
                            : nullptr;
  // When its entries end is not what somebody has written there since.
  std::optional<kube::SecretInfo> as_written;
  if (mixture != nullptr && pullsecret::read_end_marks(*secret) != mixture->end_marks) {
    as_written = *secret;
    pullsecret::set_end_marks(*as_written, mixture->end_marks);
    secret = &*as_written;
  }
  const auto* wanted = wanted_for(secret);
  auto plan = plan_namespace(rules, namespace_info, secret, wanted, bound_accounts);
  // Of the same content nothing else than these can be kept.
  const bool is_mixed = mixture != nullptr && !plan.keep.empty() && plan.keep.size() == mixture->kept &&
                        wanted->digest == mixture->wanted_digest && wanted->end_marks == mixture->wanted_end_marks;
  if (is_mixed && !as_written) plan.write = pullsecret::SecretAction{};
  plan.undone = is_mixed && as_written;
  if (plan.keep.empty() && !as_written) mixtures_.erase(name);
  return plan;
}

async::awaitable<Result<pullsecret::WantedSecret>> SecretContents::build(std::optional<kube::SecretInfo> secret,
                                                                         SecretPlan plan) {
  // Without any login only a Secret that has ended is written.
  auto wanted = wanted_ ? *wanted_ : nothing_;
  if (!wanted_ && secret) wanted.refreshed_at = pullsecret::read_refreshed_at(*secret).value_or(WallTime{});
  if (plan.keep.empty()) co_return wanted;
  const auto content = co_await fetch_docker_config(writer_, *secret);
  if (!content) co_return fail(content.error());
  auto mixed = pullsecret::keep_entries(wanted, *content, plan.keep, now_());
  if (auto good = pullsecret::read_back(mixed); !good) co_return fail(std::move(good.error()));
  const auto is_own = [&](const std::string& host) { return !std::ranges::binary_search(wanted.hosts, host); };
  mixtures_.insert_or_assign(secret->key.namespace_,
                             Mixture{.digest = mixed.digest,
                                     .wanted_digest = wanted.digest,
                                     .end_marks = mixed.end_marks,
                                     .wanted_end_marks = wanted.end_marks,
                                     .kept = static_cast<std::size_t>(std::ranges::count_if(mixed.hosts, is_own))});
  co_return mixed;
}

Outcome SecretContents::wait_for(const SecretPlan& plan) const {
  if (!plan.look_again) return done();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*plan.look_again - now_());
  // What is kept has ended while the namespace was worked on: the next plan leaves it out.
  if (left <= kSoon && !plan.keep.empty()) return look_again_in(kSoon);
  if (left <= std::chrono::milliseconds{0}) return done();
  return look_again_in(std::min<std::chrono::milliseconds>(left, kLookEvery));
}

}  // namespace acr::controller
