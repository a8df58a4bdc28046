// SPDX-License-Identifier: Apache-2.0
// The serving half of the webhook on a real socket, over a cluster made of values.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "certs/rotation.hpp"
#include "common/async/task_group.hpp"
#include "common/http/beast_client.hpp"
#include "common/http/server.hpp"
#include "webhook/admission.hpp"
#include "webhook/cluster.hpp"
#include "webhook/leaf_minter.hpp"

namespace acr::webhook::test {

inline const certs::HostNames& service_names() {
  static const auto kNames = certs::names_of_service("kube-system", "acr-webhook");
  return kNames;
}
certs::AuthoritySet make_authority();

class Replica {
 public:
  explicit Replica(std::string client_ca_file = {}, std::string client_cn = {});
  ~Replica();
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  /// The CA Secret as the watch brings it; the leaf is renewed if that is due.
  void see(const certs::AuthoritySet& set, const std::string& version);

  /// A client as an API server makes it: trusts `bundle_pem`, verifies the Service's name, keeps connections.
  std::unique_ptr<http::Client> client(const std::string& bundle_pem, std::optional<http::KeyPair> pair = {});
  /// One review of ServiceAccount web/api.
  Result<http::Response> ask(http::Client& client, const std::string& namespace_ = "web");
  Result<http::Response> send(http::Client& client, http::Request request);

  boost::asio::io_context io;
  std::unique_ptr<http::Resolver> resolver;
  Metrics metrics{"webhook"};
  Stores stores;
  Configuration configuration{stores.config_maps, stores.states, metrics};
  Namespaces namespaces{io.get_executor(), stores.namespaces};
  Admission admission;
  ServingCertificate serving;
  LeafMinter minter{io.get_executor(), stores.authorities, service_names(), serving};
  std::unique_ptr<http::Server> server;
  async::TaskGroup group{io.get_executor()};
};

}  // namespace acr::webhook::test
