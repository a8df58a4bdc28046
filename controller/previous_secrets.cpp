// SPDX-License-Identifier: Apache-2.0
#include "controller/previous_secrets.hpp"

#include <algorithm>

#include "common/base/log.hpp"
#include "common/kube/fetch.hpp"
#include "common/pullsecret/binding.hpp"

namespace acr::controller {
namespace {

constexpr std::chrono::seconds kCallLimit{30};

kube::CallOptions call_options() {
  return {.deadline = async::deadline_in(kCallLimit), .priority = async::Priority::Backfill};
}

}  // namespace

async::awaitable<Result<void>> PreviousSecrets::apply_removal(std::string namespace_name) {
  if (names_.empty() || clean_.contains(namespace_name)) co_return Result<void>{};
  bool is_clean = true;
  const auto names = names_;
  for (const auto& name : names) {
    const auto gone = co_await remove_one({namespace_name, name});
    if (!gone) co_return fail(gone.error());
    is_clean = is_clean && *gone;
  }
  if (is_clean) clean_.insert(namespace_name);
  co_return Result<void>{};
}

/// true = there is nothing of ours under that name, now or from now on.
async::awaitable<Result<bool>> PreviousSecrets::remove_one(kube::ObjectKey key) {
  const auto secret = co_await kube::fetch_object<kube::SecretInfo>(writer_.api, kube::kSecrets, key, call_options());
  if (!secret && secret.error().kind == ErrorKind::NotFound) co_return true;
  if (!secret && secret.error().kind == ErrorKind::Denied) {
    log::error("pull secrets of an earlier name stay: grant get and delete of secrets of that name",
               {log::kv("name", key.name), log::kv("error", secret.error().message)});
    co_return true;
  }
  if (!secret) co_return fail(secret.error());
  if (!secret->managed) co_return true;
  // Asked for afresh: an absence in a cache that holds only some ServiceAccounts would prove nothing (LW-22).
  const auto accounts = co_await kube::fetch_list<kube::ServiceAccountInfo>(
      writer_.api, {.resource = kube::kServiceAccounts, .namespace_ = key.namespace_}, "", call_options());
  if (!accounts) co_return fail(accounts.error());
  const bool is_listed = std::ranges::any_of(accounts->items, [&key](const kube::ServiceAccountInfo& account) {
    return pullsecret::is_bound(account.image_pull_secrets, key.name);
  });
  if (is_listed) co_return false;
  const auto removed = co_await apply_secret_removal(writer_, *secret);
  if (!removed) co_return fail(removed.error());
  log::info("pull secret of an earlier name deleted", {log::kv("secret", kube::to_string(key))});
  co_return true;
}

}  // namespace acr::controller
