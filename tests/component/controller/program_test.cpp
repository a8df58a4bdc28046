// SPDX-License-Identifier: Apache-2.0
// The program itself: what it does when there is no way to a cluster.
#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "tests/fakes/child_process.hpp"

namespace acr::controller {
namespace {

/// acr-controller with these arguments.
struct Process : fakes::ChildProcess {
  explicit Process(std::vector<std::string> arguments) : ChildProcess(ACR_CONTROLLER, std::move(arguments)) {}
};

constexpr const char* kNoFile = "--kubeconfig=/nonexistent/kubeconfig";

async::awaitable<void> until_told(const Process& process, std::string words) {
  while (process.errors().find(words) == std::string::npos) co_await async::sleep_for(std::chrono::milliseconds{5});
}

}  // namespace

TEST_CASE("--cleanup without a way to the cluster ends at once and says what is missing") {
  boost::asio::io_context io;
  SECTION("a kubeconfig that does not exist") {
    Process process({"--cleanup", kNoFile});
    CHECK(process.wait(io) == 2);
    CHECK_THAT(process.errors(), Catch::Contains("cannot read /nonexistent/kubeconfig: No such file"));
  }
  SECTION("outside a pod, without --kubeconfig") {
    unsetenv("KUBERNETES_SERVICE_HOST");
    Process process({"--cleanup"});
    CHECK(process.wait(io) == 2);
    CHECK_THAT(process.errors(), Catch::Contains("give --kubeconfig FILE"));
  }
}

TEST_CASE("--cleanup of a cluster that nobody answers for fails") {
  boost::asio::io_context io;
  Process process({"--cleanup", "--kubeconfig=" ACR_FIXTURES "/kube/unreachable.kubeconfig"});
  CHECK(process.wait(io) == 1);
  CHECK_THAT(process.errors(), Catch::Contains("cleanup failed") && Catch::Contains("127.0.0.1:1"));
}

TEST_CASE("the running program waits for a kubeconfig to appear, and ends by a signal") {
  boost::asio::io_context io;
  Process process({kNoFile, "--metrics-bind-address=127.0.0.1:0", "--health-probe-bind-address=127.0.0.1:0"});
  fakes::run(io, until_told(process, "trying again"));
  process.signal(SIGTERM);
  CHECK(process.wait(io) == 0);
}

}  // namespace acr::controller
