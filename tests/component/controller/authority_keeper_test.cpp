// SPDX-License-Identifier: Apache-2.0
// The webhook's certificate authority in its Secret: two controllers at once, and everything that may stand there.
#include "controller/authority_keeper.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "common/async/task_group.hpp"
#include "common/base/base64.hpp"
#include "common/base/log.hpp"
#include "tests/component/controller/registration_world.hpp"

namespace acr::controller {
namespace {

using namespace std::chrono_literals;

constexpr const char* kSecrets = "/api/v1/secrets";
const certs::HostNames kNames = certs::names_of_service("kube-system", "acr-webhook");

Result<Secret> no_file(const std::string& path) {
  return fail(ErrorKind::NotFound, "no file " + path);
}

/// A controller with a cache of its own.
struct Controller {
  Controller(async::Executor executor, fakes::ApiServer& server, const Options& options, const WallTime& now)
      : api(executor, cluster, server, metrics),
        cache(api, metrics, options),
        keeper({api, cache}, metrics, options, [&now] { return now; }) {}

  kube::Cluster cluster{{.origin = {"http", "127.0.0.1", 8080}}, no_file};
  Metrics metrics{"test"};
  kube::ApiClient api;
  ClusterCache cache;
  AuthorityKeeper keeper;
  std::optional<Outcome> outcome = {};
};

struct Pair {
  Pair() {
    log::configure(log::Level::Error, log::Format::Text);
    for (auto* controller : {&one, &other}) controller->cache.spawn(tasks);
    run_ready();
  }
  ~Pair() {
    tasks.cancel();
    run_ready();
  }

  static async::awaitable<void> step(Controller& controller) {
    controller.outcome = co_await controller.keeper.reconcile();
  }
  /// One step of each, at the same time.
  void step() {
    for (auto* controller : {&one, &other}) tasks.spawn("step", step(*controller));
    run_ready();
  }
  void run_ready() {
    io.restart();
    while (io.poll() > 0) io.restart();
  }
  /// What somebody else writes into the Secret.
  void put(const std::map<std::string, std::string>& data, const std::string& more = "") {
    std::string members;
    for (const auto& [key, value] : data)
      members += (members.empty() ? "" : ",") + quote_json(key) + ":" + quote_json(encode_base64(value));
    server.put(kSecrets, R"({"metadata":{"namespace":"kube-system","name":"acr-credential-helper-webhook-ca"},)"
                         R"("type":"Opaque",)" +
                             more + R"("data":{)" + members + "}}");
    run_ready();
  }

  fakes::SimulatedClock clock;
  boost::asio::io_context io{1};
  fakes::ApiServer server{io.get_executor()};
  Options options = RegistrationWorld::default_options();
  WallTime now = fakes::SimulatedClock::kStart;
  Controller one{io.get_executor(), server, options, now};
  Controller other{io.get_executor(), server, options, now};
  async::TaskGroup tasks{io.get_executor()};
};

std::map<std::string, std::string> revealed(const certs::AuthoritySet& set) {
  std::map<std::string, std::string> data;
  for (const auto& [key, value] : certs::build_ca_secret(set)) data[key] = std::string(value.reveal());
  return data;
}

certs::AuthoritySet made_at(WallTime now, const certs::HostNames& names = kNames) {
  return certs::apply_rotation(std::nullopt, certs::RotationStep::Create, names, now).value();
}

}  // namespace

TEST_CASE("CRT-2: two controllers that make the CA at once agree on one") {
  Pair pair;
  pair.step();
  CHECK((pair.one.outcome->has_value() != pair.other.outcome->has_value()));
  pair.step();
  REQUIRE((pair.one.outcome->has_value() && pair.other.outcome->has_value()));
  REQUIRE(pair.one.keeper.current());
  CHECK(pair.one.keeper.current() == pair.other.keeper.current());
  CHECK(pair.server.all(kSecrets).size() == 1);
}

TEST_CASE("CRT-1: the Secret holds the CA and no leaf's key") {
  Pair pair;
  pair.step();
  const auto secret = pair.one.cache.authority();
  REQUIRE(secret);
  std::vector<std::string> keys;
  for (const auto& [key, value] : secret->data) keys.push_back(key);
  CHECK(keys == std::vector<std::string>{"ca.crt", "tls.crt", "tls.key"});
}

TEST_CASE("CRT-3: whatever cannot be used is replaced, by two controllers at once without harm") {
  Pair pair;
  auto good = revealed(made_at(pair.now));
  const auto moved = revealed(made_at(pair.now, certs::names_of_service("elsewhere", "acr-webhook")));
  const auto ended = revealed(made_at(pair.now - 2 * certs::kAuthorityLife));
  auto half = good;
  half.erase("tls.key");
  auto cut = good;
  cut["tls.crt"].resize(cut["tls.crt"].size() / 2);
  auto mixed = good;
  mixed["tls.key"] = revealed(made_at(pair.now)).at("tls.key");
  struct Row {
    const char* name;
    std::map<std::string, std::string> data;
    const char* more = "";
  };
  for (const auto& row :
       {Row{"empty", {}}, Row{"half-written", half}, Row{"cut", cut}, Row{"another's key", mixed},
        Row{"of another Service", moved}, Row{"ended", ended}, Row{"somebody else's", {{"password", "x"}}},
        Row{"damaged and immutable", cut, R"("immutable":true,)"}}) {
    INFO(row.name);
    pair.put(row.data, row.more);
    for (int i = 0; i < 3; ++i) pair.step();
    const auto set = pair.one.keeper.current();
    REQUIRE(set);
    CHECK(certs::judge_ca(set->signing, kNames, pair.now) == certs::Verdict::Good);
    CHECK(set == pair.other.keeper.current());
    CHECK((pair.one.outcome->has_value() && pair.other.outcome->has_value()));
  }
  pair.put(good);
  pair.step();
  CHECK(revealed(*pair.one.keeper.current()) == good);
}

TEST_CASE("CRT-5: it is looked at each minute, by the wall clock: months of sleep are noticed at once") {
  Pair pair;
  pair.step();
  pair.step();
  CHECK(**pair.one.outcome <= 60s);
  const auto before = pair.one.keeper.current();
  pair.now += certs::kAuthorityLife * 2 / 3 + 2h;
  pair.step();
  REQUIRE(pair.one.keeper.current());
  CHECK(pair.one.keeper.current()->next);
  CHECK(pair.one.keeper.current()->signing == before->signing);
  pair.now += certs::kAuthorityLife;
  for (int i = 0; i < 3; ++i) pair.step();
  CHECK(certs::judge_ca(pair.one.keeper.current()->signing, kNames, pair.now) == certs::Verdict::Good);
}

TEST_CASE("CRT-11: a metric tells whether a registration lacks the CA") {
  Pair pair;
  pair.step();
  pair.step();
  CHECK_THAT(pair.one.metrics.render(), Catch::Contains("acr_webhook_ca_bundle_mismatch 0"));
  pair.server.put(kMutatingPath, R"({"metadata":{"name":"acr-credential-helper"},"webhooks":[{"name":"x"}]})");
  pair.run_ready();
  pair.step();
  CHECK_THAT(pair.one.metrics.render(), Catch::Contains("acr_webhook_ca_bundle_mismatch 1"));
}

}  // namespace acr::controller
