// SPDX-License-Identifier: Apache-2.0
// One attempt to get a login: RAM credential, hosts, token.
#include <fmt/format.h>

#include <algorithm>

#include "common/alibaba/endpoints.hpp"
#include "common/alibaba/registry.hpp"
#include "common/base/log.hpp"
#include "common/credentials/instance.hpp"

namespace acr::credentials {
namespace {

/// What is assumed where the cloud does not say how long a login lives.
constexpr std::chrono::hours kAssumedLife{1};
/// How long a source is left alone that gave again what it gave before.
constexpr std::chrono::seconds kSourceRenews{60};

constexpr std::string_view kGrantAll =
    "cr:ListInstanceEndpoint is denied too: grant cr:GetAuthorizationToken, cr:ListInstanceEndpoint and "
    "cr:PullRepository";

/// A page of a proxy has no code, and says nothing about permissions.
bool is_permission_missing(const Error& error) {
  return error.kind == ErrorKind::Denied && !error.code.empty();
}

/// For a login whose hosts the cloud does not tell. The star stands for any name: two such instances of one region
/// would claim the same hosts, of which the first has them.
std::string describe_name_rule(const std::vector<std::string>& patterns, const Error& why) {
  return fmt::format(
      "the login is offered to {}, because the hosts of the instance may not be listed: {}. That serves one instance "
      "of "
      "a region, and no custom domain",
      fmt::join(patterns, " and "), why.message);
}

/// Why no login was asked for that would outlive the present one.
Error explain_vain(const CredentialCache& cache, const alibaba::RamCredentials& caller) {
  const auto end = format_rfc3339(*caller.expires);
  if (cache.last_error())
    return with_context(*cache.last_error(), fmt::format("the RAM credential, which ends at {}, is not renewed", end));
  return {.kind = ErrorKind::Unavailable,
          .message = fmt::format("{} has no RAM credential yet that lives longer than until {}", caller.source, end),
          .retry_after = kSourceRenews};
}

}  // namespace

/// A login ends with the credential that it was born from. While that one is not renewed each new login would end when
/// the present one does, and be due in half of the time.
bool Refresher::is_vain(const Instance& instance, const alibaba::RamCredentials& caller) const {
  const auto& item = instance.configured;
  if (!instance.login || !caller.expires) return false;
  // The cloud cuts fractions off.
  if (*caller.expires - instance.login->expires > options_.retry.first) return false;
  const bool wants_hosts = instance.login->hosts_from == HostsFrom::Configuration && item.domains.empty();
  return !wants_hosts && instance.login->identity == build_identity_digest(item);
}

async::awaitable<Result<RegistryLogin>> Refresher::refresh(InstancePointer instance, async::Deadline deadline) {
  const auto identity = instance->identity;
  const auto no_credential = fmt::format("cannot log in to {}", instance->key);
  // A login dies with the RAM credential it was born from, so that one must outlive the next renewal.
  const auto caller = co_await identity->cache.get(needed_life(threshold_), deadline);
  instance->lacks_credential = !caller;
  if (!caller) co_return fail(with_context(caller.error(), no_credential));
  if (is_vain(*instance, *caller)) {
    instance->lacks_credential = true;
    co_return fail(with_context(explain_vain(identity->cache, *caller), no_credential));
  }
  auto login = co_await refresh_as(instance, *caller, deadline);
  if (login || !co_await identity->cache.give_up(*caller, login.error(), deadline)) co_return login;
  const auto renewed = co_await identity->cache.get(needed_life(threshold_), deadline);
  if (!renewed || alibaba::is_same_key(*renewed, *caller)) co_return login;
  co_return co_await refresh_as(instance, *renewed, deadline);
}

async::awaitable<Result<RegistryLogin>> Refresher::refresh_as(InstancePointer instance, alibaba::RamCredentials caller,
                                                              async::Deadline deadline) {
  const auto item = instance->configured;
  instance->access_key = alibaba::mask_but_last_four(caller.access_key_id);
  auto hosts = co_await find_hosts(instance, caller, deadline);
  std::optional<Error> may_not_list;
  if (!hosts) {
    if (!is_permission_missing(hosts.error())) co_return fail(hosts.error());
    may_not_list = hosts.error();
    hosts = alibaba::build_enterprise_patterns(item.region_id);
  }
  auto token = co_await alibaba::fetch_registry_token(openapi_, item.region_id, item.instance_id, caller, deadline);
  if (!token) {
    const bool lacks_all = may_not_list && is_permission_missing(token.error());
    co_return fail(lacks_all ? with_advice(token.error(), kGrantAll) : token.error());
  }
  const auto now = openapi_.now();
  auto expires = token->expires.value_or(now + kAssumedLife);
  if (!token->expires && caller.expires) expires = std::min(expires, *caller.expires);
  if (expires <= now) {
    co_return fail(with_advice({.kind = ErrorKind::Unavailable,
                                .message = fmt::format("cannot use the login of {}: it has expired already at {} "
                                                       "(RequestId {})",
                                                       instance->key, format_rfc3339(expires), token->request_id),
                                .request_id = token->request_id},
                               "check the clock of this node"));
  }
  const auto from = may_not_list           ? HostsFrom::NameRule
                    : item.domains.empty() ? HostsFrom::Cloud
                                           : HostsFrom::Configuration;
  instance->hosts_warning = may_not_list ? describe_name_rule(*hosts, *may_not_list) : std::string();
  co_return RegistryLogin{.instance_id = item.instance_id,
                          .region_id = item.region_id,
                          .hosts = std::move(*hosts),
                          .hosts_from = from,
                          .username = std::move(token->username),
                          .password = std::move(token->password),
                          .issued = now,
                          .expires = expires,
                          .instance_key = instance->key,
                          .identity = build_identity_digest(item)};
}

async::awaitable<Result<std::vector<std::string>>> Refresher::find_hosts(InstancePointer instance,
                                                                         alibaba::RamCredentials caller,
                                                                         async::Deadline deadline) {
  const auto item = instance->configured;
  if (!item.domains.empty()) co_return item.domains;
  if (instance->is_personal()) co_return alibaba::build_personal_hosts(item.region_id);
  if (!instance->listed_hosts.empty() && async::deadline_in({}) < instance->listed_until)
    co_return instance->listed_hosts;
  auto listed = co_await alibaba::fetch_instance_hosts(openapi_, item.region_id, item.instance_id, caller, deadline);
  if (listed && !listed->empty()) {
    instance->listed_hosts = *listed;
    instance->listed_until = async::deadline_in(options_.hosts_life);
    co_return listed;
  }
  const bool credential_refused = !listed && alibaba::class_of(listed.error()) == alibaba::FailureClass::NewCredential;
  if (!instance->listed_hosts.empty() && !credential_refused) {
    log::warn(
        "the hosts of an instance could not be listed; those known from before are used",
        {log::kv("instance", instance->key), log::kv("error", listed ? "the list is empty" : listed.error().message)});
    co_return instance->listed_hosts;
  }
  if (!listed) co_return listed;
  co_return fail(with_advice(
      {.kind = ErrorKind::NotFound,
       .message =
           fmt::format("cannot log in to {}: the instance has no enabled endpoint, so there is no domain to log in to",
                       instance->key)},
      "enable one in the console, or list the hosts in domains of acr-registry-info"));
}

}  // namespace acr::credentials
