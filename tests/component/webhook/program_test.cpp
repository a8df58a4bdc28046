// SPDX-License-Identifier: Apache-2.0
// The program itself: exit codes, signals, probes without an API server.
#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "common/async/sleep.hpp"
#include "common/http/beast_client.hpp"
#include "tests/fakes/child_process.hpp"
#include "tests/fakes/run.hpp"

namespace acr::webhook::test {
namespace {

using namespace std::chrono_literals;

/// acr-webhook with these arguments.
struct Process : fakes::ChildProcess {
  explicit Process(std::vector<std::string> arguments) : ChildProcess(ACR_WEBHOOK, std::move(arguments)) {}
};

std::uint16_t free_port() {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
}

struct Started {
  explicit Started(const std::string& delay)
      : process({"--kubeconfig=/nonexistent/kubeconfig",
                 "--webhook-bind-address=127.0.0.1:" + std::to_string(free_port()),
                 "--metrics-bind-address=127.0.0.1:" + std::to_string(free_port()),
                 "--health-probe-bind-address=127.0.0.1:" + std::to_string(health_port), "--shutdown-delay=" + delay}) {
    fakes::run(io, until_status("/healthz", 200));
  }

  /// The status of a probe; 0 while nobody answers.
  async::awaitable<unsigned> probe(std::string path) {
    const auto response = co_await client->fetch({.scheme = "http", .host = "127.0.0.1", .port = health_port},
                                                 {.target = std::move(path)}, {.deadline = async::deadline_in(2s)});
    co_return response ? response->status : 0u;
  }
  async::awaitable<void> until_status(std::string path, unsigned status) {
    while (co_await probe(path) != status) co_await async::sleep_for(5ms);
  }

  boost::asio::io_context io;
  std::unique_ptr<http::Resolver> resolver = http::make_cares_resolver(io.get_executor());
  std::unique_ptr<http::Client> client = http::make_beast_client(io.get_executor(), *resolver, {.user_agent = "test"});
  std::uint16_t health_port = free_port();
  Process process;
};

TEST_CASE("without an API server the program lives, is healthy and not ready", "[webhook]") {
  Started started("0s");
  CHECK(fakes::run(started.io, started.probe("/readyz")) == 503);
  CHECK(fakes::run(started.io, started.probe("/healthz")) == 200);
}

TEST_CASE("SIGTERM ends it with 0", "[webhook]") {
  Started started("20ms");
  started.process.signal(SIGTERM);
  CHECK(started.process.wait(started.io) == 0);
}

TEST_CASE("SHD-2: a second signal ends it at once", "[webhook]") {
  Started started("10m");
  started.process.signal(SIGTERM);
  fakes::run(started.io, started.until_status("/healthz", 200));  // still serving within its delay
  started.process.signal(SIGTERM);
  started.process.signal(SIGINT);  // two signals of one kind may arrive as one
  CHECK(started.process.wait(started.io) == 1);
}

TEST_CASE("wrong usage ends it with 2, a port that is taken with 1", "[webhook]") {
  boost::asio::io_context io;
  CHECK(Process({"--no-such-flag"}).wait(io) == 2);
  boost::asio::ip::tcp::acceptor taken(io, {boost::asio::ip::address_v4::loopback(), 0});
  CHECK(Process({"--webhook-bind-address=127.0.0.1:" + std::to_string(taken.local_endpoint().port())}).wait(io) == 1);
  CHECK(Process({"--version"}).wait(io) == 0);
}

}  // namespace
}  // namespace acr::webhook::test
