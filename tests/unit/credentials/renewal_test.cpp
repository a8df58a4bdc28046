// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/renewal.hpp"

#include <catch2/catch.hpp>

namespace acr::credentials {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const WallTime kStart = parse_rfc3339("2026-01-02T03:00:00Z").value();

RegistryLogin login_of(seconds life) {
  return {.issued = kStart, .expires = kStart + life};
}

seconds renewal_after(seconds life, seconds threshold, double random) {
  return std::chrono::duration_cast<seconds>(renew_at(login_of(life), threshold, random) - kStart);
}

TEST_CASE("a login is renewed the threshold before it ends", "[renewal]") {
  CHECK(renewal_after(minutes(60), minutes(15), 0) == minutes(45));
  CHECK(renewal_after(seconds(600), seconds(120), 0) == seconds(480));
  CHECK(renewal_after(minutes(60), seconds(0), 0) == minutes(60));
}

TEST_CASE("C-20 tokens that live shorter than the threshold are renewed after half of their life", "[renewal]") {
  CHECK(renewal_after(seconds(600), seconds(900), 0) == seconds(300));
  // At most 10 calls in 30 minutes, also with the widest jitter, and 60 s left at any time.
  for (const double random : {0.0, 0.5, 0.999}) {
    const auto pause = renewal_after(seconds(600), seconds(900), random);
    CHECK(seconds(1800) / pause <= 10);
    CHECK(seconds(600) - pause >= seconds(60));
  }
}

TEST_CASE("half of a login's life always goes by first", "[renewal]") {
  CHECK(renewal_after(minutes(16), minutes(15), 0) == minutes(8));
  CHECK(renewal_after(minutes(60), minutes(30), 0) == minutes(30));
  CHECK(renewal_after(minutes(60), minutes(59), 0) == minutes(30));
}

TEST_CASE("a longer threshold never renews later", "[renewal]") {
  for (const auto life : {minutes(10), minutes(15), minutes(60), minutes(720)}) {
    auto before = renewal_after(life, seconds(0), 0);
    for (auto threshold = minutes(1); threshold <= 2 * life; ++threshold) {
      const auto after = renewal_after(life, threshold, 0);
      INFO(life.count() << " min, threshold " << threshold.count() << " min");
      CHECK(after <= before);
      before = after;
    }
  }
}

TEST_CASE("C-21 logins fetched in one second are renewed over more than a minute", "[renewal]") {
  const auto first = renewal_after(seconds(600), seconds(120), 0.95);
  const auto last = renewal_after(seconds(600), seconds(120), 0.05);
  CHECK(last - first >= seconds(60));
  CHECK(renewal_after(minutes(60), minutes(15), 0.999) >= minutes(37));
}

TEST_CASE("C-21 those that are renewed together are asked for over more than a tenth of their life", "[renewal]") {
  const auto window = [](seconds life, seconds threshold) { return renewal_window(login_of(life), threshold); };
  for (const auto& [life, threshold] :
       {std::pair(seconds(3600), seconds(900)), std::pair(seconds(600), seconds(120)),
        std::pair(seconds(120), seconds(60)), std::pair(seconds(43200), seconds(10800))}) {
    INFO(life.count() << " s, threshold " << threshold.count() << " s");
    // Nobody has more than 8 minutes to give.
    CHECK(window(life, threshold) >= std::min<milliseconds>(life / 10, minutes(8)));
    CHECK(window(life, threshold) <= threshold * 2 / 3);
    CHECK(renew_at(login_of(life), threshold, 1) + window(life, threshold) <= renew_at(login_of(life), threshold, 0));
  }
  // Under a short threshold what is promised of the writes goes first.
  CHECK(window(seconds(3600), seconds(60)) == seconds(36));
  CHECK(window(seconds(0), seconds(60)) == seconds(0));
}

TEST_CASE("the renewal lies within the login's life whatever the numbers are", "[renewal]") {
  for (const auto life : {seconds(0), seconds(1), seconds(59), seconds(3600), seconds(86400 * 365)}) {
    for (const auto threshold : {seconds(0), seconds(1), seconds(900), seconds(86400)}) {
      for (const double random : {0.0, 0.3, 0.9999}) {
        const auto moment = renew_at(login_of(life), threshold, random);
        CHECK(moment >= kStart);
        CHECK(moment <= kStart + life);
        if (life > seconds(0)) CHECK(moment > kStart);
      }
    }
  }
  CHECK(renew_at({.issued = kStart, .expires = kStart - minutes(5)}, minutes(15), 0.5) == kStart);
}

TEST_CASE("a RAM credential must outlive the widest jitter before the threshold", "[renewal]") {
  CHECK(needed_life(minutes(15)) == minutes(23));
  CHECK(needed_life(seconds(30)) == seconds(60));
}

milliseconds pause_of(const Error& error, int failures, double random, bool long_term_key = false) {
  return next_try(RetryPolicy{}, error, failures, random, long_term_key);
}

TEST_CASE("short faults are tried again soon, then ever more slowly", "[renewal]") {
  const Error down{.kind = ErrorKind::Unavailable, .message = "down"};
  // D-21: three attempts within 10 s.
  CHECK(pause_of(down, 1, 0.9999) + pause_of(down, 2, 0.9999) < seconds(10));
  CHECK(pause_of(down, 1, 0) >= milliseconds(500));
  for (int failures = 1; failures < 60; ++failures) {
    CHECK(pause_of(down, failures, 0.9999) <= minutes(5));
    CHECK(pause_of(down, failures, 0) <= pause_of(down, failures + 1, 0));
  }
  CHECK(pause_of(down, 60, 0.5) >= minutes(2));
}

TEST_CASE("D-01 throttling waits at least a second and as long as the cloud asks", "[renewal]") {
  const Error throttled{.kind = ErrorKind::Throttled, .message = "slow", .code = "Throttling.User"};
  CHECK(pause_of(throttled, 1, 0) >= seconds(1));
  const Error told{
      .kind = ErrorKind::Throttled, .message = "slow", .code = "Throttling.User", .retry_after = seconds(40)};
  CHECK(pause_of(told, 1, 0) >= seconds(40));
}

TEST_CASE("what only the user can mend is probed every ten minutes or slower", "[renewal]") {
  const Error denied{.kind = ErrorKind::Denied, .message = "no", .code = "NoPermission"};
  const Error wrong_key{.kind = ErrorKind::Unauthenticated, .message = "no", .code = "SignatureDoesNotMatch"};
  for (const double random : {0.0, 0.5, 0.9999}) {
    CHECK(pause_of(denied, 1, random) >= minutes(10));
    CHECK(pause_of(denied, 9, random) <= minutes(15));
    CHECK(pause_of(wrong_key, 1, random, true) >= minutes(10));
  }
  CHECK(pause_of(wrong_key, 1, 0.5, false) < seconds(10));
}

TEST_CASE("D-06 a role that may be attached at any time is looked for every minute", "[renewal]") {
  const Error no_role{.kind = ErrorKind::NotFound, .message = "this node has no RAM role"};
  CHECK(pause_of(no_role, 1, 0) == minutes(1));
  CHECK(pause_of(no_role, 50, 0.9999) < minutes(2));
}

TEST_CASE("publishing waits for others, but not at the cost of the present entry", "[renewal]") {
  const auto threshold = minutes(15);
  const auto at = [](int minute) { return kStart + minutes(minute); };
  CHECK_FALSE(publish_at({}, threshold));
  // Nothing published yet: at once.
  CHECK(publish_at({{.arrived = at(0), .replaces_expiry = {}}}, threshold) == at(0));
  // A third of the threshold after the first arrival.
  CHECK(publish_at({{.arrived = at(0), .replaces_expiry = at(20)}, {.arrived = at(3), .replaces_expiry = at(20)}},
                   threshold) == at(5));
  // The present entry has 10 of 15 minutes left at minute 2.
  CHECK(publish_at({{.arrived = at(0), .replaces_expiry = at(12)}}, threshold) == at(2));
  // It has less already: now, never in the past.
  CHECK(publish_at({{.arrived = at(0), .replaces_expiry = at(4)}}, threshold) == at(0));
  CHECK(publish_at({{.arrived = at(0), .replaces_expiry = at(-4)}}, threshold) == at(0));
  // What replaces none waits as long as it is told to, and no longer than a renewed one.
  CHECK(publish_at({{.arrived = at(0), .replaces_expiry = {}}}, threshold, seconds(2)) == at(0) + seconds(2));
  CHECK(publish_at({{.arrived = at(0), .replaces_expiry = {}}}, threshold, minutes(9)) == at(5));
  CHECK(publish_at({{.arrived = at(0), .replaces_expiry = {}, .latest = at(0)}}, threshold, seconds(2)) == at(0));
  // One urgent login takes the others along.
  CHECK(publish_at({{.arrived = at(0), .replaces_expiry = at(20)}, {.arrived = at(1), .replaces_expiry = {}}},
                   threshold) == at(1));
}

}  // namespace
}  // namespace acr::credentials
