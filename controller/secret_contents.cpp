// SPDX-License-Identifier: Apache-2.0
#include "controller/secret_contents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/base/log.hpp"
#include "common/pullsecret/kept_entries.hpp"
#include "common/pullsecret/read_back.hpp"

namespace acr::controller {
namespace {

using Kind = pullsecret::SecretAction::Kind;

constexpr std::size_t kRememberedContents = 3;
/// The time at which a login ends is looked at again so often: the cloud may correct the clock.
constexpr std::chrono::minutes kLookEvery{1};

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

SecretPlan SecretContents::plan(const Rules& rules, const kube::NamespaceInfo* namespace_info,
                                const kube::SecretInfo* secret, std::size_t bound_accounts) {
  const auto* wanted = wanted_for(secret);
  auto plan = plan_namespace(rules, namespace_info, secret, wanted, bound_accounts);
  if (plan.keep.empty()) {
    if (namespace_info != nullptr) mixtures_.erase(namespace_info->name);
    return plan;
  }
  const auto mixture = mixtures_.find(secret->key.namespace_);
  const bool is_mixed = mixture != mixtures_.end() && mixture->second.digest == secret->digest &&
                        mixture->second.wanted_digest == wanted->digest &&
                        std::ranges::equal(mixture->second.kept, plan.keep, {}, {}, &pullsecret::KeptEntry::host);
  if (is_mixed) plan.write = pullsecret::SecretAction{};
  return plan;
}

async::awaitable<Result<pullsecret::WantedSecret>> SecretContents::build(std::optional<kube::SecretInfo> secret,
                                                                         SecretPlan plan) {
  auto wanted = *wanted_for(secret ? &*secret : nullptr);
  if (plan.keep.empty()) co_return wanted;
  const auto content = co_await fetch_docker_config(writer_, *secret);
  if (!content) co_return fail(content.error());
  auto mixed = pullsecret::keep_entries(wanted, *content, plan.keep, now_());
  if (auto good = pullsecret::read_back(mixed); !good) co_return fail(std::move(good.error()));
  Mixture mixture{.digest = mixed.digest, .wanted_digest = wanted.digest, .kept = {}};
  std::ranges::set_difference(mixed.hosts, wanted.hosts, std::back_inserter(mixture.kept));
  mixtures_.insert_or_assign(secret->key.namespace_, std::move(mixture));
  co_return mixed;
}

Outcome SecretContents::wait_for(const SecretPlan& plan) const {
  const auto left = plan.look_again ? std::chrono::ceil<std::chrono::milliseconds>(*plan.look_again - now_())
                                    : std::chrono::milliseconds{0};
  if (left <= std::chrono::milliseconds{0}) return done();
  return look_again_in(std::min<std::chrono::milliseconds>(left, kLookEvery));
}

}  // namespace acr::controller
