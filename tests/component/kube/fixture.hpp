// SPDX-License-Identifier: Apache-2.0
// A client of the in-memory API server, and short words for waiting on it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <functional>

#include "common/async/sleep.hpp"
#include "common/async/task_group.hpp"
#include "common/kube/api_client.hpp"
#include "tests/fakes/api_server.hpp"
#include "tests/fakes/run.hpp"

namespace acr::kube::test {

inline FileReader no_files() {
  return [](const std::string& path) -> Result<Secret> { return fail(ErrorKind::NotFound, "no file " + path); };
}

inline ClusterAccess plain_access() {
  return {.origin = {"http", "127.0.0.1", 8080}};
}

/// Lets the loop turn until `condition` holds; a test that waits in vain is ended by the watchdog of fakes::run.
inline async::awaitable<void> until(std::function<bool()> condition) {
  while (!condition()) co_await async::sleep_for(std::chrono::milliseconds{1});
}

/// The io_context, the server and a client of it. Declare the tasks of a test after it.
struct Fixture {
  boost::asio::io_context io{1};
  fakes::ApiServer server{io.get_executor()};
  Cluster cluster{plain_access(), no_files()};
  Metrics metrics{"test"};
  ApiClient client{io.get_executor(), cluster, server, metrics};

  void wait_for(std::function<bool()> condition) { fakes::run(io, until(std::move(condition))); }
  [[nodiscard]] std::size_t asked(std::string_view part) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(server.asked, [&](const auto& line) { return line.find(part) != std::string::npos; }));
  }
};

/// Tasks that are stopped at the end of a test.
struct Tasks {
  explicit Tasks(boost::asio::io_context& context) : io(context), group(context.get_executor()) {}
  ~Tasks() { stop(); }
  void stop() { fakes::run(io, group.stop()); }

  boost::asio::io_context& io;
  async::TaskGroup group;
};

inline CallOptions within(std::chrono::milliseconds limit) {
  return {.deadline = async::deadline_in(limit)};
}

}  // namespace acr::kube::test
