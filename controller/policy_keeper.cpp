// SPDX-License-Identifier: Apache-2.0
#include "controller/policy_keeper.hpp"

#include <fmt/format.h>

#include "common/base/log.hpp"
#include "common/kube/requests.hpp"
#include "controller/configuration.hpp"
#include "controller/registration/registration.hpp"

namespace acr::controller {
namespace {

constexpr std::chrono::seconds kCallLimit{15};
/// An API server may be upgraded while we run.
constexpr std::chrono::seconds kApiLife{60};
/// The binding first when they go, last when they come: a policy without one does nothing.
constexpr PolicyKind kInOrder[] = {PolicyKind::Policy, PolicyKind::Binding};

kube::CallOptions call_options() {
  return {.deadline = async::deadline_in(kCallLimit), .priority = async::Priority::NewServiceAccount};
}

async::awaitable<Result<PolicyApi>> fetch_policy_api(kube::ApiClient& client) {
  for (const auto api : {PolicyApi::V1, PolicyApi::V1Beta1}) {
    const auto prefix = resource_of(PolicyKind::Policy, api).api_prefix;
    const auto answer = co_await client.send(
        {.target = std::string(prefix), .headers = {{"Accept", "application/json"}}}, call_options());
    if (answer && serves_policies(answer->body)) co_return api;
    if (!answer && answer.error().kind != ErrorKind::NotFound)
      co_return fail(with_context(answer.error(), "cannot learn whether there are MutatingAdmissionPolicies"));
  }
  co_return PolicyApi::None;
}

async::awaitable<Result<std::string>> fetch_policy(kube::ApiClient& client, PolicyKind kind, PolicyApi api) {
  const auto answer =
      co_await client.send(kube::build_get_request(resource_of(kind, api), {"", kRegistrationName}), call_options());
  if (answer) co_return answer->body;
  if (answer.error().kind == ErrorKind::NotFound) co_return std::string{};
  co_return fail(answer.error());
}

}  // namespace

void PolicyKeeper::begin_term() {
  api_good_until_ = {};
  in_force_at_.reset();
  may_stand_ = true;
}

async::awaitable<Result<PolicyApi>> PolicyKeeper::find_api() {
  if (async::Clock::now() < api_good_until_) co_return api_;
  const auto found = co_await fetch_policy_api(writer_.api);
  if (!found) co_return fail(found.error());
  api_ = *found;
  api_good_until_ = async::deadline_in(kApiLife);
  co_return api_;
}

async::awaitable<Result<bool>> PolicyKeeper::bring(PolicyInputs inputs) {
  inputs.own_namespace = own_namespace_;
  const auto api = co_await find_api();
  if (!api) co_return fail(api.error());
  if (*api == PolicyApi::None) {
    tell_unusable(
        "this API server has no MutatingAdmissionPolicies: they are there from Kubernetes 1.36 on, and from "
        "1.34 where the beta API is switched on");
    co_return false;
  }
  for (const auto kind : kInOrder) {
    const auto brought = co_await bring_one(kind, *api, inputs);
    if (brought) continue;
    in_force_at_.reset();
    const auto why = brought.error().kind;
    if (why != ErrorKind::Denied && why != ErrorKind::Invalid) co_return fail(brought.error());
    tell_unusable(brought.error().message);
    co_return false;
  }
  told_.clear();
  if (!in_force_at_) in_force_at_ = async::deadline_in(kSettles);
  co_return true;
}

async::awaitable<Result<void>> PolicyKeeper::bring_one(PolicyKind kind, PolicyApi api, const PolicyInputs& inputs) {
  const auto current = co_await fetch_policy(writer_.api, kind, api);
  if (!current) co_return fail(current.error());
  auto action = plan_policy(kind, api, *current, inputs);
  if (action.step == PolicyStep::None) co_return Result<void>{};
  if (action.step == PolicyStep::Refuse) co_return fail(ErrorKind::Invalid, action.reason);
  if (writer_.dry_run) {
    log::info("would write the admission policy", {log::kv("kind", to_string(kind)), log::kv("reason", action.reason)});
    co_return Result<void>{};
  }
  may_stand_ = true;
  if (action.step == PolicyStep::Create) in_force_at_.reset();
  auto request =
      action.step == PolicyStep::Create
          ? build_apply_policy_request(kind, api, std::move(action.body))
          : kube::build_merge_patch_request(resource_of(kind, api), {"", kRegistrationName}, std::move(action.body));
  const auto written = co_await writer_.api.send(std::move(request), call_options());
  if (!written) co_return fail(written.error());
  log::info("admission policy written", {log::kv("kind", to_string(kind)), log::kv("reason", action.reason)});
  if (action.step == PolicyStep::Create && kind == PolicyKind::Binding) {
    events_.emit({.regarding = config_map_reference(writer_.cache),
                  .reason = "WebhookRegistered",
                  .action = "Register",
                  .note = fmt::format("MutatingAdmissionPolicy {} and its binding stand, with failurePolicy {}",
                                      kRegistrationName, config::to_string(inputs.failure_policy))});
  }
  co_return Result<void>{};
}

void PolicyKeeper::tell_unusable(const std::string& reason) {
  if (std::exchange(told_, reason) == reason) return;
  const auto note = fmt::format("mode: policy cannot be had, the webhook stays in its place: {}", reason);
  log::warn("no admission policy", {log::kv("reason", note)});
  events_.emit({.regarding = config_map_reference(writer_.cache),
                .severity = kube::Severity::Warning,
                .reason = "PolicyUnavailable",
                .action = "Register",
                .note = note});
}

async::awaitable<Result<void>> PolicyKeeper::remove() {
  in_force_at_.reset();
  if (!may_stand_) co_return Result<void>{};
  const auto removed = co_await apply_policy_removal(writer_.api, own_namespace_, writer_.dry_run);
  // Without the right to look, as under manifests of an older version, we have never written any.
  if (!removed && removed.error().kind != ErrorKind::Denied) co_return fail(removed.error());
  may_stand_ = false;
  co_return Result<void>{};
}

async::awaitable<Result<std::size_t>> apply_policy_removal(kube::ApiClient& api, std::string own_namespace,
                                                           bool dry_run) {
  const auto served = co_await fetch_policy_api(api);
  if (!served) co_return fail(served.error());
  std::size_t count = 0;
  if (*served == PolicyApi::None) co_return count;
  for (const auto kind : {PolicyKind::Binding, PolicyKind::Policy}) {
    const auto current = co_await fetch_policy(api, kind, *served);
    if (!current) co_return fail(current.error());
    if (current->empty() || !is_own_policy(*current, own_namespace)) continue;
    ++count;
    if (dry_run) {
      log::info("would delete the admission policy", {log::kv("kind", to_string(kind))});
      continue;
    }
    const auto deleted = co_await api.send(
        kube::build_delete_request(resource_of(kind, *served), {"", kRegistrationName}), call_options());
    if (!deleted && deleted.error().kind != ErrorKind::NotFound) co_return fail(deleted.error());
    log::info("admission policy deleted", {log::kv("kind", to_string(kind))});
  }
  co_return count;
}

}  // namespace acr::controller
