// SPDX-License-Identifier: Apache-2.0
// The controller's side of the cloud: clients, the default RAM credential, the refresher of registry logins.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/alibaba/metadata.hpp"
#include "common/alibaba/openapi_client.hpp"
#include "common/credentials/default_source.hpp"
#include "common/credentials/refresher.hpp"
#include "common/http/resolver.hpp"
#include "common/kube/api_client.hpp"
#include "controller/options.hpp"

namespace acr::controller {

/// Owns everything that talks to the cloud.
class Cloud {
 public:
  /// All references must outlive it. The token file of `refreshing` is taken from `options`. Errors (Invalid) of
  /// make_cloud_tls: an unreadable --openapi-ca-file.
  Cloud(async::Executor executor, http::Resolver& resolver, const Options& options, http::TlsContextSource tls,
        credentials::SecretReader read_secret, Metrics& metrics, credentials::RefresherCallbacks callbacks,
        credentials::RefresherOptions refreshing = {});

  [[nodiscard]] credentials::Refresher& refresher() { return refresher_; }
  /// The client of cloud calls: its proxy, its trust.
  [[nodiscard]] http::Client& http_client() { return *cloud_http_; }

  /// What the API server has in the Date of an answer: the time until the cloud has told its own.
  void assume_time(std::string_view date, std::chrono::nanoseconds round_trip);

  /// The region of the cluster as an earlier process knew it: counts while nothing better is known.
  void suggest_region(const std::string& region_id);
  /// The region from the command line, else from the metadata service; asks until it answers.
  async::awaitable<std::string> find_region(std::string given);

  /// The region from the metadata service, asked once and taken for the cloud calls; empty if it does not say.
  async::awaitable<std::string> ask_region(async::Deadline deadline);

 private:
  std::unique_ptr<http::Client> cloud_http_;
  std::unique_ptr<http::Client> metadata_http_;
  alibaba::MetadataService metadata_;
  alibaba::OpenApi openapi_;
  std::unique_ptr<credentials::CredentialSource> default_source_;
  credentials::Refresher refresher_;
};

/// Whom cloud calls trust: the system's roots and --openapi-ca-file.
Result<http::TlsContextSource> make_cloud_tls(const Options& options);

/// Reads Secrets of our own namespace: customAccessKeySecretRef, alibaba-addon-secret. A 403 names the rule
/// that grants it.
credentials::SecretReader make_secret_reader(kube::ApiClient& api, std::string own_namespace);

}  // namespace acr::controller
