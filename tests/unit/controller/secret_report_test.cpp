// SPDX-License-Identifier: Apache-2.0
#include "controller/secret_report.hpp"

#include <catch2/catch.hpp>

namespace acr::controller {
namespace {

const kube::ObjectReference kConfigMap{
    .api_version = "v1", .kind = "ConfigMap", .key = {"kube-system", "c"}, .uid = ""};

}  // namespace

TEST_CASE("what fits is not told") {
  CHECK(build_publishing_events(kConfigMap, {}).empty());
}

TEST_CASE("a login that was left out is told once, with the reason and what to do") {
  pullsecret::DockerConfig config;
  config.left_out = {
      {"cri-a@r", "its password is malformed"}, {"cri-b@r", "it does not fit"}, {"cri-b@r", "it does not fit"}};
  const auto events = build_publishing_events(kConfigMap, config);
  REQUIRE(events.size() == 2);
  CHECK(events[0].reason == "CredentialRefreshFailed");
  CHECK(events[0].part == "cri-a@r");
  CHECK(events[1].note ==
        "cri-b@r: its login is not in the pull Secrets, or not for all hosts: it does not fit; the logins of other "
        "instances are. Correct or shorten acr-registry-info");
}

TEST_CASE("hosts that two instances claim are told with both names, and not all of a hundred") {
  pullsecret::DockerConfig config;
  for (int i = 0; i < 8; ++i) config.clashes.push_back({"h" + std::to_string(i), "cri-a@r", "cri-b@r"});
  const auto events = build_publishing_events(kConfigMap, config);
  REQUIRE(events.size() == 1);
  CHECK(events[0].reason == "ConfigurationInvalid");
  CHECK(events[0].part == "cri-b@r");
  CHECK(events[0].severity == kube::Severity::Warning);
  CHECK(events[0].note ==
        "cri-a@r and cri-b@r both claim h0, h1, h2, h3, h4 and 3 more: images there are pulled with the login of "
        "cri-a@r; list in domains of each item the hosts that it is for");
}

}  // namespace acr::controller
