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
  for (const auto* name :
       {"process_cpu_seconds_total ", "process_virtual_memory_bytes ", "process_open_fds ", "process_max_fds "}) {
    INFO(name);
    CHECK(text.find(std::string("\n") + name) != std::string::npos);
  }
  const auto memory = text.find("\nprocess_resident_memory_bytes ");
  REQUIRE(memory != std::string::npos);
  CHECK(std::stod(text.substr(memory + 31)) > 100'000);
}

TEST_CASE("a family without values is shown by its name alone, and once it has some only once") {
  Metrics metrics("tester");
  auto& things = metrics.counter("acr_things_total", "Things.");
  CHECK(metrics.render().find("# HELP acr_things_total Things.\n# TYPE acr_things_total counter\n") !=
        std::string::npos);
  things.Add({}).Increment();
  const auto text = metrics.render();
  const auto first = text.find("# TYPE acr_things_total counter\n");
  CHECK(first != std::string::npos);
  CHECK(text.find("# TYPE acr_things_total", first + 1) == std::string::npos);
}

}  // namespace
}  // namespace acr
