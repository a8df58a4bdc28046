// SPDX-License-Identifier: Apache-2.0
#include "webhook/cluster.hpp"

#include "common/async/first_of.hpp"

namespace acr::webhook {
namespace {

kube::Selection secret_of_ours(const Options& options, const char* name) {
  return kube::select_by_name(kube::kSecrets, {options.common.own_namespace, name});
}

}  // namespace

Cluster::Watches::Watches(kube::ApiClient& client, Metrics& metrics, Stores& stores, const Options& options)
    : config_maps(client, metrics, stores.config_maps,
                  kube::select_by_name(kube::kConfigMaps,
                                       {options.common.config_map_namespace, options.common.config_map_name})),
      states(client, metrics, stores.states, secret_of_ours(options, kStateSecret)),
      authorities(client, metrics, stores.authorities, secret_of_ours(options, kAuthoritySecret)),
      namespaces(client, metrics, stores.namespaces,
                 {.resource = kube::kNamespaces, .representation = kube::Representation::MetadataOnly}) {}

Cluster::Cluster(async::Executor executor, http::Resolver& resolver, Metrics& metrics, const Options& options)
    : executor_(std::move(executor)), resolver_(resolver), metrics_(metrics), options_(options) {}

async::awaitable<void> Cluster::run() {
  access_ = co_await kube::connect_cluster(options_.common.kubeconfig, [](const Error&) {});
  http_ = kube::make_cluster_http_client(executor_, resolver_, *access_, "acr-webhook");
  client_.emplace(executor_, *access_, *http_, metrics_);
  watches_.emplace(*client_, metrics_, stores, options_);
  co_await async::first_of(async::first_of(watches_->config_maps.run(), watches_->states.run()),
                           async::first_of(watches_->authorities.run(), watches_->namespaces.run()));
}

Result<void> Cluster::healthy() const {
  const auto now = async::Clock::now();
  const bool stuck = watches_ && (watches_->config_maps.is_stuck(now) || watches_->states.is_stuck(now) ||
                                  watches_->authorities.is_stuck(now) || watches_->namespaces.is_stuck(now));
  if (stuck) return fail(ErrorKind::Timeout, "a watch stream outlived its own deadline");
  return {};
}

}  // namespace acr::webhook
