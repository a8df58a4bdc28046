// SPDX-License-Identifier: Apache-2.0
// Handshakes between API server, controller probe and replica while certificates come and go.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "controller/registration/probe.hpp"
#include "replica.hpp"
#include "tests/fakes/certificates.hpp"
#include "tests/fakes/run.hpp"

namespace acr::webhook::test {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

TEST_CASE("without a certificate connections are closed, with one from the CA Secret reviews are answered",
          "[webhook]") {
  Replica replica;
  const auto set = make_authority();
  const auto client = replica.client(set.bundle_pem);
  const auto refused = replica.ask(*client);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::Unavailable);

  replica.see(set, "1");
  const auto answer = replica.ask(*client);
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK_THAT(answer->body, Contains(R"("patchType":"JSONPatch")"));
}

TEST_CASE("the controller's probe succeeds with the CA that will be published and fails with another", "[webhook]") {
  Replica replica;
  const auto set = make_authority();
  replica.see(set, "1");
  auto target = *controller::build_probe_target({.service = {"kube-system", "acr-webhook"}}, "127.0.0.1");
  target.connect_to->port = replica.server->port();
  const auto probe_with = [&](const std::string& bundle) {
    const auto client = controller::make_probe_client(replica.io.get_executor(), *replica.resolver, target, bundle);
    REQUIRE(client);
    return fakes::run(replica.io,
                      controller::probe(**client, target, "probe-1", "kube-system", async::deadline_in(5s)));
  };
  CHECK(probe_with(set.bundle_pem));
  const auto refused = probe_with(make_authority().bundle_pem);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Contains("webhook probe") && Contains("certificate"));
}

TEST_CASE("CRT-8: open connections outlive a change of the certificate, new ones get the new", "[webhook]") {
  Replica replica;
  const auto first = make_authority();
  replica.see(first, "1");
  const auto old_client = replica.client(first.bundle_pem);
  REQUIRE(replica.ask(*old_client));

  const auto second = make_authority();
  replica.see(second, "2");
  CHECK(replica.ask(*old_client));  // on its kept connection
  CHECK(replica.ask(*replica.client(second.bundle_pem)));
  CHECK_FALSE(replica.ask(*replica.client(first.bundle_pem)));
}

TEST_CASE("CRT-6: with both CAs in the bundle the switch is not noticed", "[webhook]") {
  Replica replica;
  auto set = make_authority();
  replica.see(set, "1");
  const auto now = std::chrono::system_clock::now();
  set = *certs::apply_rotation(set, certs::RotationStep::AddNext, service_names(), now);
  const auto bundle = set.bundle_pem;
  replica.see(set, "2");
  CHECK(replica.ask(*replica.client(bundle)));
  set = *certs::apply_rotation(set, certs::RotationStep::SwitchSigning, service_names(), now);
  replica.see(set, "3");
  CHECK(replica.ask(*replica.client(bundle)));
}

TEST_CASE("CRT-6: no handshake and no request fails while the CA and the leaf rotate under load", "[webhook]") {
  using certs::RotationStep;
  Replica replica;
  auto set = make_authority();
  replica.see(set, "1");
  const auto now = std::chrono::system_clock::now();
  const auto kept = replica.client(set.bundle_pem);
  int version = 1;
  auto known = set.bundle_pem;  // what API servers have learnt: one step behind
  for (int rotation = 0; rotation < 3; ++rotation) {
    for (const auto step : {RotationStep::AddNext, RotationStep::SwitchSigning, RotationStep::DropOld}) {
      set = *certs::apply_rotation(set, step, service_names(), now);
      replica.see(set, std::to_string(++version));
      for (int request = 0; request < 5; ++request) {
        // The next step waits until API servers have learnt of this one, so both bundles are used beside each other.
        CHECK(replica.ask(*replica.client(known)));
        CHECK(replica.ask(*replica.client(set.bundle_pem)));
        CHECK(replica.ask(*kept));
      }
      known = set.bundle_pem;
    }
  }
}

TEST_CASE("SEC-8: what is no review is refused on the wire", "[webhook]") {
  Replica replica;
  const auto set = make_authority();
  replica.see(set, "1");
  const auto client = replica.client(set.bundle_pem);
  CHECK(replica.send(*client, {.method = "GET", .target = "/mutate-v1-serviceaccount"})->status == 405);
  CHECK(replica.send(*client, {.method = "POST", .target = "/", .body = "{}"})->status == 404);
  CHECK(replica.send(*client, {.method = "POST", .target = "/mutate-v1-serviceaccount", .body = "{}"})->status == 415);
  CHECK(replica
            .send(*client, {.method = "POST",
                            .target = "/mutate-v1-serviceaccount",
                            .headers = {{"Content-Type", "application/json"}},
                            .body = "{"})
            ->status == 400);
  CHECK(replica.ask(*client)->status == 200);
}

class File {
 public:
  explicit File(const std::string& text) {
    std::string name = (std::filesystem::temp_directory_path() / "acr-client-ca-XXXXXX").string();
    const int descriptor = mkstemp(name.data());
    REQUIRE(descriptor >= 0);
    close(descriptor);
    path = name;
    std::ofstream(path) << text;
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { std::filesystem::remove(path); }

  std::string path;
};

TEST_CASE("SEC-6: with a client CA only its client of that name is heard", "[webhook]") {
  const fakes::Authority clients("clients");
  const fakes::Authority strangers("strangers");
  const File ca(clients.pem());
  Replica replica(ca.path, "kube-apiserver");
  const auto set = make_authority();
  replica.see(set, "1");
  const auto as = [](const fakes::Authority& authority, const char* name) {
    return authority.issue({.common_name = name, .alternative_names = ""});
  };
  CHECK(replica.ask(*replica.client(set.bundle_pem, as(clients, "kube-apiserver"))));
  CHECK_FALSE(replica.ask(*replica.client(set.bundle_pem, as(clients, "somebody"))));
  CHECK_FALSE(replica.ask(*replica.client(set.bundle_pem, as(strangers, "kube-apiserver"))));
  CHECK_FALSE(replica.ask(*replica.client(set.bundle_pem)));
}

}  // namespace
}  // namespace acr::webhook::test
