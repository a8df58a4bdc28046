// SPDX-License-Identifier: Apache-2.0
#include "tests/component/http/server_world.hpp"

#include <regex>
#include <stdexcept>

namespace acr::http::tests {

ServerWorld::ServerWorld(ServerOptions options, Handler handler) {
  if (options.bind_address.empty()) options.bind_address = "127.0.0.1:0";
  auto made =
      make_server(io.get_executor(), std::move(options), [this, handler = std::move(handler)](const Request& request) {
        requests.push_back(request);
        return handler ? handler(request) : answer_with(text_response(200, request.body));
      });
  if (!made) throw std::runtime_error(made.error().message);
  server = std::move(*made);
  tasks.spawn("serve", server->serve());
}

ServerWorld::~ServerWorld() {
  stop();
}

void ServerWorld::stop() {
  fakes::run(io, tasks.stop());
}

fakes::RawClient ServerWorld::connect(boost::asio::ip::address address) {
  fakes::RawClient client(io.get_executor());
  run(client.connect(server->port(), std::move(address)));
  return client;
}

std::string ServerWorld::talk(const std::string& bytes) {
  auto client = connect();
  run(client.write(bytes));
  return run(client.read_all());
}

void ServerWorld::run_until(const std::function<bool()>& condition) {
  const auto end = async::Clock::now() + std::chrono::seconds(5);
  io.restart();
  while (!condition()) {
    if (async::Clock::now() >= end) throw std::runtime_error("watchdog: the condition did not come true");
    io.run_one_for(std::chrono::milliseconds(5));
  }
}

std::vector<std::string> status_lines(const std::string& bytes) {
  std::vector<std::string> found;
  static const std::regex kStatusLine("HTTP/1\\.1 (\\d{3}) ");
  for (auto match = std::sregex_iterator(bytes.begin(), bytes.end(), kStatusLine); match != std::sregex_iterator();
       ++match) {
    found.push_back((*match)[1]);
  }
  return found;
}

}  // namespace acr::http::tests
