// SPDX-License-Identifier: Apache-2.0
#include "common/kube/connect.hpp"

#include <catch2/catch.hpp>

namespace acr::kube {
namespace {

using namespace std::chrono_literals;

const async::Deadline kStart{1h};

}  // namespace

TEST_CASE("a failure that goes on is told again each minute, another at once") {
  FailureLog log;
  CHECK(log.should_tell("no file", kStart));
  CHECK_FALSE(log.should_tell("no file", kStart + 1s));
  CHECK_FALSE(log.should_tell("no file", kStart + 59s));
  CHECK(log.should_tell("no file", kStart + 60s));
  CHECK_FALSE(log.should_tell("no file", kStart + 100s));
  CHECK(log.should_tell("the file is empty", kStart + 101s));
  CHECK(log.should_tell("no file", kStart + 102s));
}

TEST_CASE("a kubeconfig that does not exist is named") {
  const auto cluster = read_cluster("/nonexistent/kubeconfig");
  REQUIRE_FALSE(cluster);
  CHECK(cluster.error().kind == ErrorKind::Invalid);
  CHECK_THAT(cluster.error().message, Catch::Contains("/nonexistent/kubeconfig"));
}

}  // namespace acr::kube
