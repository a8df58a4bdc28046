// SPDX-License-Identifier: Apache-2.0
// How long a configuration that unbinds very much has to wait.
#include "controller/shrink_guard.hpp"

#include <catch2/catch.hpp>

namespace acr::controller {
namespace {

using namespace std::chrono_literals;

const async::Deadline kStart{};
constexpr ScopeChange kMuch{.bound = 100, .would_unbind = 60};
constexpr ScopeChange kLittle{.bound = 100, .would_unbind = 5};

config::Settings watching(const std::string& name) {
  config::Settings settings;
  settings.watch_namespaces = {.all = false, .patterns = {name}};
  return settings;
}

}  // namespace

TEST_CASE("a large removal waits once, is told once, and then goes ahead") {
  ShrinkGuard guard(300s);
  CHECK(guard.judge(watching("a"), kMuch, kStart));
  CHECK(guard.holds());
  CHECK_FALSE(guard.judge(watching("a"), kMuch, kStart + 10s));
  CHECK_FALSE(guard.expire(kStart + 299s));
  CHECK(guard.expire(kStart + 300s));
  CHECK_FALSE(guard.holds());
  CHECK_FALSE(guard.expire(kStart + 301s));
  CHECK_FALSE(guard.judge(watching("a"), kMuch, kStart + 302s));
  CHECK_FALSE(guard.holds());
}

TEST_CASE("a small removal does not wait, and undoing a large one costs nothing") {
  ShrinkGuard guard(300s);
  CHECK_FALSE(guard.judge(watching("a"), kLittle, kStart));
  CHECK_FALSE(guard.holds());
  guard.judge(watching("b"), kMuch, kStart);
  CHECK_FALSE(guard.judge(watching("a"), kLittle, kStart + 60s));
  CHECK_FALSE(guard.holds());
}

TEST_CASE("a second edit within the wait has the whole time to itself and is told anew") {
  ShrinkGuard guard(300s);
  guard.judge(watching("a"), kMuch, kStart);
  CHECK(guard.judge(watching("b"), kMuch, kStart + 298s));
  CHECK_FALSE(guard.expire(kStart + 300s));
  CHECK(guard.holds());
  CHECK(guard.expire(kStart + 598s));
}

TEST_CASE("a change that leaves the scope as it is neither shortens nor repeats the wait") {
  ShrinkGuard guard(300s);
  auto settings = watching("a");
  guard.judge(settings, kMuch, kStart);
  settings.expiring_threshold = 600s;
  CHECK_FALSE(guard.judge(settings, kMuch, kStart + 100s));
  CHECK(guard.expire(kStart + 300s));
}

}  // namespace acr::controller
