// SPDX-License-Identifier: Apache-2.0
#include "controller/cleanup.hpp"

#include "common/async/sleep.hpp"
#include "common/async/task_group.hpp"
#include "common/base/json.hpp"
#include "common/base/log.hpp"
#include "common/kube/fetch.hpp"
#include "common/kube/leader_elector.hpp"
#include "common/kube/writes.hpp"
#include "common/pullsecret/binding.hpp"
#include "controller/cluster_cache.hpp"
#include "controller/policy_keeper.hpp"
#include "controller/registration/registration.hpp"
#include "controller/status.hpp"

namespace acr::controller {
namespace {

constexpr const char* kHolder = "cleanup";
constexpr kube::Resource kRoles{"/apis/rbac.authorization.k8s.io/v1", "roles"};
constexpr kube::Resource kPods{"/api/v1", "pods"};
/// Names of the manifests. The right to take the Lease is in the Role; `helm test` leaves the pod behind.
constexpr const char* kControllerRole = "acr-credential-helper-controller";
constexpr const char* kCheckPod = "acr-check-credentials";
constexpr std::chrono::seconds kHold{60};
constexpr std::chrono::seconds kCallLimit{60};
/// A leader notices within its renewal period of 2 s that the Lease is no longer its own.
constexpr std::chrono::seconds kLookAgain{3};
constexpr int kRounds = 10;
constexpr int kWorkers = 16;

kube::CallOptions call_options() {
  return {.deadline = async::deadline_in(kCallLimit), .priority = async::Priority::Backfill};
}

/// Gone already, or changed by somebody else: the next round looks again.
bool is_race(const Error& error) {
  return error.kind == ErrorKind::NotFound || error.kind == ErrorKind::Conflict;
}

async::awaitable<Result<void>> take_lease(kube::ApiClient& api, kube::ObjectKey key) {
  const auto now = std::chrono::system_clock::now();
  for (int tries = 0; tries < kRounds; ++tries) {
    auto current = co_await kube::fetch_lease(api, key, call_options());
    if (!current && current.error().kind != ErrorKind::NotFound) co_return fail(current.error());
    const kube::LeaseTiming timing{.duration = kHold};
    auto record = current ? kube::taken_lease(*current, kHolder, timing, now) : kube::new_lease(kHolder, timing, now);
    const auto taken = co_await kube::apply_lease(api, key, std::move(record), call_options());
    if (taken) co_return Result<void>{};
    if (!is_race(taken.error()) && taken.error().kind != ErrorKind::AlreadyExists) co_return fail(taken.error());
  }
  co_return fail(ErrorKind::Conflict, "cannot take the Lease: somebody else writes it all the time");
}

/// Errors: NotFound among them.
async::awaitable<Result<std::string>> fetch_uid(kube::ApiClient& api, kube::Resource resource, kube::ObjectKey key) {
  const auto response = co_await api.send(kube::build_get_request(resource, key), call_options());
  if (!response) co_return fail(response.error());
  const auto document = parse_json(response->body);
  if (!document) co_return fail(document.error());
  co_return std::string(string_at(*document, "metadata", "uid"));
}

std::string build_owner_patch(std::string_view role_uid) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_key(writer, "metadata");
  writer.StartObject();
  write_key(writer, "ownerReferences");
  writer.StartArray();
  writer.StartObject();
  write_string(writer, "apiVersion", "rbac.authorization.k8s.io/v1");
  write_string(writer, "kind", "Role");
  write_string(writer, "name", kControllerRole);
  write_string(writer, "uid", role_uid);
  writer.EndObject();
  writer.EndArray();
  writer.EndObject();
  writer.EndObject();
  return text_of(buffer);
}

/// Lets the garbage collector delete the Lease after the controllers' Role: deleted earlier, it would be made anew by a
/// controller that still runs, which then undoes the cleanup. Where there is no such Role the Lease stays.
async::awaitable<Result<void>> bequeath_lease(kube::ApiClient& api, kube::ObjectKey lease) {
  const auto role = co_await fetch_uid(api, kRoles, {lease.namespace_, kControllerRole});
  if (!role && role.error().kind == ErrorKind::NotFound) {
    log::info("the Lease stays, since the Role of the controllers is not there; delete it once they are gone",
              {log::kv("lease", kube::to_string(lease))});
    co_return Result<void>{};
  }
  if (!role) co_return fail(role.error());
  const auto owned = co_await api.send(kube::build_merge_patch_request(kube::kLeases, lease, build_owner_patch(*role)),
                                       call_options());
  if (!owned && !is_race(owned.error())) co_return fail(owned.error());
  co_return Result<void>{};
}

std::string_view path_of(const http::Request& request) {
  return std::string_view(request.target).substr(0, request.target.find('?'));
}

struct Registration {
  RegistrationKind kind;
  kube::Resource resource;
};
constexpr Registration kRegistrations[] = {{RegistrationKind::Mutating, kube::kMutatingWebhookConfigurations},
                                           {RegistrationKind::Validating, kube::kValidatingWebhookConfigurations}};

/// What to do to switch a registration off; Refuse if it belongs to an installation in another namespace.
async::awaitable<Result<RegistrationAction>> plan_switch_off(kube::ApiClient& api, Registration registration,
                                                             const Options& options) {
  const auto current = co_await kube::fetch_object<kube::WebhookConfigurationInfo>(
      api, registration.resource, {"", kRegistrationName}, call_options());
  if (!current && current.error().kind == ErrorKind::NotFound) co_return RegistrationAction{};
  if (!current) co_return fail(current.error());
  const RegistrationInputs inputs{
      .endpoint = {.service = {options.webhook_service.namespace_, options.webhook_service.name},
                   .url = options.webhook_url},
      .own_namespace = options.common.own_namespace,
      .ca_bundle_pem = {}};
  co_return plan_registration(registration.kind, *current, "[]", inputs);
}

async::awaitable<Result<void>> switch_off(kube::ApiClient& api, Registration registration, const Options& options) {
  for (int tries = 0; tries < kRounds; ++tries) {
    const auto action = co_await plan_switch_off(api, registration, options);
    if (!action) co_return fail(action.error());
    if (action->step == RegistrationStep::Refuse) {
      co_return fail(ErrorKind::Invalid,
                     "another installation is at work (" + action->reason +
                         "); nothing was taken back, since bindings and pull Secrets are its own too: "
                         "uninstall this one without --cleanup");
    }
    if (action->step == RegistrationStep::None) co_return Result<void>{};
    auto request = kube::build_merge_patch_request(registration.resource, {"", kRegistrationName}, action->body);
    if (options.dry_run) {
      log::info("would empty the webhook registration", {log::kv("path", path_of(request))});
      co_return Result<void>{};
    }
    const auto emptied = co_await api.send(std::move(request), call_options());
    if (emptied) co_return Result<void>{};
    if (!is_race(emptied.error())) co_return fail(emptied.error());
  }
  co_return fail(ErrorKind::Conflict, "cannot empty the webhook registration: somebody else writes it all the time");
}

/// Nothing where there is no right to look: then we have never written any.
async::awaitable<Result<void>> remove_policy(kube::ApiClient& api, const Options& options) {
  const auto removed = co_await apply_policy_removal(api, options.common.own_namespace, options.dry_run);
  if (!removed && removed.error().kind != ErrorKind::Denied) co_return fail(removed.error());
  co_return Result<void>{};
}

/// Requests that a few workers send one after the other; each has its own time limit from when its turn comes.
struct Batch {
  std::vector<http::Request> requests;
  std::size_t next = 0;
  std::size_t done = 0;
  std::optional<Error> error = {};
};

async::awaitable<void> work_off(kube::ApiClient& api, Batch& batch) {
  while (batch.next < batch.requests.size() && !batch.error) {
    auto request = std::move(batch.requests[batch.next++]);
    const auto result = co_await api.send(std::move(request), call_options());
    if (result) {
      ++batch.done;
    } else if (!is_race(result.error())) {
      batch.error = result.error();
    }
  }
}

/// Sends them, or with --dry-run prints what they would do; how many worked.
async::awaitable<Result<std::size_t>> send_all(kube::ApiClient& api, const Options& options,
                                               std::vector<http::Request> requests) {
  if (options.dry_run) {
    for (const auto& request : requests)
      log::info("would send", {log::kv("method", request.method), log::kv("path", path_of(request))});
    co_return requests.size();
  }
  Batch batch{.requests = std::move(requests)};
  async::TaskGroup tasks(api.executor());
  for (int i = 0; i < kWorkers; ++i) tasks.spawn("cleanup", work_off(api, batch));
  co_await tasks.join();
  if (batch.error) co_return fail(*batch.error);
  co_return batch.done;
}

async::awaitable<Result<std::size_t>> unbind_all(kube::ApiClient& api, const Options& options) {
  const auto& secret_name = options.common.secret_name;
  const kube::Selection ours{.resource = kube::kSecrets, .field_selector = "metadata.name=" + secret_name};
  const auto secrets = co_await kube::fetch_list<kube::SecretInfo>(api, ours, "", call_options());
  if (!secrets) co_return fail(secrets.error());
  std::set<std::string> foreign;  // an entry that names somebody else's Secret is not ours to take away
  for (const auto& secret : secrets->items) {
    if (!secret.managed) foreign.insert(secret.key.namespace_);
  }
  const auto accounts = co_await kube::fetch_list<kube::ServiceAccountInfo>(api, {.resource = kube::kServiceAccounts},
                                                                            "", call_options());
  if (!accounts) co_return fail(accounts.error());
  std::vector<http::Request> requests;
  for (const auto& account : accounts->items) {
    const auto list = pullsecret::unbound_list(account.image_pull_secrets, secret_name);
    if (!list || foreign.contains(account.key.namespace_)) continue;
    requests.push_back(kube::build_merge_patch_request(
        kube::kServiceAccounts, account.key, kube::build_image_pull_secrets_patch(account.resource_version, *list)));
  }
  co_return co_await send_all(api, options, std::move(requests));
}

async::awaitable<Result<std::size_t>> delete_secrets(kube::ApiClient& api, const Options& options,
                                                     kube::Selection selection) {
  const auto secrets = co_await kube::fetch_list<kube::SecretInfo>(api, std::move(selection), "", call_options());
  if (!secrets) co_return fail(secrets.error());
  std::vector<http::Request> requests;
  for (const auto& secret : secrets->items) {
    if (!secret.managed) continue;
    requests.push_back(kube::build_delete_request(kube::kSecrets, secret.key,
                                                  {.uid = secret.uid, .resource_version = secret.resource_version}));
  }
  co_return co_await send_all(api, options, std::move(requests));
}

async::awaitable<Result<void>> delete_own(kube::ApiClient& api, const Options& options, kube::Resource resource,
                                          const char* name) {
  const kube::ObjectKey key{options.common.own_namespace, name};
  const auto uid = co_await fetch_uid(api, resource, key);
  if (!uid && uid.error().kind == ErrorKind::NotFound) co_return Result<void>{};
  if (!uid) co_return fail(uid.error());
  std::vector<http::Request> requests;
  requests.push_back(kube::build_delete_request(resource, key, {.uid = *uid}));
  const auto deleted = co_await send_all(api, options, std::move(requests));
  if (!deleted) co_return fail(deleted.error());
  co_return Result<void>{};
}

/// One look at everything; the sum of what it had to take away.
async::awaitable<Result<CleanupSummary>> clean_once(kube::ApiClient& api, const Options& options) {
  CleanupSummary summary;
  const auto unbound = co_await unbind_all(api, options);
  if (!unbound) co_return fail(unbound.error());
  summary.unbound = *unbound;
  std::vector<kube::Selection> selections = {
      {.resource = kube::kSecrets, .field_selector = "metadata.name=" + options.common.secret_name}};
  for (const char* name : {kStateSecretName, kAuthoritySecretName}) {
    selections.push_back(kube::select_by_name(kube::kSecrets, {options.common.own_namespace, name}));
  }
  for (const auto& selection : selections) {
    const auto deleted = co_await delete_secrets(api, options, selection);
    if (!deleted) co_return fail(deleted.error());
    summary.deleted_secrets += *deleted;
  }
  const auto status_deleted = co_await delete_own(api, options, kube::kConfigMaps, kStatusConfigMapName);
  if (!status_deleted) co_return fail(status_deleted.error());
  const auto check_deleted = co_await delete_own(api, options, kPods, kCheckPod);
  if (!check_deleted) co_return fail(check_deleted.error());
  co_return summary;
}

}  // namespace

async::awaitable<Result<CleanupSummary>> apply_cleanup(kube::ApiClient& api, const Options& options) {
  const kube::ObjectKey lease{options.common.own_namespace, kLeaseName};
  for (const auto& registration : kRegistrations) {
    const auto off = co_await switch_off(api, registration, options);
    if (!off) co_return fail(off.error());
  }
  if (const auto off = co_await remove_policy(api, options); !off) co_return fail(off.error());
  if (options.dry_run) co_return co_await clean_once(api, options);
  CleanupSummary total;
  for (int round = 0; round < kRounds; ++round) {
    // Anew in each round, so that it stays held for the whole time after the last one.
    const auto taken = co_await take_lease(api, lease);
    if (!taken) co_return fail(taken.error());
    for (const auto& registration : kRegistrations) {
      const auto off = co_await switch_off(api, registration, options);
      if (!off) co_return fail(off.error());
    }
    if (const auto off = co_await remove_policy(api, options); !off) co_return fail(off.error());
    const auto cleaned = co_await clean_once(api, options);
    if (!cleaned) co_return fail(cleaned.error());
    total.unbound += cleaned->unbound;
    total.deleted_secrets += cleaned->deleted_secrets;
    log::info("cleanup round",
              {log::kv("unbound", cleaned->unbound), log::kv("deleted_secrets", cleaned->deleted_secrets)});
    if (round > 0 && cleaned->unbound == 0 && cleaned->deleted_secrets == 0) {
      // Last, since whoever takes the Lease writes it without an owner.
      if (const auto owned = co_await bequeath_lease(api, lease); !owned) co_return fail(owned.error());
      co_return total;
    }
    co_await async::sleep_for(kLookAgain);
  }
  co_return fail(ErrorKind::Conflict,
                 "the cluster is not clean after 10 rounds: something else binds our pull secret again");
}

}  // namespace acr::controller
