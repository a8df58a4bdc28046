// SPDX-License-Identifier: Apache-2.0
// How the policy takes the webhook's place (`mode: policy`) and gives it back.
#include "common/config/admission_scope.hpp"
#include "controller/registration_keeper.hpp"

namespace acr::controller {
namespace {

/// The policy is watched by nobody, since most API servers have none: it is looked at so often.
constexpr std::chrono::seconds kLookEvery{5};

std::chrono::milliseconds until(async::Deadline moment) {
  return std::chrono::ceil<std::chrono::milliseconds>(moment - async::Clock::now()) + std::chrono::milliseconds{1};
}

}  // namespace

bool RegistrationKeeper::wants_policy() const {
  return parts_.configuration.in_force()->settings.webhook.mode == config::WebhookMode::Policy;
}

async::awaitable<Result<void>> RegistrationKeeper::bring_policy() {
  if (!wants_binding() || !wants_policy()) {
    policy_serves_ = false;
    co_return Result<void>{};
  }
  const auto& common = parts_.options.common;
  const auto& settings = parts_.configuration.in_force()->settings;
  auto selectors = config::build_policy_selectors(settings, common.own_namespace, common.secret_name, username_);
  const auto serves = co_await policy_.bring({.own_namespace = common.own_namespace,
                                              .secret_name = common.secret_name,
                                              .binding_mode = settings.binding_mode,
                                              .failure_policy = settings.webhook.failure_policy,
                                              .namespace_selector_json = std::move(selectors.namespace_selector_json),
                                              .object_selector_json = std::move(selectors.object_selector_json),
                                              .match_conditions_json = std::move(selectors.match_conditions_json)});
  if (!serves) co_return fail(serves.error());
  policy_serves_ = *serves;
  co_return Result<void>{};
}

async::awaitable<Outcome> RegistrationKeeper::retire_policy() {
  const auto now = async::Clock::now();
  if (!is_registered(RegistrationKind::Mutating)) {
    registered_since_.reset();
  } else if (!registered_since_) {
    registered_since_ = now;
  }
  if (wants_binding() && wants_policy() && policy_serves_ != false) {
    const auto in_force_at = policy_.in_force_at();
    co_return look_again_in(in_force_at && now < *in_force_at ? until(*in_force_at) : kLookEvery);
  }
  if (!policy_.may_stand()) co_return done();
  if (!wants_binding()) {
    if (!parts_.configuration.in_force()->removals_allowed) co_return done();
  } else {
    if (!registered_since_) co_return done();  // it goes when the webhook has come
    if (const auto settled = *registered_since_ + PolicyKeeper::kSettles; now < settled)
      co_return look_again_in(until(settled));
  }
  const auto removed = co_await policy_.remove();
  if (!removed) co_return fail(removed.error());
  co_return done();
}

}  // namespace acr::controller
