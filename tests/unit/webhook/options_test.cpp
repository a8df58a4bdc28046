// SPDX-License-Identifier: Apache-2.0
// The command line and its environment variables.
#include "webhook/options.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "tests/fakes/documented_flags.hpp"

namespace acr::webhook {
namespace {

struct Parsed {
  ParsedOptions result;
  std::string out, err;
};

Parsed parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "acr-webhook");
  std::ostringstream out, err;
  auto* const old_out = std::cout.rdbuf(out.rdbuf());
  auto* const old_err = std::cerr.rdbuf(err.rdbuf());
  auto result = parse_options(static_cast<int>(arguments.size()), arguments.data());
  std::cout.rdbuf(old_out);
  std::cerr.rdbuf(old_err);
  return {std::move(result), out.str(), err.str()};
}

struct Variable {
  const char* name;
  Variable(const char* variable, const char* value) : name(variable) { setenv(variable, value, 1); }
  ~Variable() { unsetenv(name); }
};

TEST_CASE("defaults", "[webhook]") {
  const Variable own("POD_NAMESPACE", "registry");
  const auto options = parse({}).result.options;
  CHECK(options.bind_address == ":9443");
  CHECK(options.common.own_namespace == "registry");
  CHECK(options.service.namespace_ == "registry");
  CHECK(options.service.name == "acr-webhook");
  CHECK(options.common.config_map_namespace == "kube-system");
  CHECK(options.common.secret_name == "acr-credential-secret-aggregation");
  CHECK(options.common.shutdown_delay == std::chrono::seconds(15));
  CHECK(names_of(options).dns.back() == "acr-webhook.registry.svc");
  CHECK(controller_username(options) == "system:serviceaccount:registry:aliyun-acr-credential-helper");
}

TEST_CASE("every flag is an environment variable, and the command line wins", "[webhook]") {
  const Variable address("ACR_WEBHOOK_BIND_ADDRESS", "127.0.0.1:1");
  const Variable delay("ACR_SHUTDOWN_DELAY", "3s");
  const Variable config_map("ACR_CONFIG_MAP", "ops/acr");
  const auto options = parse({"--webhook-bind-address=127.0.0.1:2"}).result.options;
  CHECK(options.bind_address == "127.0.0.1:2");
  CHECK(options.common.shutdown_delay == std::chrono::seconds(3));
  CHECK(options.common.config_map_namespace == "ops");
  CHECK(options.common.config_map_name == "acr");
}

TEST_CASE("a URL's host becomes the certificate's name", "[webhook]") {
  CHECK(names_of(parse({"--webhook-url=https://hook.example.com:8443/base"}).result.options).dns ==
        std::vector<std::string>{"hook.example.com"});
  CHECK(names_of(parse({"--webhook-url=https://10.0.0.7"}).result.options).ips == std::vector<std::string>{"10.0.0.7"});
  CHECK(names_of(parse({"--webhook-url=https://[fd00::7]:9443"}).result.options).ips ==
        std::vector<std::string>{"fd00::7"});
}

TEST_CASE("help and version end well", "[webhook]") {
  const auto help = parse({"--help"});
  CHECK(help.result.exit_code == 0);
  CHECK_THAT(help.out, Catch::Matchers::Contains("--webhook-service [NAMESPACE/]NAME"));
  CHECK(test::flags_in_docs("webhook") == test::flags_in_help(help.out));
  const auto version = parse({"--version"});
  CHECK(version.result.exit_code == 0);
  CHECK_THAT(version.out, Catch::Matchers::StartsWith("acr-webhook "));
}

TEST_CASE("wrong usage exits with 2 and one line that names the flag", "[webhook]") {
  const auto [argument, word] =
      GENERATE(table<const char*, const char*>({{"--colour=green", "--colour"},
                                                {"extra", "extra"},
                                                {"--webhook-service=a/b/c", "--webhook-service"},
                                                {"--webhook-url=http://x", "--webhook-url"},
                                                {"--webhook-bind-address=nowhere", "--webhook-bind-address"},
                                                {"--log-level=loud", "--log-level"},
                                                {"--log-format=xml", "--log-format"},
                                                {"--shutdown-delay=soon", "--shutdown-delay"},
                                                {"--config-map=A/B", "--config-map"},
                                                {"--secret-name=Not_A_Name", "--secret-name"},
                                                {"--client-cn=x", "--client-cn"}}));
  const auto parsed = parse({argument});
  CHECK(parsed.result.exit_code == 2);
  CHECK_THAT(parsed.err, Catch::Matchers::Contains(word));
  CHECK(std::count(parsed.err.begin(), parsed.err.end(), '\n') == 1);
}

}  // namespace
}  // namespace acr::webhook
