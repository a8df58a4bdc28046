// SPDX-License-Identifier: Apache-2.0
// What the server's tests share: a loop and a running server with limits short enough to wait for.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/async/task_group.hpp"
#include "common/http/routes.hpp"
#include "common/http/server.hpp"
#include "tests/fakes/raw_client.hpp"
#include "tests/fakes/run.hpp"

namespace acr::http::tests {

class ServerWorld {
 public:
  /// Every request is recorded and answered by `handler`, or else with 200 and its own body.
  explicit ServerWorld(ServerOptions options = {}, Handler handler = {});
  ~ServerWorld();
  ServerWorld(const ServerWorld&) = delete;
  ServerWorld& operator=(const ServerWorld&) = delete;

  fakes::RawClient connect(boost::asio::ip::address address = boost::asio::ip::address_v4::loopback());
  /// Sends `bytes` on a connection of its own; gives all that comes back until the server closes.
  std::string talk(const std::string& bytes);
  template <class T>
  T run(async::awaitable<T> task) {
    return fakes::run(io, std::move(task));
  }
  /// Runs the loop until `condition` holds; fails the test after 5 s.
  void run_until(const std::function<bool()>& condition);
  /// Cancels serve() and waits for it.
  void stop();

  boost::asio::io_context io{1};
  std::vector<Request> requests;
  std::unique_ptr<Server> server;
  async::TaskGroup tasks{io.get_executor()};
};

/// The status codes in `bytes`, in order.
std::vector<std::string> status_lines(const std::string& bytes);

}  // namespace acr::http::tests
