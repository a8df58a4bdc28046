// SPDX-License-Identifier: Apache-2.0
// The controller's probe before a webhook that asks its clients for a certificate.
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "common/async/task_group.hpp"
#include "common/base/json.hpp"
#include "common/http/routes.hpp"
#include "common/http/server.hpp"
#include "controller/endpoint_probe.hpp"
#include "tests/fakes/certificates.hpp"
#include "tests/fakes/run.hpp"
#include "tests/fakes/temporary_folder.hpp"

namespace acr::controller {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

/// Answers reviews of those who show a certificate of `clients`.
struct GuardedWebhook {
  GuardedWebhook() {
    auto made = http::make_server(
        io.get_executor(), {.bind_address = "127.0.0.1:0", .tls = [this] { return context; }},
        [](const http::Request& request) {
          const auto review = parse_json(request.body);
          const auto uid = review ? string_at(*review, "request", "uid") : "";
          return http::answer_with(
              {.status = 200,
               .body = R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":")" +
                       std::string(uid) + R"(","allowed":true}})"});
        });
    REQUIRE(made);
    server = std::move(*made);
    group.spawn("server", server->serve());
  }
  ~GuardedWebhook() { fakes::run(io, group.stop()); }
  GuardedWebhook(const GuardedWebhook&) = delete;
  GuardedWebhook& operator=(const GuardedWebhook&) = delete;

  Result<void> probed_by(ProbeDialer& dialer) {
    const ProbeTarget target{.origin = {.scheme = "https", .host = "127.0.0.1", .port = server->port()},
                             .path = kMutatePath};
    return fakes::run(io, dialer.ask(target, servers.pem(), async::deadline_in(5s)));
  }
  std::unique_ptr<ProbeDialer> dialer(std::string folder) {
    return make_probe_dialer(io.get_executor(), *resolver, "kube-system", std::move(folder));
  }

  boost::asio::io_context io;
  fakes::Authority servers{"webhook"};
  fakes::Authority clients{"clients"};
  http::TlsContext context = *http::make_server_tls(
      servers.issue(), http::ClientCheck{.ca_bundle = clients.pem(), .common_name = "kube-apiserver"});
  std::unique_ptr<http::Resolver> resolver = http::make_cares_resolver(io.get_executor());
  std::unique_ptr<http::Server> server;
  async::TaskGroup group{io.get_executor()};
};

TEST_CASE("SEC-6: the probe shows its certificate, a renewed one too, and half a renewal is no death") {
  GuardedWebhook webhook;
  const auto bare = webhook.probed_by(*webhook.dialer(""));
  REQUIRE_FALSE(bare);
  CHECK_THAT(bare.error().message, Contains("certificate"));

  const fakes::TemporaryFolder folder;
  const auto dialer = webhook.dialer(folder.path());
  const auto missing = webhook.probed_by(*dialer);
  REQUIRE_FALSE(missing);
  CHECK_THAT(missing.error().message, Contains("--webhook-client-cert-dir") && Contains("tls.crt"));

  const fakes::LeafRequest request{.common_name = "kube-apiserver", .alternative_names = ""};
  const auto first = webhook.clients.issue(request);
  folder.write("tls.crt", first.certificate_chain);
  folder.write("tls.key", first.private_key.reveal());
  CHECK(webhook.probed_by(*dialer));

  const auto next = webhook.clients.issue(request);
  folder.write("tls.crt", next.certificate_chain);
  CHECK(webhook.probed_by(*dialer));  // as before
  folder.write("tls.key", next.private_key.reveal());
  CHECK(webhook.probed_by(*dialer));
  const auto strangers = fakes::Authority("strangers").issue(request);
  folder.write("tls.crt", strangers.certificate_chain);
  folder.write("tls.key", strangers.private_key.reveal());
  CHECK_FALSE(webhook.probed_by(*dialer));  // it was read again
}

}  // namespace
}  // namespace acr::controller
