// SPDX-License-Identifier: Apache-2.0
#include "controller/options.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "common/alibaba/metadata.hpp"
#include "common/base/text.hpp"
#include "common/credentials/managed_role_source.hpp"
#include "common/credentials/rrsa_source.hpp"

namespace acr::controller {
namespace {

/// Flag values as text, before they are checked.
struct RawFlags {
  std::string token_mode = "auto";
  std::string webhook_service;
  std::string openapi_connect_to;
  std::string imds_endpoint;
  std::string sts_endpoint;
  std::vector<std::string> cr_endpoints;
  std::string output = "text";
  bool cleanup = false;
  bool check_credentials = false;
};

constexpr const char* kModes = "Do one thing, then exit";
constexpr const char* kCloud = "Cloud";
constexpr const char* kWork = "Work";
constexpr const char* kWebhook = "Webhook";

void add_mode_flags(CLI::App& app, Options& options, RawFlags& raw) {
  app.add_option("--check-config", options.config_check.file,
                 "say what this file (- = standard input) would mean as acr-configuration; needs no cluster")
      ->type_name("FILE")
      ->group(kModes);
  app.add_option("--previous", options.config_check.previous,
                 "with --check-config: judge it as an edit of the configuration in this file")
      ->type_name("FILE")
      ->group(kModes);
  app.add_flag("--check-credentials", raw.check_credentials,
               "get a login for each instance of acr-configuration, or of the file of --check-config, and print what "
               "came of it; writes nothing to the cluster")
      ->group(kModes);
  app.add_option("--output", raw.output, "of --check-config and --check-credentials (default text)")
      ->check([](const std::string& text) {
        return text == "text" || text == "json" ? std::string() : "\"" + printable(text) + "\" is not text or json";
      })
      ->type_name("{text,json}")
      ->group(kModes);
  app.add_flag("--cleanup", raw.cleanup,
               "remove the webhook registration, all bindings and all Secrets of ours; with --dry-run only say so")
      ->group(kModes);
}

void add_work_flags(CLI::App& app, Options& options) {
  app.add_flag("--leader-elect,!--no-leader-elect", options.leader_elect,
               "only one of several controllers writes (default true)")
      ->group(kWork);
  app.add_flag("--dry-run", options.dry_run, "log what would be written instead of writing it")->group(kWork);
  add_number(app, "--kube-api-qps", options.kube_api_qps, true,
             "requests a second to the API server; 0 = no limit of our own (default 0)")
      ->group(kWork);
  add_number(app, "--kube-api-burst", options.kube_api_burst, false,
             "how many requests may go at once under --kube-api-qps (default 1)")
      ->group(kWork);
  add_number(app, "--refresh-qps", options.refresh_qps, true,
             "Secret writes a second during a refresh; 0 = as fast as allowed (default 50)")
      ->group(kWork);
  add_duration(app, "--shrink-delay", options.shrink_delay,
               "how long a suspiciously large unbinding waits (default 5m)")
      ->group(kWork);
  app.add_option("--previous-secret-name", options.previous_secret_names,
                 "a pull Secret name whose bindings move to ours; repeatable")
      ->type_name("NAME")
      ->group(kWork);
}

void add_webhook_flags(CLI::App& app, Options& options, RawFlags& raw) {
  app.add_flag("--validate-config,!--no-validate-config", options.validate_config,
               "have the webhook refuse broken edits of acr-configuration (default true)")
      ->group(kWebhook);
  app.add_flag("--webhook-breaker,!--no-webhook-breaker", options.webhook_breaker,
               "with failure-policy Fail register Ignore while no webhook endpoint answers (default true)")
      ->group(kWebhook);
  app.add_option("--webhook-service", raw.webhook_service,
                 "the Service in front of the webhook (default own namespace/acr-webhook)")
      ->type_name("[NAMESPACE/]NAME")
      ->group(kWebhook);
  app.add_option("--webhook-url", options.webhook_url, "base URL of the webhook instead of its Service")
      ->type_name("https://HOST[:PORT]")
      ->group(kWebhook);
  app.add_option("--webhook-inject-ca-from", options.webhook_inject_ca_from,
                 "cert-manager Certificate whose CA is injected into the registration; else self-made")
      ->type_name("NAMESPACE/NAME")
      ->group(kWebhook);
  app.add_option("--webhook-ca-file", options.webhook_ca_file,
                 "CA of the webhook's own certificate (PEM); else self-made")
      ->type_name("FILE")
      ->group(kWebhook);
  app.add_option("--webhook-client-cert-dir", options.webhook_client_cert_dir,
                 "folder with tls.crt and tls.key to show to a webhook that has --client-ca-file (default: none)")
      ->type_name("DIR")
      ->group(kWebhook);
}

void add_cloud_flags(CLI::App& app, Options& options, RawFlags& raw) {
  app.add_option("--token-mode", raw.token_mode, "where the RAM credential comes from (default auto)")
      ->type_name("{auto,managedRole,workerRole}")
      ->group(kCloud);
  app.add_option("--addon-token-file", options.addon_token_file,
                 "token of the managed role (default $ALIBABA_CLOUD_ACK_ADDON_TOKEN_PATH, else " +
                     std::string(credentials::kAddonTokenFile) + ")")
      ->type_name("FILE")
      ->group(kCloud);
  app.add_option("--oidc-token-file", options.oidc_token_file,
                 "token for RRSA (default $ALIBABA_CLOUD_OIDC_TOKEN_FILE, else " +
                     std::string(credentials::kOidcTokenFile) + ")")
      ->type_name("FILE")
      ->group(kCloud);
  app.add_option("--region", options.region,
                 "region of the cluster (default $ALIBABA_CLOUD_STS_REGION, else asked from the metadata service)")
      ->type_name("REGION")
      ->group(kCloud);
  app.add_option("--imds-endpoint", raw.imds_endpoint,
                 "the metadata service (default $ALIBABA_CLOUD_IMDS_ENDPOINT, else http://100.100.100.200)")
      ->type_name("[http://]HOST[:PORT]")
      ->group(kCloud);
  app.add_option("--sts-endpoint", raw.sts_endpoint,
                 "host that is tried first for STS (default $ALIBABA_CLOUD_STS_ENDPOINT, else by region)")
      ->type_name("HOST")
      ->group(kCloud);
  app.add_option("--cr-endpoint", raw.cr_endpoints,
                 "host that is tried first for Container Registry's API in a region; repeatable")
      ->type_name("REGION=HOST")
      ->group(kCloud);
  app.add_option("--openapi-connect-to", raw.openapi_connect_to, "where every cloud host name is dialled, for tests")
      ->type_name("HOST:PORT")
      ->group(kCloud);
  app.add_option("--openapi-ca-file", options.openapi_ca_file,
                 "CA certificates (PEM) trusted for cloud calls, besides the system's")
      ->type_name("FILE")
      ->group(kCloud);
}

constexpr const char* kExamples =
    "Examples:\n"
    "  acr-controller --check-config acr-configuration.yaml --previous now.yaml\n"
    "  kubectl -n kube-system get configmap acr-configuration -o yaml | acr-controller --check-config -\n"
    "  kubectl -n kube-system exec deploy/acr-controller -- /usr/local/bin/acr-controller --check-credentials\n";

/// Where requests are awaited; the first address that is none, in words.
std::string check_addresses(const CommonFlags& common) {
  for (const auto& [flag, address] : {std::pair{"--metrics-bind-address", &common.metrics_bind_address},
                                      std::pair{"--health-probe-bind-address", &common.health_probe_bind_address}}) {
    if (const auto parts = http::parse_host_port(*address); !parts)
      return std::string(flag) + ": " + parts.error().message;
  }
  return {};
}

/// A flag that was not given takes the vendor's variable, else the vendor's path.
void use_default(std::string& value, const char* variable, std::string_view path) {
  if (!value.empty()) return;
  const char* given = std::getenv(variable);
  value = given != nullptr && *given != '\0' ? std::string_view(given) : path;
}

/// Hosts and region that the flags, else the cluster's environment name; the first thing that is wrong, in words.
std::string check_endpoints(Options& options, RawFlags raw) {
  const bool sts_by_flag = !raw.sts_endpoint.empty();
  use_default(raw.sts_endpoint, "ALIBABA_CLOUD_STS_ENDPOINT", "");
  if (!raw.sts_endpoint.empty()) {
    const auto host = alibaba::parse_endpoint_host(raw.sts_endpoint);
    const auto* origin = sts_by_flag ? "--sts-endpoint: " : "ALIBABA_CLOUD_STS_ENDPOINT: ";
    if (!host) return origin + host.error().message;
    options.endpoints.sts = *host;
  }
  for (const auto& pair : raw.cr_endpoints) {
    const auto equals = pair.find('=');
    const auto region = pair.substr(0, equals);
    if (equals == std::string::npos || !is_dns_label(region))
      return "--cr-endpoint: \"" + printable(pair) + "\" is not REGION=HOST";
    const auto host = alibaba::parse_endpoint_host(std::string_view(pair).substr(equals + 1));
    if (!host) return "--cr-endpoint: " + host.error().message;
    options.endpoints.registry[region] = *host;
  }
  use_default(options.region, "ALIBABA_CLOUD_STS_REGION", "");
  if (!options.region.empty() && !is_dns_label(options.region))
    return "--region: \"" + printable(options.region) + "\" is not a region id such as cn-hangzhou";
  use_default(raw.imds_endpoint, "ALIBABA_CLOUD_IMDS_ENDPOINT", alibaba::kMetadataEndpoint);
  auto metadata = alibaba::parse_metadata_endpoint(raw.imds_endpoint);
  if (!metadata) return "--imds-endpoint: " + metadata.error().message;
  options.metadata = std::move(*metadata);
  return {};
}

/// The first thing that is wrong with the values, in words; empty if nothing is.
std::string check(Options& options, const RawFlags& raw) {
  const auto token_mode = credentials::parse_token_mode(raw.token_mode);
  if (!token_mode) {
    return "--token-mode: \"" + printable(raw.token_mode) + "\" is not one of auto, managedRole and workerRole";
  }
  options.token_mode = *token_mode;
  use_default(options.addon_token_file, "ALIBABA_CLOUD_ACK_ADDON_TOKEN_PATH", credentials::kAddonTokenFile);
  use_default(options.oidc_token_file, "ALIBABA_CLOUD_OIDC_TOKEN_FILE", credentials::kOidcTokenFile);
  const auto service = parse_namespaced_name(raw.webhook_service.empty() ? "acr-webhook" : raw.webhook_service,
                                             options.common.own_namespace);
  if (!service) return "--webhook-service: \"" + printable(raw.webhook_service) + "\" is not NAMESPACE/NAME";
  options.webhook_service = *service;
  if (!options.webhook_url.empty() && !options.webhook_url.starts_with("https://"))
    return "--webhook-url: must begin with https://";
  if (auto& certificate = options.webhook_inject_ca_from; !certificate.empty()) {
    if (!options.webhook_ca_file.empty()) return "--webhook-inject-ca-from: does not go with --webhook-ca-file";
    if (certificate.find('/') == std::string::npos || !parse_namespaced_name(certificate, ""))
      return "--webhook-inject-ca-from: \"" + printable(certificate) + "\" is not NAMESPACE/NAME";
  }
  if (!raw.openapi_connect_to.empty()) {
    const auto target = http::parse_host_port(raw.openapi_connect_to);
    if (!target) return "--openapi-connect-to: " + target.error().message;
    options.openapi_connect_to = *target;
  }
  for (const auto& name : options.previous_secret_names) {
    if (!is_dns_subdomain(name)) return "--previous-secret-name: \"" + printable(name) + "\" is not a Secret name";
  }
  return check_endpoints(options, raw);
}

/// What the one-shot modes need; the first thing that is wrong, in words.
std::string choose_mode(Options& options, const RawFlags& raw) {
  auto& check = options.config_check;
  if (check.file.empty() && !check.previous.empty()) return "--previous: goes with --check-config";
  const bool checks = !check.file.empty() || raw.check_credentials;
  if (raw.check_credentials && !check.previous.empty()) return "--previous: does not go with --check-credentials";
  if (!checks && raw.output != "text") return "--output: goes with --check-config or --check-credentials";
  if (checks && raw.cleanup) return "--cleanup: does not go with --check-config and --check-credentials";
  if (check.file == "-" && check.previous == "-")
    return "--previous: standard input is read for --check-config already";
  check.output = raw.output == "json" ? CheckOutput::Json : CheckOutput::Text;
  check.region = options.region;
  check.config_map = {.namespace_ = options.common.config_map_namespace, .name = options.common.config_map_name};
  if (!check.file.empty()) options.mode = Mode::CheckConfig;
  if (raw.check_credentials) options.mode = Mode::CheckCredentials;
  if (raw.cleanup) options.mode = Mode::Cleanup;
  return {};
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv) {
  ParsedOptions parsed;
  RawFlags raw;
  CLI::App app("Keeps Alibaba Cloud Container Registry pull Secrets fresh and bound to ServiceAccounts.",
               "acr-controller");
  add_mode_flags(app, parsed.options, raw);
  add_common_flags(app, parsed.options.common);
  add_cloud_flags(app, parsed.options, raw);
  add_webhook_flags(app, parsed.options, raw);
  add_work_flags(app, parsed.options);
  add_footer(app, kExamples);
  parsed.exit_code = parse_flags(app, argc, argv);
  if (parsed.exit_code) return parsed;
  auto problem = check_addresses(parsed.options.common);
  if (problem.empty()) problem = check(parsed.options, raw);
  if (problem.empty()) problem = choose_mode(parsed.options, raw);
  if (!problem.empty()) parsed.exit_code = usage_error(app, problem, argc, argv);
  return parsed;
}

}  // namespace acr::controller
