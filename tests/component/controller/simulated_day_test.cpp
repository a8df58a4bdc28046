// SPDX-License-Identifier: Apache-2.0
// A day in the life of the logins in simulated time, with faults drawn at random: what stands in the pull Secrets at
// each moment, and how often the cloud is asked. ACR_SIMULATED_DAYS of them (default 20); a failure prints its seed.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <set>

#include "common/base/json.hpp"
#include "common/base/log.hpp"
#include "controller/publisher.hpp"
#include "tests/component/controller/simulated_cloud.hpp"
#include "tests/fakes/credential_source.hpp"
#include "tests/fakes/run.hpp"

namespace acr::controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr int kInstances = 5;
constexpr hours kDay{24};
constexpr minutes kThreshold{15};
/// A refused permission is tried again after 10 to 15 minutes, everything else sooner.
constexpr minutes kNoticed{17};
/// From the end of a login to the Secret without it.
constexpr seconds kTakenOut{1};

/// The logins of one leader, its publisher, and the one Secret that all namespaces have.
class Day {
 public:
  explicit Day(unsigned long seed)
      : random_(seed + 1),
        cloud_(seed, kInstances, kDay, clock_),
        source_([this] { return cloud_.fetch_ram_credentials(); }),
        openapi_(client_, metrics_,
                 {.own_region_id = "cn-hangzhou", .clock = {.wall = [this] { return clock_.now(); }}, .nonce = [] { return "n"; }}),
        refresher_(io_.get_executor(), openapi_, source_, {}, metrics_, {}, options()),
        publisher_("pull-secret", refresher_,
                   {.settings = [this] { return &settings_; },
                    .now = [this] { return clock_.now(); },
                    .set_awaited = [](AwaitedLogins) {},
                    .publish = [this](pullsecret::WantedSecret wanted) { write(std::move(wanted)); },
                    .tell = [](const pullsecret::DockerConfig&) {}}) {
    settings_.expiring_threshold = kThreshold;
    for (const auto& [id, record] : cloud_.instances()) {
      config::RegistryInstance item;
      item.instance_id = id;
      item.region_id = "cn-hangzhou";
      settings_.instances.push_back(std::move(item));
    }
  }

  /// What was wrong first; empty if nothing.
  std::string live() {
    refresher_.apply(settings_.instances, kThreshold);
    refresher_.start();
    publisher_.begin_term();
    tasks_.spawn("publish", publisher_.run());
    std::string problem;
    while (problem.empty() && clock_.elapsed() < kDay) {
      run_ready();
      problem = judge_secret();
      clock_.advance(minutes{1});
    }
    if (problem.empty()) problem = judge_calls();
    stop();
    return problem;
  }

  [[nodiscard]] int writes() const { return writes_; }

 private:
  credentials::RefresherOptions options() {
    return {.source_check = seconds{60},
            .random = [this] { return std::uniform_real_distribution<double>(0, 1)(random_); }};
  }

  void run_ready() {
    io_.restart();
    while (io_.poll() > 0) io_.restart();
  }

  void stop() {
    bool stopped = false;
    tasks_.spawn("stop", [](credentials::Refresher& refresher, bool& done) -> async::awaitable<void> {
      co_await refresher.stop();
      done = true;
    }(refresher_, stopped));
    while (!stopped) {
      run_ready();
      clock_.advance(minutes{1});
    }
    tasks_.cancel();
    run_ready();
  }

  void write(pullsecret::WantedSecret wanted) {
    ++writes_;
    secret_.clear();
    const auto document = parse_json(wanted.docker_config.reveal()).value();
    for (const auto& auth : find_member(document, "auths")->GetObject()) {
      const std::string host = auth.name.GetString();
      secret_[host.substr(0, host.find('.'))] = std::string(string_at(auth.value, "password"));
    }
  }

  std::string judge_secret() {
    for (const auto& [id, record] : cloud_.instances()) {
      const auto entry = secret_.find(id);
      if (entry != secret_.end()) {
        const auto expires = cloud_.expiry_of(entry->second);
        if (expires + kTakenOut < clock_.now())
          return fmt::format("{} has had an expired entry since {}", id, format_rfc3339(expires));
      } else if (cloud_.good_for(id) > kNoticed) {
        return fmt::format("{} has no entry at {} although a refresh has been possible for 17 minutes; {}", id,
                           format_rfc3339(clock_.now()), describe(id));
      }
    }
    return {};
  }

  std::string describe(const std::string& id) {
    for (const auto& status : refresher_.status()) {
      if (status.instance_id != id) continue;
      return fmt::format("next try {}, login until {}, last error {}",
                         status.next_try ? format_rfc3339(*status.next_try) : "now",
                         status.expires ? format_rfc3339(*status.expires) : "-",
                         status.last_error ? status.last_error->message : "none");
    }
    return "no such instance";
  }

  std::string judge_calls() {
    for (auto& [id, record] : cloud_.instances()) {
      nanoseconds ideal{0};
      for (std::size_t i = 0; i < record.successes.size(); ++i) {
        const auto& [issued, expires] = record.successes[i];
        const credentials::RegistryLogin login{
            .hosts = {}, .username = {}, .password = Secret(std::string()), .issued = issued, .expires = expires};
        ideal += credentials::renew_at(login, kThreshold, 0.5) - issued;
        const auto earliest = credentials::renew_at(login, kThreshold, 1);
        const auto next = std::ranges::upper_bound(record.calls, issued);
        if (next != record.calls.end() && *next < earliest)
          return fmt::format("{} was asked again at {} although it was due at {} at the earliest", id,
                             format_rfc3339(*next), format_rfc3339(earliest));
      }
      if (ideal > kDay * 1.1)
        return fmt::format("{}: {} logins were fetched, 10 % more than needed", id, record.successes.size());
      for (const auto& call : record.calls) {
        const auto in_an_hour = std::ranges::count_if(
            record.calls, [&call](WallTime other) { return other >= call && other < call + hours{1}; });
        if (in_an_hour > kMostInAnHour) return fmt::format("{}: {} calls within an hour", id, in_an_hour);
      }
    }
    return {};
  }

  /// Exponential backoff up to 5 minutes gives some 20 in a bad hour; several short storms in one hour give more.
  static constexpr int kMostInAnHour = 50;

  SimulatedClock clock_;
  boost::asio::io_context io_;
  Metrics metrics_{"test"};
  std::mt19937_64 random_;
  SimulatedCloud cloud_;
  fakes::FakeSource source_;
  fakes::FakeCloud client_{[this](const fakes::FakeCloud::Call& call) { return cloud_.answer(call); }};
  alibaba::OpenApi openapi_;
  config::Settings settings_;
  credentials::Refresher refresher_;
  Publisher publisher_;
  std::map<std::string, std::string> secret_;  ///< instance to password
  int writes_ = 0;
  async::TaskGroup tasks_{io_.get_executor()};
};

TEST_CASE("a day with random faults: no expired entry, none missing while it could be had, no storm of calls") {
  const char* asked = std::getenv("ACR_SIMULATED_DAYS");
  const int days = asked == nullptr ? 20 : std::atoi(asked);
  REQUIRE(days > 0);
  log::configure(log::Level::Error, log::Format::Text);
  for (int seed = 1; seed <= days; ++seed) {
    Day day(static_cast<unsigned long>(seed));
    const auto problem = day.live();
    INFO("seed " << seed);
    REQUIRE(problem == "");
    CHECK(day.writes() > 20);
  }
}

}  // namespace
}  // namespace acr::controller
