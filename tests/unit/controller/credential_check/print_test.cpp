// SPDX-License-Identifier: Apache-2.0
// The table and the JSON of --check-credentials.
#include "controller/credential_check/print.hpp"

#include <catch2/catch.hpp>

#include "common/base/json.hpp"

namespace acr::controller {
namespace {

InstanceReport good() {
  return {.instance = "cri-a@cn-hangzhou",
          .instance_id = "cri-a",
          .region_id = "cn-hangzhou",
          .identity = "worker role K",
          .roles = {},
          .access_key = "***ab12",
          .domains = {"a.example.test", "b.example.test"},
          .expires = parse_rfc3339("2026-11-25T09:00:00Z").value(),
          .warning = {},
          .hosts = {{.host = "a.example.test", .answer = HostAnswer::Taken},
                    {.host = "b.example.test", .answer = HostAnswer::Taken}},
          .failure = {}};
}

InstanceReport bad() {
  return {.instance = "cri-partner@cn-hangzhou",
          .instance_id = "cri-partner",
          .region_id = "cn-hangzhou",
          .identity = "RRSA",
          .roles = {"acs:ram::1:role/pod", "acs:ram::2:role/pull"},
          .access_key = {},
          .domains = {},
          .expires = {},
          .warning = {},
          .hosts = {},
          .failure = with_advice({.kind = ErrorKind::Denied,
                                  .message = "cannot assume role acs:ram::2:role/pull",
                                  .code = "NoPermission",
                                  .request_id = "R-1"},
                                 "let the role trust the caller")};
}

CredentialReport report_of(std::vector<InstanceReport> instances) {
  return {.configuration = "ConfigMap kube-system/acr-configuration",
          .configuration_errors = {},
          .region_id = "cn-hangzhou",
          .instances = std::move(instances)};
}

credentials::InstanceStatus status() {
  return {.instance_key = "cri-a@cn-hangzhou",
          .instance_id = "cri-a",
          .region_id = "cn-hangzhou",
          .source = "role x by worker role K",
          .chain = {"worker role K", "acs:ram::2:role/x"},
          .access_key = "***ab12",
          .warning = "shorter than configured",
          .last_error = {},
          .last_success = {},
          .next_try = {},
          .expires = {}};
}

}  // namespace

TEST_CASE("each instance is a row; a failed one says what, with which code, and what to do") {
  CHECK(print_text(report_of({good(), bad()})) ==
        "RESULT  INSTANCE                 IDENTITY                                             KEY      LOGIN UNTIL  "
        "         DOMAINS\n"
        "ok      cri-a@cn-hangzhou        worker role K                                        ***ab12  "
        "2026-11-25T09:00:00Z  a.example.test,b.example.test\n"
        "        host a.example.test: the registry takes this login\n"
        "        host b.example.test: the registry takes this login\n"
        "failed  cri-partner@cn-hangzhou  RRSA -> acs:ram::1:role/pod -> acs:ram::2:role/pull  -        -            "
        "         -\n"
        "        Code NoPermission, RequestId R-1\n"
        "        what: cannot assume role acs:ram::2:role/pull; let the role trust the caller\n"
        "        do:   let the role trust the caller\n"
        "no repository was named to a registry, so the right to pull one is not shown\n"
        "ConfigMap kube-system/acr-configuration: 1 of 2 instances have a good login, 1 failed\n");
}

TEST_CASE("a warning and errors of the configuration are told") {
  auto instance = good();
  instance.warning = "expireDuration 43200 is more than the role allows";
  auto report = report_of({instance});
  report.configuration_errors = {"acr-registry-info:3:5: bad"};
  const auto text = print_text(report);
  CHECK(text.starts_with("ConfigMap kube-system/acr-configuration: acr-registry-info:3:5: bad\nRESULT"));
  CHECK(text.find("        warning: expireDuration 43200 is more than the role allows\n") != std::string::npos);
  CHECK_FALSE(report.is_good());
  CHECK(report_of({good()}).is_good());
  CHECK(report_of({}).is_good());
  CHECK_THAT(text, Catch::EndsWith("0 failed; the configuration has 1 error, and what they stand in was not tried\n"));
}

TEST_CASE("what is wrong with a file is told as --check-config tells it, once") {
  auto report = report_of({});
  report.configuration = "acr.yaml";
  report.configuration_errors = {"acr.yaml:3:5: error: bad [rrsa]"};
  report.findings = "acr.yaml:3:5: error: bad [rrsa]\n  rrsa:\n  ^\n";
  CHECK(print_text(report) == report.findings +
                                  "acr.yaml: 0 of 0 instances have a good login, 0 failed; the configuration has 1 "
                                  "error, and what they stand in was not tried\n");
}

TEST_CASE("a long reason that many instances share is told once, and where it may come from") {
  const auto fail_as = [](const std::string& name) {
    auto instance = bad();
    instance.instance = name;
    instance.failure = with_advice({.kind = ErrorKind::Unavailable,
                                    .message = "cannot log in to " + name + ": no source, " + std::string(300, 'x')},
                                   "install one");
    return instance;
  };
  auto report = report_of({fail_as("cri-a@r"), fail_as("cri-b@r"), bad()});
  const auto text = print_text(report);
  CHECK(text.find("no source") == text.rfind("no source"));
  CHECK_THAT(text, Catch::Contains("        what and do: as for cri-a@r\n") && !Catch::Contains("in a pod"));
  report.is_in_cluster = false;
  CHECK_THAT(print_text(report), Catch::Contains("this did not run in a pod of the controller"));
}

TEST_CASE("what each host made of the login is told, and how many were not asked") {
  auto instance = good();
  instance.domains = {"a.example.test", "b.example.test", "*.example.test"};
  add_hosts(instance, {{.host = "a.example.test", .answer = HostAnswer::Taken},
                       {.host = "b.example.test", .answer = HostAnswer::Unreachable, .detail = "no\x1b way"}});
  CHECK_FALSE(instance.failure);
  auto text = print_text(report_of({instance}));
  CHECK(text.find("        host a.example.test: the registry takes this login\n"
                  "        host b.example.test: not reachable from here: no\\x1b way\n"
                  "        not asked: 1 of the domains, which are patterns or more than 16\n"
                  "no repository was named to a registry, so the right to pull one is not shown\n") !=
        std::string::npos);
  CHECK(text.find("1 of 1 instances have a good login, 0 failed\n") != std::string::npos);

  instance.domains.resize(1);
  add_hosts(instance, {{.host = "a.example.test", .answer = HostAnswer::Foreign, .detail = "of x", .advice = "move"}});
  text = print_text(report_of({instance}));
  CHECK(text.find("failed  cri-a@cn-hangzhou") != std::string::npos);
  CHECK(text.find("        what: a.example.test is no registry of this instance: of x; move\n        do:   move\n"
                  "        host a.example.test: not a registry of this instance: of x\n"
                  "             do: move\nConfigMap") != std::string::npos);
  const auto document = parse_json(print_json(report_of({instance})));
  REQUIRE(document);
  const auto& host = (*document)["instances"][0]["hosts"][0];
  CHECK(string_at(host, "host") == "a.example.test");
  CHECK(string_at(host, "result") == "foreign");
  CHECK(string_at(host, "detail") == "of x");
  CHECK(string_at(host, "advice") == "move");
  CHECK(string_at((*document)["instances"][0], "result") == "failed");
}

TEST_CASE("a failure without a code still ends in something to do, and nothing acts on the terminal") {
  auto instance = bad();
  instance.identity = "no\x1b[31m source\nyet";
  instance.roles.clear();
  instance.failure = Error{.kind = ErrorKind::Timeout, .message = "cannot log in: no answer"};
  const auto text = print_text(report_of({instance}));
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("Code") == std::string::npos);  // nobody was called
  CHECK(text.find("        do:   if it lasts, check the way to the cloud") != std::string::npos);
}

TEST_CASE("the JSON has the same") {
  auto report = report_of({good(), bad()});
  report.configuration_errors = {"x"};
  const auto text = print_json(report);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  const auto document = parse_json(text);
  REQUIRE(document);
  CHECK(string_at(*document, "result") == "bad");
  CHECK(string_at(*document, "region") == "cn-hangzhou");
  const auto& instances = (*document)["instances"];
  REQUIRE(instances.Size() == 2);
  CHECK(string_at(instances[0], "result") == "ok");
  CHECK(string_at(instances[0], "accessKeyId") == "***ab12");
  CHECK(string_at(instances[0], "expires") == "2026-11-25T09:00:00Z");
  CHECK(instances[0]["domains"].Size() == 2);
  CHECK_FALSE(instances[0].HasMember("failure"));
  CHECK(string_at(instances[1], "result") == "failed");
  CHECK(std::string(instances[1]["roles"][1].GetString()) == "acs:ram::2:role/pull");
  CHECK(string_at(instances[1], "failure", "code") == "NoPermission");
  CHECK(string_at(instances[1], "failure", "requestId") == "R-1");
  CHECK(string_at(instances[1], "failure", "advice") == "let the role trust the caller");
  CHECK_FALSE(instances[1].HasMember("expires"));
}

TEST_CASE("a report is built from what the refresher knows, and never holds the login itself") {
  const credentials::RegistryLogin login{.hosts = {"a.example.test"},
                                         .username = "cr_temp_user",
                                         .password = Secret("hunter2"),
                                         .expires = parse_rfc3339("2026-11-25T09:00:00Z").value(),
                                         .instance_key = "cri-a@cn-hangzhou"};
  const auto report = build_report(status(), &login);
  CHECK(report.identity == "worker role K");
  CHECK(report.roles == std::vector<std::string>{"acs:ram::2:role/x"});
  CHECK(report.domains == login.hosts);
  CHECK(report.warning == "shorter than configured");
  CHECK_FALSE(report.failure);
  CHECK(print_json(report_of({report})).find("hunter2") == std::string::npos);
  auto failed = status();
  failed.last_error = Error{.kind = ErrorKind::Denied, .message = "no"};
  CHECK(build_report(failed, nullptr).failure->message == "no");
}

}  // namespace acr::controller
