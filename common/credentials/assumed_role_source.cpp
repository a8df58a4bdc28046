// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/assumed_role_source.hpp"

#include <fmt/format.h>

namespace acr::credentials {
namespace {

/// What a base credential must still live: long enough for the call and a repetition.
constexpr std::chrono::minutes kBaseLife{5};

}  // namespace

AssumedRoleSource::AssumedRoleSource(alibaba::OpenApi& openapi, std::string region_id, RoleSession session,
                                     std::shared_ptr<CredentialCache> base)
    : openapi_(openapi), region_id_(std::move(region_id)), session_(std::move(session)), base_(std::move(base)) {}

async::awaitable<Result<alibaba::RamCredentials>> AssumedRoleSource::fetch(async::Deadline deadline) {
  const auto context = fmt::format("cannot assume role {} (assumeRoleARN)", session_.request().role_arn);
  const auto caller = co_await base_->get(kBaseLife, deadline);
  lacks_base_ = !caller;
  if (!caller) co_return fail(with_context(caller.error(), context));
  auto assumed = co_await assume(*caller, deadline);
  if (!assumed && co_await base_->give_up(*caller, assumed.error(), deadline)) {
    const auto renewed = co_await base_->get(kBaseLife, deadline);
    if (renewed && !alibaba::is_same_key(*renewed, *caller)) assumed = co_await assume(*renewed, deadline);
  }
  if (!assumed) co_return fail(with_context(assumed.error(), fmt::format("{} as {}", context, caller->source)));
  co_return assumed;
}

async::awaitable<Result<alibaba::RamCredentials>> AssumedRoleSource::assume(alibaba::RamCredentials caller,
                                                                            async::Deadline deadline) {
  used_ = caller;
  const auto region = choose_sts_region(openapi_, region_id_);
  auto assumed = co_await alibaba::fetch_assumed_role(openapi_, region, session_.request(), caller, deadline);
  if (assumed || !session_.shorten(assumed.error())) co_return assumed;
  co_return co_await alibaba::fetch_assumed_role(openapi_, region, session_.request(), caller, deadline);
}

bool AssumedRoleSource::has_changed() const {
  return base_->source().has_changed() || (lacks_base_ && base_->has_any());
}

async::awaitable<bool> AssumedRoleSource::look_for_new_key(async::Deadline deadline) {
  if (used_ && base_->holds_other_than(*used_)) co_return true;
  co_return co_await base_->look_for_new_key(deadline);
}

std::string AssumedRoleSource::warning() const {
  return session_.warning().empty() ? base_->source().warning() : session_.warning();
}

std::vector<std::string> AssumedRoleSource::chain() const {
  auto chain = base_->source().chain();
  chain.push_back(session_.request().role_arn);
  return chain;
}

std::vector<std::string> AssumedRoleSource::accounts() const {
  auto accounts = base_->source().accounts();
  auto own = alibaba::account_of_arn(session_.request().role_arn);
  if (accounts.back() != own) accounts.push_back(std::move(own));
  return accounts;
}

std::string AssumedRoleSource::name() const {
  return fmt::format("role {} by {}", session_.request().role_arn, base_->source().name());
}

}  // namespace acr::credentials
