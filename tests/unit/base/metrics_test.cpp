// SPDX-License-Identifier: Apache-2.0
#include "common/base/metrics.hpp"

#include <catch2/catch.hpp>

namespace acr {
namespace {

TEST_CASE("what is scraped") {
  Metrics metrics("tester");
  metrics.counter("acr_things_total", "Things.").Add({{"kind", "a"}}).Increment(2);
  metrics.counter("acr_things_total", "Things.").Add({{"kind", "a"}}).Increment();
  const auto text = metrics.render();
  CHECK(text.find("# TYPE acr_things_total counter\n") != std::string::npos);
  CHECK(text.find("acr_things_total{kind=\"a\"} 3\n") != std::string::npos);
  CHECK(text.find("acr_build_info{") != std::string::npos);
  CHECK(text.find("component=\"tester\"") != std::string::npos);
  CHECK(text.find("process_start_time_seconds") != std::string::npos);
  const auto memory = text.find("\nprocess_resident_memory_bytes ");
  REQUIRE(memory != std::string::npos);
  CHECK(std::stod(text.substr(memory + 31)) > 100'000);
}

}  // namespace
}  // namespace acr
