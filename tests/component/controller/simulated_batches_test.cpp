// SPDX-License-Identifier: Apache-2.0
// A day of twenty instances with which nothing is wrong: their calls are spread, their logins are published together.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <random>

#include "controller/publisher.hpp"
#include "tests/component/controller/simulated_cloud.hpp"
#include "tests/fakes/credential_source.hpp"

namespace acr::controller {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr int kInstances = 20;

struct Row {
  const char* name;
  seconds life;
  seconds threshold;
  seconds least_spread;  ///< of the calls of one round
};

/// One leader and its cloud. Nothing is ever written but moments.
struct Batches {
  explicit Batches(const Row& given, unsigned seed) : row(given), random(seed) {
    settings.expiring_threshold = row.threshold;
    for (int i = 0; i < kInstances; ++i) {
      config::RegistryInstance item;
      item.instance_id = fmt::format("cri-{}", i);
      item.region_id = "cn-hangzhou";
      settings.instances.push_back(std::move(item));
    }
    refresher.apply(settings.instances, settings.expiring_threshold);
    refresher.start();
    publisher.begin_term();
    tasks.spawn("publish", publisher.run());
  }
  ~Batches() {
    bool stopped = false;
    tasks.spawn("stop", [](credentials::Refresher& stopping, bool& done) -> async::awaitable<void> {
      co_await stopping.stop();
      done = true;
    }(refresher, stopped));
    while (!stopped) run_ready();
    tasks.cancel();
    run_ready();
  }

  void live(nanoseconds time) {
    while (clock.elapsed() < time) {
      run_ready();
      clock.advance(1min);
    }
  }
  void run_ready() {
    io.restart();
    while (io.poll() > 0) io.restart();
  }

  std::optional<Result<http::Response>> answer(const fakes::FakeCloud::Call& call) {
    const auto now = clock.elapsed();
    const auto in_this_second = std::ranges::count_if(served, [now](nanoseconds at) { return at > now - 1s; });
    if (cloud_limit > 0 && in_this_second >= cloud_limit) {
      ++throttled;
      return fakes::error_answer(400, "Throttling.User");
    }
    served.push_back(now);
    if (call.action() == "ListInstanceEndpoint") {
      return fakes::json_answer(
          R"({"IsSuccess":true,"Code":"success","RequestId":"R","Endpoints":[{"Enable":true,"Domains":[{"Domain":")" +
          call.instance() + R"(.example.com","Type":"SYSTEM"}]}]})");
    }
    logins.push_back(now);
    return fakes::json_answer(fmt::format(
        R"({{"IsSuccess":true,"Code":"success","RequestId":"R","TempUsername":"u","AuthorizationToken":"p{}","ExpireTime":{}}})",
        logins.size(), (clock.now() + row.life).time_since_epoch() / 1ms));
  }

  /// The moments of each round: a round is one login of each instance.
  [[nodiscard]] std::vector<std::vector<nanoseconds>> rounds() const {
    std::vector<std::vector<nanoseconds>> all;
    for (std::size_t i = 0; i + kInstances <= logins.size(); i += kInstances)
      all.emplace_back(logins.begin() + static_cast<long>(i), logins.begin() + static_cast<long>(i) + kInstances);
    return all;
  }
  /// The most publications in any time as long as a login lives, from the very start.
  [[nodiscard]] long most_in_a_life() const {
    long most = 0;
    for (const auto& first : published) {
      most = std::max(most, std::ranges::count_if(published, [&](nanoseconds other) {
                        return other >= first && other < first + row.life;
                      }));
    }
    return most;
  }

  Row row;
  SimulatedClock clock;
  std::mt19937_64 random;
  boost::asio::io_context io;
  Metrics metrics{"test"};
  long cloud_limit = 0;  ///< calls a second; 0 = none
  std::vector<nanoseconds> served;
  std::vector<nanoseconds> logins;
  std::vector<nanoseconds> published;
  std::vector<std::string> expired;  ///< when entries ended that still stood there
  int throttled = 0;
  config::Settings settings;
  fakes::FakeSource source{[this] { return fakes::temporary_credentials("STS.a", clock.now() + 48h); }};
  fakes::FakeCloud cloud{[this](const fakes::FakeCloud::Call& call) { return answer(call); }};
  alibaba::OpenApi openapi{
      cloud, metrics, {.own_region_id = "cn-hangzhou", .clock = {.wall = [this] { return clock.now(); }}, .nonce = [] {
                         return "n";
                       }}};
  credentials::Refresher refresher{io.get_executor(), openapi, source, {}, metrics, {}, {.random = [this] {
                                     return std::uniform_real_distribution<double>(0, 1)(random);
                                   }}};
  Publisher publisher{"pull-secret",
                      refresher,
                      {.settings = [this] { return &settings; },
                       .now = [this] { return refresher.now(); },
                       .set_awaited = [](AwaitedLogins) {},
                       .publish =
                           [this](const pullsecret::WantedSecret& wanted) {
                             const auto life_left = published_until - clock.now();
                             if (!published.empty() && life_left < 0s)
                               expired.push_back(format_rfc3339(published_until));
                             published_until = wanted.earliest_expiry.value_or(WallTime::max());
                             published.push_back(clock.elapsed());
                           },
                       .tell = [](const pullsecret::DockerConfig&) {}}};
  WallTime published_until{};
  async::TaskGroup tasks{io.get_executor()};
};

}  // namespace

TEST_CASE("C-21 calls of a round are spread over a tenth of a life, and a life has at most four publications") {
  const auto row = GENERATE(as<Row>{}, Row{"a usual day", 3600s, 900s, 360s}, Row{"C-21", 600s, 120s, 60s},
                            Row{"short lives", 120s, 60s, 12s}, Row{"a short threshold", 3600s, 60s, 30s});
  const auto seed = GENERATE(range(1U, 11U));
  INFO(row.name << ", seed " << seed);
  Batches batches(row, seed);
  batches.live(row.life * 24);
  const auto rounds = batches.rounds();
  REQUIRE(rounds.size() >= 24);
  for (std::size_t i = 1; i < rounds.size(); ++i) {
    INFO("round " << i);
    CHECK(rounds[i].back() - rounds[i].front() >= row.least_spread);
  }
  CHECK(batches.most_in_a_life() <= 4);
  CHECK(batches.expired.empty());
}

TEST_CASE("C-21 a cloud that allows five calls a second is not pressed, and no entry ends") {
  const auto seed = GENERATE(range(1U, 11U));
  INFO("seed " << seed);
  Batches batches({"C-21", 600s, 120s, 60s}, seed);
  batches.cloud_limit = 5;
  batches.live(30min);
  CHECK(batches.throttled <= 3 * kInstances);
  const auto logins = batches.logins.size();
  CHECK(logins >= 4UL * kInstances);
  CHECK(logins <= 6UL * kInstances);
  CHECK(batches.expired.empty());
}

}  // namespace acr::controller
