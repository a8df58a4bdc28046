// SPDX-License-Identifier: Apache-2.0
#include "controller/state_keeper.hpp"

#include "common/base/log.hpp"
#include "common/credentials/state.hpp"
#include "common/kube/fetch.hpp"
#include "common/kube/writes.hpp"

namespace acr::controller {
namespace {

constexpr std::chrono::seconds kWriteLimit{15};

kube::SecretWrite build_write(const kube::ObjectKey& key, const kube::SecretData* current,
                              std::map<std::string, Secret> data) {
  return {.key = key,
          .resource_version = current ? current->meta.resource_version : "",
          .labels = {{std::string(kube::kManagedByLabel), std::string(kube::kManagedByValue)}},
          .data = std::move(data)};
}

}  // namespace

std::vector<credentials::RegistryLogin> StateKeeper::stored_logins() const {
  const auto stored = writer_.cache.state();
  if (!stored) return {};
  auto decoded = credentials::decode_state(stored->data);
  for (const auto& problem : decoded.problems) {
    log::warn("part of the state secret is damaged and was dropped", {log::kv("error", problem.message)});
  }
  return std::move(decoded.state.logins);
}

async::awaitable<Outcome> StateKeeper::reconcile() {
  const auto current = writer_.cache.state();
  const credentials::State wanted{.configuration = configuration_.texts().accepted,
                                  .logins = refresher_.logins(),
                                  .region = configuration_.default_region()};
  auto encoded = credentials::encode_state(wanted);
  for (const auto& problem : encoded.problems)
    log::error("the state secret cannot hold everything", {log::kv("error", problem.message)});
  if (current && current->data == encoded.data) co_return done();
  if (!current && !wanted.configuration && wanted.logins.empty()) co_return done();
  if (writer_.dry_run) co_return done();

  const auto key = writer_.cache.state_key();
  auto body = kube::build_secret_body(build_write(key, current.get(), std::move(encoded.data)));
  auto request = current ? kube::build_update_request(kube::kSecrets, key, std::move(body))
                         : kube::build_create_request(kube::kSecrets, key.namespace_, std::move(body));
  const kube::CallOptions options{.deadline = async::deadline_in(kWriteLimit), .priority = async::Priority::Refresh};
  auto written = co_await kube::apply_request<kube::SecretData>(writer_.api, std::move(request), options);
  if (!written) co_return fail(written.error());
  writer_.cache.states.upsert(std::move(*written));
  co_return done();
}

}  // namespace acr::controller
