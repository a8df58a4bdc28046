// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/cache.hpp"

#include <catch2/catch.hpp>

#include "common/async/task_group.hpp"
#include "tests/fakes/credential_source.hpp"
#include "tests/fakes/run.hpp"
#include "tests/fakes/simulated_clock.hpp"

namespace acr::credentials {
namespace {

using std::chrono::minutes;

struct CacheTest {
  CacheTest() {
    source.answer = [this]() -> Result<alibaba::RamCredentials> {
      return fakes::temporary_credentials("STS." + std::to_string(source.fetches), now + life);
    };
  }
  Result<alibaba::RamCredentials> get(std::chrono::milliseconds at_least) {
    return fakes::run(io, cache.get(at_least, async::deadline_in(std::chrono::seconds(5))));
  }
  bool give_up(const alibaba::RamCredentials& refused, const std::string& code) {
    const Error error{.kind = ErrorKind::Denied, .message = "refused", .code = code};
    return fakes::run(io, cache.give_up(refused, error, async::deadline_in(std::chrono::seconds(5))));
  }

  boost::asio::io_context io;
  WallTime now = parse_rfc3339("2026-01-02T03:04:05Z").value();
  std::chrono::minutes life{60};
  bool time_known = true;
  RetryPolicy retry;
  fakes::FakeSource source{{}};
  CredentialCache cache{
      io.get_executor(), source, {.now = [this] { return now; }, .is_known = [this] { return time_known; }}, retry};
};

TEST_CASE_METHOD(CacheTest, "credentials are kept while they live long enough", "[cache]") {
  CHECK(get(minutes(15)).value().access_key_id == "STS.1");
  now += minutes(44);
  CHECK(get(minutes(15)).value().access_key_id == "STS.1");
  now += minutes(1);
  CHECK(get(minutes(15)).value().access_key_id == "STS.2");
  CHECK(source.fetches == 2);
}

TEST_CASE_METHOD(CacheTest, "a long-term key never ends", "[cache]") {
  source.answer = [] {
    return alibaba::RamCredentials{
        .access_key_id = "LTAI", .access_key_secret = Secret("s"), .security_token = {}, .expires = {}, .source = {}};
  };
  CHECK(get(minutes(15)));
  now += std::chrono::hours(24 * 365);
  CHECK(get(minutes(15)));
  CHECK(source.fetches == 1);
}

TEST_CASE_METHOD(CacheTest,
                 "the present credentials serve while the source is broken, and it is left alone for a while",
                 "[cache]") {
  REQUIRE(get(minutes(15)));
  now += minutes(50);
  source.answer = [] { return fail(ErrorKind::Unavailable, "down"); };
  CHECK(get(minutes(15)).value().access_key_id == "STS.1");
  CHECK(get(minutes(15)).value().access_key_id == "STS.1");
  CHECK(source.fetches == 2);
  now += minutes(11);
  const auto expired = get(minutes(15));
  REQUIRE_FALSE(expired);
  CHECK(expired.error().message == "down");
}

TEST_CASE_METHOD(CacheTest, "credentials that seem to have ended serve until the cloud has told its time, and are kept",
                 "[cache]") {
  life = minutes(-60);
  time_known = false;
  CHECK(get(minutes(15)).value().access_key_id == "STS.1");
  CHECK(get(minutes(15)).value().access_key_id == "STS.1");
  CHECK(source.fetches == 1);
  time_known = true;
  CHECK_FALSE(get(minutes(15)));
  now -= minutes(120);
  CHECK(get(minutes(15)));
}

TEST_CASE_METHOD(CacheTest, "a failure is everybody's for a while, until somebody acts or the source has changed",
                 "[cache]") {
  const auto fine = source.answer;
  source.answer = [] { return fail(Error{.kind = ErrorKind::Denied, .message = "no right", .code = "NoPermission"}); };
  int recovered = 0;
  cache.on_recovery([&] { ++recovered; });
  CHECK(get(minutes(15)).error().message == "no right");
  CHECK(get(minutes(15)).error().message == "no right");
  CHECK(source.fetches == 1);
  SECTION("somebody acts") {
    cache.forget_failure();
  }
  SECTION("the source has changed") {
    source.changed = true;
  }
  SECTION("another key is there") {
    source.new_key = true;
    CHECK(fakes::run(io, cache.look_for_new_key(async::deadline_in(std::chrono::seconds(5)))));
  }
  CHECK_FALSE(get(minutes(15)));
  CHECK(source.fetches == 2);
  CHECK(recovered == 0);
  source.answer = fine;
  cache.forget_failure();
  CHECK(get(minutes(15)));
  source.changed = false;
  CHECK(get(minutes(15)));
  CHECK(recovered == 1);
}

TEST_CASE_METHOD(CacheTest, "a short fault of the source is everybody's for a moment only", "[cache]") {
  fakes::SimulatedClock clock;
  const auto fine = std::exchange(source.answer, [] { return fail(ErrorKind::Unavailable, "down"); });
  CHECK_FALSE(get(minutes(15)));
  source.answer = fine;
  CHECK_FALSE(get(minutes(15)));
  CHECK(source.fetches == 1);
  clock.pass(2 * retry.first);
  CHECK(get(minutes(15)));
}

TEST_CASE_METHOD(CacheTest, "a source that gives credentials already expired is an error", "[cache]") {
  life = minutes(-1);
  const auto result = get(minutes(15));
  REQUIRE_FALSE(result);
  CHECK(result.error().message.find("expired") != std::string::npos);
}

TEST_CASE_METHOD(CacheTest, "D-13 of many callers refused together only the first causes a fetch", "[cache]") {
  const auto refused = get(minutes(15)).value();
  CHECK(give_up(refused, "InvalidSecurityToken.Expired"));
  const auto renewed = get(minutes(15)).value();
  CHECK(renewed.access_key_id == "STS.2");
  CHECK(give_up(refused, "InvalidSecurityToken.Expired"));
  CHECK(get(minutes(15)).value().access_key_id == "STS.2");
  CHECK(source.fetches == 2);
}

TEST_CASE_METHOD(CacheTest, "one who lacks a right takes nothing from the others, unless the key was replaced",
                 "[cache]") {
  const auto refused = get(minutes(15)).value();
  CHECK_FALSE(give_up(refused, "NoPermission"));
  source.long_term = true;
  CHECK_FALSE(give_up(refused, "NoPermission"));
  CHECK_FALSE(give_up(refused, "ServiceUnavailable"));
  CHECK(get(minutes(15)).value().access_key_id == "STS.1");
  source.new_key = true;
  CHECK(give_up(refused, "NoPermission"));
  CHECK(get(minutes(15)).value().access_key_id == "STS.2");
  source.new_key = false;
  CHECK(give_up(refused, "NoPermission"));  // another one is here already
  CHECK(source.fetches == 2);
}

async::awaitable<void> get_into(CredentialCache& cache, async::Deadline deadline,
                                std::vector<Result<alibaba::RamCredentials>>& results) {
  results.push_back(co_await cache.get(minutes(15), deadline));
}

TEST_CASE_METHOD(CacheTest, "many callers share one fetch", "[cache]") {
  source.delay = std::chrono::milliseconds(20);
  std::vector<Result<alibaba::RamCredentials>> results;
  async::TaskGroup tasks(io.get_executor());
  for (int i = 0; i < 12; ++i)
    tasks.spawn("caller", get_into(cache, async::deadline_in(std::chrono::seconds(5)), results));
  fakes::run(io, tasks.join());
  CHECK(source.fetches == 1);
  REQUIRE(results.size() == 12);
  for (const auto& result : results) CHECK(result.value().access_key_id == "STS.1");
}

TEST_CASE_METHOD(CacheTest, "a waiter keeps its own deadline and survives the end of the caller that fetches",
                 "[cache]") {
  source.delay = std::chrono::seconds(60);
  std::vector<Result<alibaba::RamCredentials>> results;
  async::TaskGroup fetcher(io.get_executor());
  async::TaskGroup waiters(io.get_executor());
  fetcher.spawn("fetcher", get_into(cache, async::deadline_in(std::chrono::seconds(90)), results));
  waiters.spawn("impatient", get_into(cache, async::deadline_in(std::chrono::milliseconds(20)), results));
  fakes::run(io, waiters.join());
  REQUIRE(results.size() == 1);
  CHECK(results[0].error().kind == ErrorKind::Timeout);

  waiters.spawn("patient", get_into(cache, async::deadline_in(std::chrono::seconds(90)), results));
  io.poll();
  fakes::run(io, fetcher.stop());
  fakes::run(io, waiters.join());
  REQUIRE(results.size() == 2);
  CHECK(results[1].error().kind == ErrorKind::Unavailable);
  source.delay = {};
  CHECK(get(minutes(15)));
}

}  // namespace
}  // namespace acr::credentials
