// SPDX-License-Identifier: Apache-2.0
// A day in the life of the logins in simulated time, with faults, restarts, edits and a clock that is set, all drawn at
// random: what stands in the pull Secrets at each moment, and how often the cloud is asked. ACR_SIMULATED_DAYS of them
// (default 20); a failure prints its seed.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "common/base/log.hpp"
#include "tests/component/controller/simulated_day.hpp"

namespace acr::controller {

TEST_CASE("a day with random faults: no expired entry, none missing while it could be had, no storm of calls") {
  const char* asked = std::getenv("ACR_SIMULATED_DAYS");
  const int days = asked == nullptr ? 20 : std::atoi(asked);
  REQUIRE(days > 0);
  log::configure(log::Level::Error, log::Format::Text);
  for (int seed = 1; seed <= days; ++seed) {
    SimulatedDay day(static_cast<unsigned long>(seed));
    const auto problem = day.live();
    INFO("seed " << seed);
    REQUIRE(problem == "");
    CHECK(day.writes() > 20);
  }
}

}  // namespace acr::controller
