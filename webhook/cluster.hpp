// SPDX-License-Identifier: Apache-2.0
// What the webhook knows of the cluster, and the task that keeps it so: four watches, none of them a write.
#pragma once

#include <optional>

#include "common/base/metrics.hpp"
#include "common/http/resolver.hpp"
#include "common/kube/connect.hpp"
#include "common/kube/reflector.hpp"
#include "common/kube/store.hpp"
#include "webhook/options.hpp"
#include "webhook/stored_texts.hpp"

namespace acr::webhook {

/// The names that others rely on.
inline constexpr const char* kAuthoritySecret = "acr-credential-helper-webhook-ca";
inline constexpr const char* kStateSecret = "acr-credential-helper-state";

struct Stores {
  kube::Store<kube::ConfigMapInfo> config_maps;  ///< acr-configuration or nothing
  kube::Store<StoredTexts> states;               ///< the state Secret or nothing
  kube::Store<kube::SecretData> authorities;     ///< the CA Secret or nothing
  kube::Store<kube::NamespaceInfo> namespaces;
};

class Cluster {
 public:
  /// The references must outlive it.
  Cluster(async::Executor executor, http::Resolver& resolver, Metrics& metrics, const Options& options);

  Stores stores;

  /// Connects, then lists and watches until cancelled; no error ends it. Call once.
  async::awaitable<void> run();

  /// An Error only for what a restart cures: a stream that outlived its own deadline.
  [[nodiscard]] Result<void> healthy() const;

 private:
  struct Watches {
    Watches(kube::ApiClient& client, Metrics& metrics, Stores& stores, const Options& options);
    kube::Reflector<kube::ConfigMapInfo> config_maps;
    kube::Reflector<StoredTexts> states;
    kube::Reflector<kube::SecretData> authorities;
    kube::Reflector<kube::NamespaceInfo> namespaces;
  };

  async::Executor executor_;
  http::Resolver& resolver_;
  Metrics& metrics_;
  const Options& options_;
  std::unique_ptr<kube::Cluster> access_;
  std::unique_ptr<http::Client> http_;
  std::optional<kube::ApiClient> client_;
  std::optional<Watches> watches_;
};

}  // namespace acr::webhook
