// SPDX-License-Identifier: Apache-2.0
// The controller's command line.
#include "controller/options.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "tests/fakes/documented_flags.hpp"

namespace acr::controller {
namespace {

template <std::size_t N>
ParsedOptions parse(const std::array<const char*, N>& arguments) {
  return parse_options(static_cast<int>(N), arguments.data());
}

std::string read_help() {
  std::ostringstream shown;
  auto* const terminal = std::cout.rdbuf(shown.rdbuf());
  const auto parsed = parse(std::array{"acr-controller", "--help"});
  std::cout.rdbuf(terminal);
  CHECK(parsed.exit_code == kExitOk);
  return shown.str();
}

/// What one argument makes the program say before it ends with wrong usage.
std::string complain_of(const char* argument) {
  std::ostringstream shown;
  auto* const terminal = std::cerr.rdbuf(shown.rdbuf());
  const auto parsed = parse(std::array{"acr-controller", argument});
  std::cerr.rdbuf(terminal);
  CHECK(parsed.exit_code == kExitUsage);
  return shown.str();
}

}  // namespace

TEST_CASE("the defaults are those that the documentation promises") {
  const auto parsed = parse(std::array{"acr-controller"});
  REQUIRE_FALSE(parsed.exit_code);
  CHECK(parsed.options.leader_elect);
  CHECK(parsed.options.validate_config);
  CHECK(parsed.options.shrink_delay == std::chrono::minutes{5});
  CHECK(parsed.options.refresh_qps == 50);
  CHECK(parsed.options.webhook_service.name == "acr-webhook");
  CHECK(parsed.options.token_mode == credentials::TokenMode::Auto);
  CHECK(parsed.options.addon_token_file == "/var/addon/token-config");
  CHECK(parsed.options.oidc_token_file == "/var/run/secrets/ack.alibabacloud.com/rrsa-tokens/token");
  CHECK(parsed.options.common.secret_name == "acr-credential-secret-aggregation");
}

TEST_CASE("--help names the defaults") {
  auto help = read_help();
  // The text is broken into lines.
  std::ranges::replace(help, '\n', ' ');
  help.erase(std::unique(help.begin(), help.end(), [](char a, char b) { return a == ' ' && b == ' '; }), help.end());
  for (const auto* words :
       {"credential comes from (default auto)", "--check-credentials (default text)", "limit of our own (default 0)",
        "under --kube-api-qps (default 1)", "as fast as allowed (default 50)", "large unbinding waits (default 5m)"}) {
    CHECK_THAT(help, Catch::Contains(words));
  }
}

TEST_CASE("--help is in groups, shows the choices, and ends with examples, exit codes and the documents") {
  const auto help = read_help();
  for (const auto* words :
       {"Do one thing, then exit:", "Cluster:", "Cloud:", "Webhook:", "Work:", "--check-config FILE",
        "--token-mode {auto,managedRole,workerRole}", "--log-level {debug,info,warn,error}", "--log-format {text,json}",
        "--output {text,json}", "--shrink-delay DURATION", "--webhook-service [NAMESPACE/]NAME", "Examples:", "1h30m",
        "Exit codes: 0", "docs/operations.md"}) {
    CHECK_THAT(help, Catch::Contains(words));
  }
  CHECK_THAT(help, !Catch::Contains("TEXT") && !Catch::Contains("FLOAT"));
}

TEST_CASE("docs/operations.md has every flag and no other") {
  CHECK(test::flags_in_docs("controller") == test::flags_in_help(read_help()));
}

TEST_CASE("a complaint is short and names what was written") {
  CHECK(complain_of("--refresh-qps=-1") ==
        "acr-controller: --refresh-qps: \"-1\" is not a number from 0 on; run with --help for the flags\n");
  CHECK(complain_of("--kube-api-burst=0") ==
        "acr-controller: --kube-api-burst: \"0\" is not a number above 0; run with --help for the flags\n");
  CHECK_THAT(complain_of("--kube-api-qps=nan"), Catch::Contains("--kube-api-qps: \"nan\" is not a number"));
  CHECK_THAT(complain_of("--metrics-bind-address=99999"), Catch::Contains("--metrics-bind-address: "));
  CHECK_THAT(complain_of("--health-probe-bind-address=x"), Catch::Contains("--health-probe-bind-address: "));
  CHECK_THAT(complain_of("--chek-config=f"), Catch::Contains("--chek-config: there is no such flag"));
  CHECK_THAT(complain_of("word"), Catch::Contains("\"word\": no argument without a flag is expected"));
}

TEST_CASE("a bad value of a variable is told by the name of the variable") {
  for (const auto& [variable, value] :
       {std::pair{"ACR_LOG_LEVEL", "loud"}, std::pair{"ACR_TOKEN_MODE", "telepathy"}, std::pair{"ACR_REGION", "a b"},
        std::pair{"ACR_REFRESH_QPS", "many"}, std::pair{"ACR_METRICS_BIND_ADDRESS", "x"}}) {
    REQUIRE(::setenv(variable, value, 1) == 0);
    CHECK_THAT(complain_of("--dry-run"), Catch::StartsWith("acr-controller: " + std::string(variable) + ": "));
    REQUIRE(::unsetenv(variable) == 0);
  }
  REQUIRE(::setenv("ACR_LOG_LEVEL", "info", 1) == 0);
  CHECK_THAT(complain_of("--log-level=loud"), Catch::StartsWith("acr-controller: --log-level: "));
  REQUIRE(::unsetenv("ACR_LOG_LEVEL") == 0);
}

TEST_CASE("leader election can be switched off by --leader-elect=false") {
  CHECK_FALSE(parse(std::array{"acr-controller", "--leader-elect=false"}).options.leader_elect);
  CHECK(parse(std::array{"acr-controller", "--leader-elect"}).options.leader_elect);
}

TEST_CASE("SEC-5: no complaint about a flag quotes an access key") {
  const auto complain = [](const char* flag, const char* value) {
    std::ostringstream shown;
    auto* const terminal = std::cerr.rdbuf(shown.rdbuf());
    const auto parsed = parse(std::array{"acr-controller", flag, value});
    std::cerr.rdbuf(terminal);
    CHECK(parsed.exit_code == kExitUsage);
    return shown.str();
  };
  for (const auto* flag : {"--region", "--token-mode", "--output", "--refresh-qps", "--cr-endpoint", "--no-such",
                           "--previous-secret-name", "--webhook-service", "--shrink-delay"}) {
    const auto text = complain(flag, "LTAI5tAbCdEfGh12");
    INFO(text);
    CHECK(text.find(flag) != std::string::npos);
    CHECK(text.find("LTAI5t") == std::string::npos);
  }
}

TEST_CASE("wrong usage ends with exit code 2") {
  CHECK(parse(std::array{"acr-controller", "--no-such-flag"}).exit_code == kExitUsage);
  CHECK(parse(std::array{"acr-controller", "--webhook-url", "http://plain.example.com"}).exit_code == kExitUsage);
  CHECK(parse(std::array{"acr-controller", "--webhook-inject-ca-from", "acr-webhook"}).exit_code == kExitUsage);
  CHECK(parse(std::array{"acr-controller", "--webhook-inject-ca-from", "a/b", "--webhook-ca-file", "f"}).exit_code ==
        kExitUsage);
  CHECK(parse(std::array{"acr-controller", "--openapi-connect-to", "nonsense"}).exit_code == kExitUsage);
  CHECK(parse(std::array{"acr-controller", "--shrink-delay", "soon"}).exit_code == kExitUsage);
  CHECK(parse(std::array{"acr-controller", "--token-mode", "telepathy"}).exit_code == kExitUsage);
  CHECK(parse(std::array{"acr-controller", "--refresh-qps", "-1"}).exit_code == kExitUsage);
}

TEST_CASE("the addon token file: flag, then the vendor's variable, then the usual path") {
  REQUIRE(::setenv("ALIBABA_CLOUD_ACK_ADDON_TOKEN_PATH", "/from/variable", 1) == 0);
  CHECK(parse(std::array{"acr-controller"}).options.addon_token_file == "/from/variable");
  CHECK(parse(std::array{"acr-controller", "--addon-token-file", "/from/flag"}).options.addon_token_file ==
        "/from/flag");
  REQUIRE(::unsetenv("ALIBABA_CLOUD_ACK_ADDON_TOKEN_PATH") == 0);
}

TEST_CASE("endpoints: flag, then the variables that the cluster sets, each checked") {
  const auto usual = parse(std::array{"acr-controller"}).options;
  CHECK(usual.endpoints.sts.empty());
  CHECK(http::to_string(usual.metadata) == "http://100.100.100.200");
  REQUIRE(::setenv("ALIBABA_CLOUD_STS_ENDPOINT", "sts-vpc.cn-beijing.aliyuncs.com", 1) == 0);
  REQUIRE(::setenv("ALIBABA_CLOUD_STS_REGION", "cn-beijing", 1) == 0);
  REQUIRE(::setenv("ALIBABA_CLOUD_IMDS_ENDPOINT", "127.0.0.1:8100", 1) == 0);
  const auto set = parse(std::array{"acr-controller"}).options;
  CHECK(set.endpoints.sts == "sts-vpc.cn-beijing.aliyuncs.com");
  CHECK(set.region == "cn-beijing");
  CHECK(http::to_string(set.metadata) == "http://127.0.0.1:8100");
  const auto given = parse(std::array{"acr-controller", "--sts-endpoint", "https://STS.example.test", "--region",
                                      "cn-x", "--imds-endpoint", "http://127.0.0.1:1", "--cr-endpoint",
                                      "cn-a=cr.example.test", "--cr-endpoint", "cn-b=cr-b.example.test"})
                         .options;
  CHECK(given.endpoints.sts == "sts.example.test");
  CHECK(given.region == "cn-x");
  CHECK(http::to_string(given.metadata) == "http://127.0.0.1:1");
  CHECK(given.endpoints.registry ==
        std::map<std::string, std::string>{{"cn-a", "cr.example.test"}, {"cn-b", "cr-b.example.test"}});
  REQUIRE(::setenv("ALIBABA_CLOUD_STS_ENDPOINT", "not a host", 1) == 0);
  CHECK(parse(std::array{"acr-controller"}).exit_code == kExitUsage);
  for (const auto* name : {"ALIBABA_CLOUD_STS_ENDPOINT", "ALIBABA_CLOUD_STS_REGION", "ALIBABA_CLOUD_IMDS_ENDPOINT"}) {
    REQUIRE(::unsetenv(name) == 0);
  }
  CHECK(parse(std::array{"acr-controller", "--sts-endpoint", "10.0.0.1"}).exit_code == kExitUsage);
  CHECK(parse(std::array{"acr-controller", "--cr-endpoint", "cr.example.test"}).exit_code == kExitUsage);
  CHECK(parse(std::array{"acr-controller", "--cr-endpoint", "cn-a=cr"}).exit_code == kExitUsage);
  CHECK(parse(std::array{"acr-controller", "--imds-endpoint", "https://10.0.0.1"}).exit_code == kExitUsage);
  CHECK(parse(std::array{"acr-controller", "--region", "cn hangzhou"}).exit_code == kExitUsage);
}

TEST_CASE("--check-config is a mode of its own with its flags") {
  const auto parsed = parse(std::array{"acr-controller", "--check-config", "acr.yaml", "--previous", "-", "--output",
                                       "json", "--region", "cn-beijing", "--config-map", "ops/acr"});
  REQUIRE_FALSE(parsed.exit_code);
  CHECK(parsed.options.mode == Mode::CheckConfig);
  const auto& check = parsed.options.config_check;
  CHECK(check.file == "acr.yaml");
  CHECK(check.previous == "-");
  CHECK(check.output == CheckOutput::Json);
  CHECK(check.region == "cn-beijing");
  CHECK(check.config_map.namespace_ == "ops");
  CHECK(check.config_map.name == "acr");
  CHECK(parse(std::array{"acr-controller", "--previous", "a"}).exit_code == kExitUsage);
  CHECK(parse(std::array{"acr-controller", "--output", "json"}).exit_code == kExitUsage);
  CHECK(parse(std::array{"acr-controller", "--check-config", "a", "--output", "xml"}).exit_code == kExitUsage);
  CHECK(parse(std::array{"acr-controller", "--check-config", "a", "--cleanup"}).exit_code == kExitUsage);
  CHECK(parse(std::array{"acr-controller", "--check-config", "-", "--previous", "-"}).exit_code == kExitUsage);
}

TEST_CASE("--check-credentials reads the cluster's ConfigMap, or the file of --check-config") {
  const auto alone = parse(std::array{"acr-controller", "--check-credentials", "--output", "json"});
  REQUIRE_FALSE(alone.exit_code);
  CHECK(alone.options.mode == Mode::CheckCredentials);
  CHECK(alone.options.config_check.file.empty());
  CHECK(alone.options.config_check.output == CheckOutput::Json);
  const auto file = parse(std::array{"acr-controller", "--check-credentials", "--check-config", "acr.yaml"});
  REQUIRE_FALSE(file.exit_code);
  CHECK(file.options.mode == Mode::CheckCredentials);
  CHECK(file.options.config_check.file == "acr.yaml");
  CHECK(parse(std::array{"acr-controller", "--check-credentials", "--cleanup"}).exit_code == kExitUsage);
  CHECK(
      parse(std::array{"acr-controller", "--check-credentials", "--check-config", "a", "--previous", "b"}).exit_code ==
      kExitUsage);
}

TEST_CASE("previous Secret names can be repeated") {
  const auto parsed = parse(std::array{"acr-controller", "--previous-secret-name", "a", "--previous-secret-name", "b"});
  CHECK(parsed.options.previous_secret_names == std::vector<std::string>{"a", "b"});
}

}  // namespace acr::controller
