// SPDX-License-Identifier: Apache-2.0
// CRT-9: when API servers may be sent here.
#include "webhook/readiness.hpp"

#include <catch2/catch.hpp>

namespace acr::webhook {
namespace {

const ReadinessInputs kAll{.certificate = {}, .configuration_known = true, .namespaces_synced = true};
Result<void> no_certificate() {
  return fail(ErrorKind::Unavailable, "no certificate yet");
}

TEST_CASE("CRT-9: every part is needed at first", "[webhook]") {
  Readiness readiness;
  auto inputs = kAll;
  inputs.certificate = no_certificate();
  CHECK(readiness.judge(inputs).error().message == "no certificate yet");
  inputs = kAll;
  inputs.configuration_known = false;
  CHECK_FALSE(readiness.judge(inputs));
  inputs = kAll;
  inputs.namespaces_synced = false;
  CHECK_FALSE(readiness.judge(inputs));
  CHECK(readiness.judge(kAll));
}

TEST_CASE("CRT-9: an outage of the API server does not unset it, an ended certificate does", "[webhook]") {
  Readiness readiness;
  REQUIRE(readiness.judge(kAll));
  CHECK(readiness.judge({.certificate = {}, .configuration_known = false, .namespaces_synced = false}));
  auto inputs = kAll;
  inputs.certificate = no_certificate();
  CHECK_FALSE(readiness.judge(inputs));
  CHECK(readiness.judge(kAll));
}

TEST_CASE("SHD-1: draining is unready at once", "[webhook]") {
  Readiness readiness;
  REQUIRE(readiness.judge(kAll));
  readiness.start_draining();
  CHECK(readiness.judge(kAll).error().message == "shutting down");
}

}  // namespace
}  // namespace acr::webhook
