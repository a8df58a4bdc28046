// SPDX-License-Identifier: Apache-2.0
#include "controller/apply.hpp"

#include "common/base/log.hpp"
#include "common/kube/fetch.hpp"
#include "common/kube/status_error.hpp"
#include "common/kube/writes.hpp"
#include "common/pullsecret/secret_body.hpp"
#include "controller/secret_report.hpp"

namespace acr::controller {
namespace {

/// Writes are cut by the server after 34 s (LW-14).
constexpr std::chrono::seconds kWriteLimit{35};

std::string join(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ","));
}

kube::CallOptions options_of(async::Priority priority) {
  return {.deadline = async::deadline_in(kWriteLimit), .priority = priority};
}

/// Brings the cache up to date after a create that did not work because of what may be there already.
async::awaitable<void> read_secret(Writer writer, kube::ObjectKey key) {
  auto found = co_await kube::fetch_object<kube::SecretInfo>(writer.api, kube::kSecrets, key,
                                                             options_of(async::Priority::Refresh));
  if (found) writer.cache.secrets.upsert(std::move(*found));
  if (!found && found.error().kind == ErrorKind::NotFound) writer.cache.secrets.erase(key);
}

async::awaitable<Result<void>> create_secret(Writer writer, std::string namespace_name, pullsecret::WantedSecret wanted,
                                             async::Priority priority) {
  const kube::ObjectKey key{namespace_name, wanted.name};
  const auto body = pullsecret::build_secret_body(namespace_name, wanted);
  auto request = kube::build_create_request(kube::kSecrets, namespace_name, std::string(body.reveal()));
  auto created = co_await kube::apply_request<kube::SecretInfo>(writer.api, std::move(request), options_of(priority));
  if (created) {
    writer.cache.secrets.upsert(std::move(*created));
    co_return Result<void>{};
  }
  if (created.error().kind == ErrorKind::AlreadyExists || kube::is_quota_error(created.error()))
    co_await read_secret(writer, key);
  co_return fail(created.error());
}

async::awaitable<Result<void>> update_secret(Writer writer, kube::SecretInfo current, pullsecret::WantedSecret wanted,
                                             async::Priority priority) {
  // A patch, not a PUT: labels and annotations of others stay.
  const auto body = pullsecret::build_secret_patch(wanted, current.resource_version);
  auto request = kube::build_merge_patch_request(kube::kSecrets, current.key, std::string(body.reveal()));
  auto updated = co_await kube::apply_request<kube::SecretInfo>(writer.api, std::move(request), options_of(priority));
  if (!updated) {
    if (updated.error().kind == ErrorKind::Conflict || updated.error().kind == ErrorKind::NotFound)
      co_await read_secret(writer, current.key);
    co_return fail(updated.error());
  }
  writer.cache.secrets.upsert(std::move(*updated));
  co_return Result<void>{};
}

}  // namespace

async::awaitable<Result<kube::ServiceAccountInfo>> apply_binding(Writer writer, kube::ServiceAccountInfo account,
                                                                 BindingChange change, async::Priority priority) {
  if (writer.dry_run) {
    log::info("would change imagePullSecrets",
              {log::kv("serviceaccount", kube::to_string(account.key)),
               log::kv("now", join(account.image_pull_secrets)), log::kv("then", join(change.list))});
    account.image_pull_secrets = change.list;
    co_return account;
  }
  auto request = kube::build_merge_patch_request(
      kube::kServiceAccounts, account.key, kube::build_image_pull_secrets_patch(account.resource_version, change.list));
  auto changed =
      co_await kube::apply_request<kube::ServiceAccountInfo>(writer.api, std::move(request), options_of(priority));
  if (changed)
    writer.cache.service_accounts.upsert(*changed);
  else
    co_await writer.cache.service_accounts.reread_stray(account.key);
  co_return changed;
}

async::awaitable<Result<void>> apply_secret(Writer writer, std::string namespace_name,
                                            pullsecret::SecretAction::Kind kind, pullsecret::WantedSecret wanted,
                                            async::Priority priority) {
  using Kind = pullsecret::SecretAction::Kind;
  if (writer.dry_run) {
    log::info("would write the pull secret", {log::kv("namespace", namespace_name), log::kv("action", to_word(kind)),
                                              log::kv("hosts", join(wanted.hosts))});
    co_return Result<void>{};
  }
  if (kind == Kind::Create)
    co_return co_await create_secret(writer, std::move(namespace_name), std::move(wanted), priority);
  const auto current = writer.cache.secrets.find({namespace_name, wanted.name});
  if (!current) co_return fail(ErrorKind::NotFound, "the pull secret vanished while it was to be written");
  if (kind == Kind::Replace) {
    auto removed = co_await apply_secret_removal(writer, *current);
    if (!removed) co_return removed;
    co_return co_await create_secret(writer, std::move(namespace_name), std::move(wanted), priority);
  }
  co_return co_await update_secret(writer, *current, std::move(wanted), priority);
}

async::awaitable<Result<Secret>> fetch_docker_config(Writer writer, kube::SecretInfo seen) {
  auto found = co_await kube::fetch_object<kube::SecretData>(writer.api, kube::kSecrets, seen.key,
                                                             options_of(async::Priority::Refresh));
  if (!found) {
    if (found.error().kind == ErrorKind::NotFound) writer.cache.secrets.erase(seen.key);
    co_return fail(found.error());
  }
  if (found->meta.resource_version != seen.resource_version) {
    writer.cache.secrets.upsert(std::move(found->meta));
    co_return fail(ErrorKind::Conflict, "the pull secret was changed before it could be read");
  }
  const auto content = found->data.find(std::string(kube::kDockerConfigKey));
  co_return content == found->data.end() ? Secret() : content->second;
}

async::awaitable<Result<void>> apply_secret_removal(Writer writer, kube::SecretInfo secret) {
  if (writer.dry_run) {
    log::info("would delete the pull secret", {log::kv("secret", kube::to_string(secret.key))});
    co_return Result<void>{};
  }
  auto request = kube::build_delete_request(kube::kSecrets, secret.key,
                                            {.uid = secret.uid, .resource_version = secret.resource_version});
  const auto deleted = co_await writer.api.send(std::move(request), options_of(async::Priority::Backfill));
  if (!deleted && deleted.error().kind != ErrorKind::NotFound) co_return fail(deleted.error());
  writer.cache.secrets.erase(secret.key);
  co_return Result<void>{};
}

}  // namespace acr::controller
