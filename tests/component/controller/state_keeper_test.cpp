// SPDX-License-Identifier: Apache-2.0
// What the leader writes into the state Secret, how often, and what it says where not everything fits.
#include "controller/state_keeper.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "common/kube/writes.hpp"
#include "tests/component/controller/simulated_cloud.hpp"
#include "tests/component/kube/fixture.hpp"
#include "tests/fakes/credential_source.hpp"

namespace acr::controller {
namespace {

using namespace std::chrono_literals;

const kube::TextMap kGood{{"watch-namespace", "web"}};
const kube::TextMap kBroken{{"watch-namespace", "shop"}, {"expiring-threshold", "soon"}};

std::string noise(std::size_t size) {
  std::mt19937 random(13);
  std::uniform_int_distribution<int> printable(0x20, 0x7E);
  std::string text(size, ' ');
  for (auto& c : text) c = static_cast<char>(printable(random));
  return text;
}

Options own_options() {
  Options options;
  options.common.own_namespace = "kube-system";
  return options;
}

/// A leader whose instances got their logins from an earlier process.
struct Leader : kube::test::Fixture {
  SimulatedClock clock;
  Options options = own_options();
  ClusterCache cache{client, metrics, options};
  kube::EventRecorder events{client, metrics, {.controller = "c", .instance = "pod"}};
  Configuration configuration{cache, events, metrics, [] { return true; }};
  fakes::FakeCloud cloud{[](const fakes::FakeCloud::Call&) { return std::nullopt; }};
  fakes::FakeSource source{[] { return alibaba::RamCredentials{}; }};
  alibaba::OpenApi openapi{
      cloud, metrics, {.own_region_id = "cn-hangzhou", .clock = {.boot_id = "this-boot"}, .nonce = [] { return "n"; }}};
  credentials::Refresher refresher{io.get_executor(), openapi, source, {}, metrics, {}};
  StateKeeper keeper{{client, cache}, configuration, refresher, events, metrics};
  kube::test::Tasks tasks{io};
  int version = 0;

  Leader() {
    tasks.group.spawn("events", events.run());
    cache.states.replace({});
    cache.config_maps.replace({});
  }

  void configure(kube::TextMap data) {
    cache.config_maps.upsert({.key = cache.config_map_key(),
                              .uid = "u",
                              .resource_version = std::to_string(++version),
                              .data = std::move(data)});
    configuration.refresh();
  }
  void log_in(std::size_t instances, std::size_t password_size) {
    std::vector<config::RegistryInstance> configured(instances);
    std::vector<credentials::RegistryLogin> logins;
    const auto now = std::chrono::system_clock::now();
    const auto password = noise(password_size * instances);
    for (std::size_t i = 0; i < instances; ++i) {
      configured[i].instance_id = "cri-" + std::to_string(i);
      configured[i].region_id = "cn-hangzhou";
      logins.push_back({.instance_id = configured[i].instance_id,
                        .region_id = "cn-hangzhou",
                        .hosts = {"r" + std::to_string(i) + ".example.com"},
                        .username = "cr_temp_user",
                        .password = Secret(password.substr(i * password_size, password_size)),
                        .issued = std::chrono::floor<std::chrono::microseconds>(now),
                        .expires = std::chrono::floor<std::chrono::microseconds>(now) + 1h,
                        .instance_key = credentials::build_instance_key(configured[i].instance_id, "cn-hangzhou")});
    }
    refresher.apply(std::move(configured), 15min);
    refresher.restore(std::move(logins));
  }
  /// A large state is stored, and renewed logins wait for its half minute.
  void hold_renewals_back() {
    configure(kGood);
    log_in(200, 900);
    CHECK_FALSE(reconcile());
    log_in(200, 900);
    CHECK(reconcile() == 30s);
    CHECK(writes() == 1);
  }
  std::optional<std::chrono::milliseconds> reconcile() {
    const auto outcome = fakes::run(io, keeper.reconcile());
    REQUIRE(outcome);
    return *outcome;
  }
  [[nodiscard]] credentials::State stored() {
    const auto secret = kube::parse_text<kube::SecretData>(
        server.find("/api/v1/secrets", "kube-system", "acr-credential-helper-state"));
    REQUIRE(secret);
    return credentials::decode_state(secret->data).state;
  }
  [[nodiscard]] bool has_stored_all() { return stored().logins == refresher.kept_logins(); }
  [[nodiscard]] std::size_t writes() const {
    return asked("POST /api/v1/namespaces/kube-system/secrets") + asked("PUT /api/v1/namespaces/kube-system/secrets");
  }
  std::string told() {
    fakes::run(io, events.drain(async::deadline_in(5s)));
    std::string notes;
    for (const auto& body : server.all("/apis/events.k8s.io/v1/events")) {
      const auto event = parse_json(body);
      if (string_at(*event, "reason") == "StateTooLarge") notes += std::string(string_at(*event, "note")) + "\n";
    }
    return notes;
  }
};

}  // namespace

TEST_CASE("a first start is stored as what it is, and an accepted text takes its place") {
  Leader leader;
  leader.configure(kBroken);
  leader.reconcile();
  CHECK(leader.stored().texts ==
        config::Remembered{.first_start = config::ConfigMapText{.data = kBroken, .binary_keys = {}}});
  leader.configure({{"watch-namespace", "x"}, {"expiring-threshold", "never"}});
  leader.reconcile();
  CHECK(leader.writes() == 1);
  leader.configure(kGood);
  leader.reconcile();
  CHECK(leader.stored().texts == config::Remembered{.accepted = kGood});
  CHECK(leader.told().empty());
}

TEST_CASE("a large state is written every half minute, but a new text at once") {
  Leader leader;
  leader.hold_renewals_back();
  leader.configure({{"watch-namespace", "web,shop"}});
  CHECK_FALSE(leader.reconcile());
  CHECK(leader.writes() == 2);
  leader.log_in(200, 900);
  leader.clock.advance(29s);
  CHECK(leader.reconcile() == 1s);
  CHECK_FALSE(leader.has_stored_all());
  leader.clock.advance(1s);
  CHECK_FALSE(leader.reconcile());
  CHECK(leader.has_stored_all());
}

TEST_CASE(
    "an instance that had no login yet is in a large state soon: a kill must not cost all that a start has fetched") {
  Leader leader;
  leader.hold_renewals_back();
  leader.log_in(201, 900);
  CHECK(leader.reconcile() == 2s);
  leader.clock.advance(2s);
  CHECK_FALSE(leader.reconcile());
  CHECK(leader.has_stored_all());
  CHECK(leader.writes() == 2);
}

TEST_CASE("in a start of thousands a large state is written ever less often") {
  Leader leader;
  leader.configure(kGood);
  std::size_t instances = 0;
  for (; instances < 5; ++instances) {  // small ones are written at once
    leader.log_in(instances + 1, 900);
    CHECK_FALSE(leader.reconcile());
  }
  instances = 200;
  leader.log_in(instances, 900);
  CHECK_FALSE(leader.reconcile());
  for (const auto pause : {2s, 4s, 8s, 16s, 30s, 30s}) {
    leader.log_in(++instances, 900);
    CHECK(leader.reconcile() == pause);
    leader.clock.advance(pause + 1ms);
    CHECK_FALSE(leader.reconcile());
  }
  leader.clock.advance(61s);
  leader.log_in(++instances, 900);
  CHECK_FALSE(leader.reconcile());
  leader.log_in(++instances, 900);
  CHECK(leader.reconcile() == 2s);
}

TEST_CASE("a clean stop stores what a large state still lacks, also after a conflict") {
  Leader leader;
  leader.hold_renewals_back();
  SECTION("nobody else writes") {
    fakes::run(leader.io, leader.keeper.flush(async::deadline_in(3s)));
    CHECK(leader.has_stored_all());
  }
  SECTION("another write of it was still under way") {
    int conflicts = 0;
    leader.server.before = [&conflicts](const http::Request& request) -> std::optional<Result<http::Response>> {
      if (request.method != "PUT" || ++conflicts > 1) return std::nullopt;
      return http::Response{.status = 409, .headers = {}, .body = R"({"kind": "Status", "reason": "Conflict"})"};
    };
    bool flushed = false;
    leader.tasks.group.spawn("flush", [](StateKeeper& keeper, bool& ended) -> async::awaitable<void> {
      co_await keeper.flush(async::deadline_in(3s));
      ended = true;
    }(leader.keeper, flushed));
    for (int round = 0; round < 1000 && !flushed; ++round) {
      fakes::run_ready(leader.io);
      leader.clock.advance(1s);
    }
    CHECK(flushed);
    CHECK(conflicts == 2);
    CHECK(leader.has_stored_all());
  }
  SECTION("the API server is away") {
    leader.server.before = [](const http::Request&) -> std::optional<Result<http::Response>> {
      return fail(ErrorKind::Unavailable, "away");
    };
    fakes::run(leader.io, leader.keeper.flush(async::deadline_in(50ms)));
    leader.server.before = {};
    CHECK_FALSE(leader.has_stored_all());
  }
}

TEST_CASE("a new leader reads the state before it writes it") {
  Leader leader;
  leader.configure(kBroken);
  leader.reconcile();
  const credentials::State stored{.texts = {.accepted = kGood}};
  leader.server.put("/api/v1/secrets", kube::build_secret_body({.key = leader.cache.state_key(),
                                                                .resource_version = "",
                                                                .labels = {},
                                                                .data = credentials::encode_state(stored).data}));
  REQUIRE(fakes::run(leader.io, leader.keeper.catch_up()));
  CHECK(leader.configuration.texts().accepted == kGood);
  CHECK_FALSE(leader.reconcile());
  CHECK(leader.stored().texts.accepted == kGood);
}

TEST_CASE("logins that do not fit are counted and told once, and so is a first start") {
  Leader leader;
  leader.configure(kGood);
  leader.log_in(2000, 900);
  leader.reconcile();
  CHECK(leader.stored().texts.accepted == kGood);
  const auto kept = leader.stored().logins.size();
  CHECK(kept > 800);
  CHECK_THAT(leader.metrics.render(),
             Catch::Contains("acr_state_left_out{part=\"logins\"} " + std::to_string(2000 - kept)));
  CHECK_THAT(leader.told(), Catch::Contains(std::to_string(2000 - kept) + " logins do not fit"));

  Leader beginner;
  auto huge = kBroken;
  huge["notify-email"] = noise(3'000'000);
  beginner.configure(huge);
  beginner.reconcile();
  CHECK_THAT(beginner.told(), Catch::Contains("a restart judges acr-configuration anew"));
  CHECK_THAT(beginner.metrics.render(), Catch::Contains("acr_state_left_out{part=\"first-start\"} 1"));
  beginner.configure(kGood);
  beginner.reconcile();
  CHECK_THAT(beginner.metrics.render(), Catch::Contains("acr_state_left_out{part=\"first-start\"} 0"));
}

}  // namespace acr::controller
