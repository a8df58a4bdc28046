// SPDX-License-Identifier: Apache-2.0
// Leader election as arithmetic.
#include "common/kube/lease.hpp"

#include <catch2/catch.hpp>

namespace acr::kube {
namespace {

using namespace std::chrono_literals;

const WallTime kWall{std::chrono::seconds{1'780'000'000}};
constexpr BootTime kBoot = 1000s;

LeaseRecord held_by(const std::string& holder, std::chrono::seconds duration = 15s, const std::string& version = "7") {
  return {.holder = holder,
          .duration = duration,
          .acquire_time = kWall,
          .renew_time = kWall,
          .transitions = 3,
          .resource_version = version};
}

}  // namespace

TEST_CASE("LE-1: the times must leave room for a leader to give up before others take over") {
  CHECK(check_lease_timing({}));
  CHECK_FALSE(check_lease_timing({.duration = 12s}));
  CHECK_FALSE(check_lease_timing({.duration = 12500ms}));
  CHECK_FALSE(check_lease_timing({.renew_deadline = 2400ms}));
  CHECK_FALSE(check_lease_timing({.retry_period = 0ms}));
  CHECK_FALSE(check_lease_timing({.candidate_period = 0ms}));
}

TEST_CASE("3.3: who may take the lease, and when") {
  struct Row {
    std::string name;
    LeaseRecord record;
    BootTime after;
    LeaseMove move;
  };
  const std::vector<Row> rows{
      {"another holds it", held_by("other"), 14s, LeaseMove::Wait},
      {"another has been silent for its whole duration", held_by("other"), 15s, LeaseMove::Take},
      {"the duration is the holder's, not ours", held_by("other", 60s), 59s, LeaseMove::Wait},
      {"LE-8: nobody holds it", held_by(""), 0s, LeaseMove::Take},
      {"released a moment ago", held_by("", 1s), 0s, LeaseMove::Take},
      {"it is ours", held_by("me"), 0s, LeaseMove::Renew},
      {"it is ours, though nobody would respect it", held_by("me"), 60s, LeaseMove::Renew},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    CHECK(plan_lease_move({.record = row.record, .since = kBoot}, "me", kBoot + row.after) == row.move);
  }
}

TEST_CASE("3.2: only a changed record restarts the wait; the server's clock does not matter") {
  auto record = held_by("other");
  record.renew_time = kWall - 1h;
  const auto first = observe_lease({}, record, kBoot);
  CHECK(first.since == kBoot);
  CHECK(plan_lease_move(first, "me", kBoot + 1s) == LeaseMove::Wait);

  CHECK(observe_lease(first, record, kBoot + 10s).since == kBoot);

  record.resource_version = "8";
  CHECK(observe_lease(first, record, kBoot + 10s).since == kBoot + 10s);
}

TEST_CASE("what a taker, a holder and a leaver write") {
  const auto current = held_by("other");

  CHECK(new_lease("me", {}, kWall) ==
        LeaseRecord{.holder = "me", .duration = 15s, .acquire_time = kWall, .renew_time = kWall});

  const auto taken = taken_lease(current, "me", {}, kWall + 1min);
  CHECK(taken.holder == "me");
  CHECK(taken.transitions == 4);
  CHECK(taken.acquire_time == kWall + 1min);
  CHECK(taken.resource_version == "7");

  const auto renewed = renewed_lease(taken, kWall + 2min);
  CHECK(renewed.acquire_time == kWall + 1min);
  CHECK(renewed.renew_time == kWall + 2min);
  CHECK(renewed.transitions == 4);

  const auto released = released_lease(taken, kWall + 3min);
  CHECK(released.holder.empty());
  CHECK(released.duration == 1s);
  CHECK(released.resource_version == "7");
}

TEST_CASE("a lease survives the wire") {
  const auto record = held_by("pod-1_abc");
  const auto document = parse_json(build_lease_body({"kube-system", "acr"}, record));
  REQUIRE(document);
  CHECK(*parse_lease(*document) == record);
  CHECK(string_at(*document, "apiVersion") == "coordination.k8s.io/v1");
  CHECK(string_at(*document, "metadata", "namespace") == "kube-system");
  CHECK(string_at(*document, "spec", "acquireTime") == format_rfc3339_micro(kWall));
}

TEST_CASE("a lease that somebody made by hand is free") {
  const auto empty = parse_json(R"({"metadata":{"name":"acr"}})");
  CHECK(*parse_lease(*empty) == LeaseRecord{});
  const auto odd = parse_json(R"({"metadata":{"name":"acr"},"spec":{"holderIdentity":null,"renewTime":"yesterday"}})");
  CHECK(*parse_lease(*odd) == LeaseRecord{});
  CHECK_FALSE(parse_lease(*parse_json("{}")));
}

TEST_CASE("a new lease is created without a version, a known one replaced under its own") {
  CHECK(build_lease_body({"n", "l"}, new_lease("me", {}, kWall)).find("resourceVersion") == std::string::npos);
  CHECK(build_lease_body({"n", "l"}, held_by("me")).find(R"("resourceVersion":"7")") != std::string::npos);
}

}  // namespace acr::kube
