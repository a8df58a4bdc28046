// SPDX-License-Identifier: Apache-2.0
#include "replica.hpp"

#include <catch2/catch.hpp>

#include "tests/fakes/run.hpp"

namespace acr::webhook::test {
namespace {

using namespace std::chrono_literals;

http::Request review_request(const std::string& namespace_) {
  return {
      .method = "POST",
      .target = "/mutate-v1-serviceaccount?timeout=10s",
      .headers = {{"Content-Type", "application/json"}},
      .body =
          R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u-1",)"
          R"("kind":{"group":"","version":"v1","kind":"ServiceAccount"},"resource":{"group":"","version":"v1","resource":"serviceaccounts"},)"
          R"("name":"api","operation":"CREATE","object":{"metadata":{"name":"api"}},"namespace":")" +
          namespace_ + "\"}}"};
}

}  // namespace

certs::AuthoritySet make_authority() {
  return *certs::apply_rotation(std::nullopt, certs::RotationStep::Create, service_names(),
                                std::chrono::system_clock::now());
}

Replica::Replica(std::string client_ca_file, std::string client_cn)
    : resolver(http::make_cares_resolver(io.get_executor())),
      admission(configuration, namespaces,
                {.own_namespace = "kube-system",
                 .secret_name = "acr-credential-secret-aggregation",
                 .controller_username = "controller",
                 .configuration = {"kube-system", "acr-configuration"}},
                metrics),
      serving(std::move(client_ca_file), std::move(client_cn), metrics) {
  stores.config_maps.replace({{.key = {"kube-system", "acr-configuration"},
                               .uid = "u",
                               .resource_version = "1",
                               .data = {{"service-account", "*"}, {"watch-namespace", "all"}}}});
  stores.states.replace({});
  stores.namespaces.replace({{.name = "web", .uid = "u", .resource_version = "1", .labels = {}, .annotations = {}}});
  stores.authorities.replace({});
  auto made =
      http::make_server(io.get_executor(), {.bind_address = "127.0.0.1:0", .tls = [this] { return serving.context(); }},
                        [this](const http::Request& request) { return admission.handle(request); });
  REQUIRE(made);
  server = std::move(*made);
  group.spawn("server", server->serve());
}

Replica::~Replica() {
  fakes::run(io, group.stop());
}

void Replica::see(const certs::AuthoritySet& set, const std::string& version) {
  kube::SecretData object;
  object.meta.key = {"kube-system", kAuthoritySecret};
  object.meta.resource_version = version;
  object.data = certs::build_ca_secret(set);
  stores.authorities.upsert(std::move(object));
  minter.renew_if_due(std::chrono::system_clock::now());
}

std::unique_ptr<http::Client> Replica::client(const std::string& bundle_pem, std::optional<http::KeyPair> pair) {
  const auto tls = http::make_client_tls({.ca_bundle = bundle_pem, .client_pair = std::move(pair)});
  REQUIRE(tls);
  return http::make_beast_client(io.get_executor(), *resolver,
                                 {.tls = [context = *tls] { return context; },
                                  .connect_to = http::HostPort{.host = "127.0.0.1", .port = server->port()},
                                  .user_agent = "kube-apiserver-admission"});
}

Result<http::Response> Replica::ask(http::Client& client, const std::string& namespace_) {
  return send(client, review_request(namespace_));
}

Result<http::Response> Replica::send(http::Client& client, http::Request request) {
  return fakes::run(io, client.fetch({.scheme = "https", .host = "acr-webhook.kube-system.svc", .port = 443},
                                     std::move(request), {.deadline = async::deadline_in(5s)}));
}

}  // namespace acr::webhook::test
