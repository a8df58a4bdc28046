// SPDX-License-Identifier: Apache-2.0
// The status is YAML that people read: what is wrong comes first, says what to do, and never grows without bound.
#include "controller/status.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <catch2/catch.hpp>
#include <numeric>

namespace acr::controller {
namespace {

using config::SettingsOrigin;

const WallTime kNow = parse_rfc3339("2026-11-25T08:00:00Z").value();

InstanceHealth good_instance(const std::string& id = "cri-good") {
  InstanceHealth report;
  report.status.instance_key = id + "@cn-hangzhou";
  report.status.instance_id = id;
  report.status.region_id = "cn-hangzhou";
  report.status.source = "worker role";
  report.status.expires = kNow + std::chrono::hours{1};
  report.hosts = {"acme-registry.cn-hangzhou.cr.aliyuncs.com"};
  return report;
}

InstanceHealth failed_instance(const std::string& id = "cri-bad") {
  auto report = good_instance(id);
  report.status.expires.reset();
  report.hosts.clear();
  report.status.failures = 3;
  report.status.last_error = Error{.kind = ErrorKind::Denied,
                                   .message = "cannot call GetAuthorizationToken: 'forbidden'\nby RAM",
                                   .code = "NoPermission",
                                   .request_id = "5D0C7B1E"};
  return report;
}

StatusFacts good_facts() {
  StatusFacts facts{.version = "0.1.0",
                    .leader = "acr-controller-1",
                    .configuration_name = "kube-system/acr-configuration",
                    .origin = SettingsOrigin::ConfigMap,
                    .accepted = AcceptedText{"0123456789abcdef", kNow},
                    .instances = {good_instance()}};
  facts.coverage.namespaces.served = 3;
  facts.coverage.accounts.served = 7;
  return facts;
}

YAML::Node read(const StatusFacts& facts, const std::string& key) {
  const auto status = build_status(facts);
  INFO(status.at(key));
  return YAML::Load(status.at(key));
}

std::vector<std::string> problems(const StatusFacts& facts) {
  const auto list = read(facts, "summary")["problems"];
  return list ? list.as<std::vector<std::string>>() : std::vector<std::string>{};
}

}  // namespace

TEST_CASE("a state without problems is called good and counted") {
  const auto summary = read(good_facts(), "summary");
  CHECK(summary["state"].as<std::string>() == "good");
  CHECK_FALSE(summary["problems"]);
  CHECK(summary["instances"].as<std::string>() == "1 of 1 logged in");
  CHECK(summary["namespaces"].as<std::string>() == "3 of 3 served");
  CHECK(summary["serviceAccounts"].as<std::string>() == "7 of 7 bound");
  CHECK(summary["leader"].as<std::string>() == "acr-controller-1");
}

TEST_CASE("each problem is told in the summary and explained under its own key") {
  auto facts = good_facts();
  std::string told;
  SECTION("an instance without a login") {
    facts.instances.push_back(failed_instance());
    told = "instance cri-bad@cn-hangzhou has no login, see instances";
    const auto first = read(facts, "instances")[0];  // before those that are well
    CHECK(first["loginUntil"].as<std::string>() == "no login");
    CHECK(first["lastError"].as<std::string>() ==
          "cannot call GetAuthorizationToken: 'forbidden'\\x0aby RAM; Code NoPermission; RequestId 5D0C7B1E");
    CHECK_FALSE(first["toDo"].as<std::string>().empty());
  }
  SECTION("an instance that is not renewed") {
    facts.instances[0].status.last_error = Error{.kind = ErrorKind::Timeout, .message = "no answer"};
    told = "instance cri-good@cn-hangzhou is not renewed, see instances";
    CHECK(read(facts, "instances")[0]["loginUntil"].as<std::string>() == "2026-11-25T09:00:00Z");
  }
  SECTION("a rejected edit") {
    facts.origin = SettingsOrigin::LastAccepted;
    facts.errors = {"acr-registry-info line 3 column 5: no such field; remove it", "b", "c", "d", "e"};
    told = "kube-system/acr-configuration is rejected, see configuration";
    const auto configuration = read(facts, "configuration");
    CHECK(configuration["inForce"].as<std::string>() ==
          "the text accepted last, because ConfigMap kube-system/acr-configuration is rejected");
    CHECK(configuration["rejectedBecause"].size() == 4);
    CHECK(configuration["rejectedBecause"][0].as<std::string>() == facts.errors[0]);
    CHECK(configuration["rejectedBecause"][3].as<std::string>() == "and 2 more");
    CHECK(configuration["toDo"]);
  }
  SECTION("a ConfigMap that was deleted") {
    facts.origin = SettingsOrigin::LastAccepted;
    facts.configuration_present = false;
    told = "kube-system/acr-configuration is absent, see configuration";
  }
  SECTION("a namespace without its Secret") {
    facts.coverage.namespaces.unserved = 1;
    facts.coverage.namespaces.named = {{"shop", "cannot create secrets shop/x: exceeded quota: pods"}};
    told = "1 namespaces have no good pull Secret, see namespaces";
    const auto namespaces = read(facts, "namespaces");
    CHECK(namespaces["covered"].as<int>() == 4);
    CHECK(namespaces["unserved"][0]["name"].as<std::string>() == "shop");
    CHECK(namespaces["unserved"][0]["reason"].as<std::string>() ==
          "cannot create secrets shop/x: exceeded quota: pods");
  }
  SECTION("ServiceAccounts that are not bound") {
    facts.coverage.accounts.unserved = 40;
    facts.coverage.accounts.named = {{"shop/web", "not bound yet"}};
    told = "40 ServiceAccounts are not bound, see service-accounts";
    CHECK(read(facts, "service-accounts")["unbound"][1].as<std::string>() == "and 39 more");
  }
  SECTION("removals that wait") {
    facts.held_back = 12;
    told = "the unbinding of 12 ServiceAccounts waits, see Event ScopeShrinking";
  }
  SECTION("a webhook that nobody answers for") {
    facts.webhook.wanted = true;
    told = "the webhook is not in force, see webhook";
    CHECK_THAT(read(facts, "webhook")["state"].as<std::string>(), Catch::StartsWith("not registered"));
  }
  SECTION("a webhook whose failure policy was lowered") {
    facts.webhook.wanted = true;
    facts.webhook.settings.failure_policy = config::FailurePolicy::Fail;
    facts.webhook.registered_policy = "Ignore";
    told = "the webhook is not in force, see webhook";
    CHECK(read(facts, "webhook")["breaker"].as<std::string>() == "open");
  }
  CHECK(problems(facts) == std::vector<std::string>{told});
  CHECK(read(facts, "summary")["state"].as<std::string>() == "needs attention");
}

TEST_CASE("what is as it should be is no problem") {
  auto facts = good_facts();
  SECTION("Personal Edition that nobody asked for") {
    facts.instances.push_back(failed_instance());
    facts.instances.back().status.implicit = true;
  }
  SECTION("no configuration from the start") {
    facts.configuration_present = false;
    facts.origin = SettingsOrigin::Defaults;
    facts.accepted.reset();
  }
  SECTION("a webhook that is on") {
    facts.webhook.wanted = true;
    facts.webhook.registered_policy = "Ignore";
    CHECK(read(facts, "summary")["webhook"].as<std::string>() == "on, failurePolicy Ignore");
  }
  CHECK(problems(facts).empty());
}

TEST_CASE("the time of acceptance is read back as it was written") {
  auto facts = good_facts();
  CHECK(read_accepted(build_status(facts)) == facts.accepted);
  facts.accepted.reset();
  CHECK_FALSE(read_accepted(build_status(facts)));
  CHECK_FALSE(read_accepted({}));
  CHECK_FALSE(read_accepted({{"configuration", "acceptedAt: nonsense\ntext: sha256:x\n"}}));
}

TEST_CASE("the source of a login is read back as it was written, for each instance its own") {
  auto facts = good_facts();
  auto& first = facts.instances.at(0).status;
  for (const auto* source : {"worker role KubernetesWorkerRole-x", "role acs:ram::1:role/it's: 'so'", "'", ""}) {
    CAPTURE(source);
    first.source = source;
    auto other = facts;
    other.instances.push_back(facts.instances.at(0));
    other.instances.back().status.instance_key = first.instance_key + "-2";
    other.instances.back().status.source = "another";
    const auto status = build_status(other);
    CHECK(read_source(status, first.instance_key) == source);
    CHECK(read_source(status, first.instance_key + "-2") == "another");
  }
  CHECK(read_source(build_status(facts), "unknown").empty());
  CHECK(read_source({}, first.instance_key).empty());
  CHECK(read_source({{"instances", "- instance: cut"}}, "cut").empty());
}

TEST_CASE("thousands of failing instances and hostile texts stay within 512 KiB of YAML") {
  auto facts = good_facts();
  for (int i = 0; i < 3000; ++i) {
    auto bad = failed_instance(fmt::format("cri-{}", i));
    bad.status.last_error->message = std::string(5000, '\\') + "\xC3\xA4: # - 'x'\n";
    bad.status.warning = std::string(5000, '\'');
    bad.hosts.assign(300, std::string(250, 'h'));
    facts.instances.push_back(bad);
  }
  facts.errors.assign(1000, std::string(3000, '"'));
  facts.coverage.namespaces.unserved = 100000;
  facts.coverage.namespaces.named.assign(kNamedUnserved, {std::string(63, 'n'), std::string(3000, 'r')});
  facts.coverage.accounts = facts.coverage.namespaces;
  const auto status = build_status(facts);
  std::size_t size = 0;
  for (const auto& [key, text] : status) {
    INFO(key);
    CHECK_NOTHROW(YAML::Load(text));
    size += text.size();
  }
  CHECK(size <= 512UL * 1024);
  CHECK(problems(facts).size() == 11);
  CHECK(read(facts, "instances").size() == 51);
}

TEST_CASE("a scalar is read back as the text it stands for") {
  for (const std::string text : {"plain words",
                                 "a: b",
                                 "a:",
                                 "- a",
                                 "#a",
                                 "a #b",
                                 "",
                                 "true",
                                 "No",
                                 "12",
                                 "1e3",
                                 "0x1f",
                                 "it's",
                                 "*a",
                                 "&a",
                                 "{a}",
                                 "[a]",
                                 "!a",
                                 "%a",
                                 "@a",
                                 "`a`",
                                 "a, b",
                                 "2026-11-25T09:00:00Z",
                                 "***q7Zk",
                                 "|",
                                 ">",
                                 "?",
                                 " a ",
                                 "ü",
                                 "~",
                                 "null",
                                 "1 of 2"}) {
    INFO(text << " -> " << yaml_text(text));
    const auto node = YAML::Load("key: " + yaml_text(text))["key"];
    REQUIRE(node.IsScalar());
    CHECK(node.Scalar() == text);
    const bool is_quoted = yaml_text(text).starts_with('\'');
    if (text == "true" || text == "12" || text == "1e3" || text == "0x1f" || text == "null" || text == "No")
      CHECK(is_quoted);
  }
}

TEST_CASE("the registered failure policy is that of the first webhook") {
  CHECK(read_failure_policy("[]").empty());
  CHECK(read_failure_policy("no JSON").empty());
  CHECK(read_failure_policy(R"([{"failurePolicy":"Fail","name":"x"}])") == "Fail");
}

}  // namespace acr::controller
