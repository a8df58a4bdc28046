// SPDX-License-Identifier: Apache-2.0
#include "common/pullsecret/entry_ends.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/pullsecret/logins.hpp"

namespace acr::pullsecret {
namespace {

using namespace std::chrono_literals;
using Ends = std::vector<WallTime>;

kube::SecretInfo secret_of_two(const kube::TextMap& annotations) {
  kube::SecretInfo secret;
  secret.annotations = annotations;
  secret.digest = "5f1c2ab90e";
  secret.registry_hosts = {"a.test", "b.test"};
  return secret;
}

Ends ends_by(const std::string& numbers, const std::string& digest = "5f1c2ab9") {
  const auto outlives = digest + ":" + numbers;
  return read_entry_ends(secret_of_two(
      {{std::string(kExpiresAtAnnotation), format_rfc3339(kLater)}, {std::string(kOutlivesAnnotation), outlives}}));
}

TEST_CASE("the ends of entries come back as they were written, in whole seconds") {
  const auto marks = build_end_marks("5f1c2ab90e", {kLater + 10min, kLater + 300ms});
  CHECK(marks == EndMarks{.expires_at = format_rfc3339(kLater), .outlives = "5f1c2ab9:600,0"});
  auto secret = secret_of_two({{std::string(kOutlivesAnnotation), "x"}});
  set_end_marks(secret, marks);
  CHECK(read_end_marks(secret) == marks);
  CHECK(read_entry_ends(secret) == Ends{kLater + 10min, kLater});
  CHECK(ends_by("600,0") == Ends{kLater + 10min, kLater});
}

TEST_CASE("entries that all end in the same second need no second annotation") {
  CHECK(build_end_marks("5f1c2ab90e", {kLater, kLater + 999ms}).outlives.empty());
  CHECK(build_end_marks("5f1c2ab90e", {kLater}).outlives.empty());
  CHECK(build_end_marks("5f1c2ab90e", {}).outlives.empty());
  const auto secret = secret_of_two({{std::string(kExpiresAtAnnotation), format_rfc3339(kLater)}});
  CHECK(read_entry_ends(secret) == Ends{kLater, kLater});
  CHECK(read_expires_at(secret) == kLater);
}

TEST_CASE("of what others have written there nothing is believed but the earliest end") {
  for (const auto* bad :
       {"", "600", "0,600,0", "0,-600", "0,600,", ",600", "0;600", "0, 600", "0,6e2", "0,4294967296", "x"})
    CHECK(ends_by(bad) == Ends{kLater, kLater});
  for (const auto* other : {"", "5f1c2ab", "00000000", "5f1c2ab90"})
    CHECK(ends_by("0,600", other) == Ends{kLater, kLater});
  CHECK(read_entry_ends(secret_of_two({})).empty());
  CHECK_FALSE(read_expires_at(secret_of_two({})));
  const auto no_time = secret_of_two({{std::string(kExpiresAtAnnotation), "soon"}});
  CHECK(read_entry_ends(no_time).empty());
}

TEST_CASE("a time beyond all times stays the last one") {
  const auto secret = secret_of_two({{std::string(kExpiresAtAnnotation), "2262-04-11T00:00:00Z"},
                                     {std::string(kOutlivesAnnotation), "5f1c2ab9:0,4294967295"}});
  const auto ends = read_entry_ends(secret);
  REQUIRE(ends.size() == 2);
  CHECK(ends[0] < ends[1]);
  const auto far = build_end_marks("5f1c2ab90e", {kLater, WallTime::max()}).outlives;
  CHECK(far == "5f1c2ab9:0,4294967295");
  CHECK(ends_by(far.substr(far.find(':') + 1))[1] > kLater + std::chrono::years{100});
}

}  // namespace
}  // namespace acr::pullsecret
