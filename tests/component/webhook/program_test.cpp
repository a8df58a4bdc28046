// SPDX-License-Identifier: Apache-2.0
// The program itself: exit codes, signals, probes without an API server.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/async/sleep.hpp"
#include "common/http/beast_client.hpp"
#include "tests/fakes/run.hpp"

extern char** environ;

namespace acr::webhook::test {
namespace {

using namespace std::chrono_literals;

std::uint16_t free_port() {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
}

class Process {
 public:
  explicit Process(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), ACR_WEBHOOK);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    REQUIRE(posix_spawn(&pid_, ACR_WEBHOOK, &files, nullptr, argv.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&files);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  void signal(int number) const { kill(pid_, number); }
  /// The exit code once it has ended; -1 if it does not end in 10 s or ends by a signal.
  int wait(boost::asio::io_context& io) { return fakes::run(io, wait_for_end(), 12s); }

 private:
  async::awaitable<int> wait_for_end() {
    const auto end = async::deadline_in(10s);
    for (int status = 0; async::Clock::now() < end; co_await async::sleep_for(5ms)) {
      if (waitpid(pid_, &status, WNOHANG) != pid_) continue;
      pid_ = 0;
      co_return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    co_return -1;
  }

  pid_t pid_ = 0;
};

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
