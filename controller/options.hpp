// SPDX-License-Identifier: Apache-2.0
// The controller's command line as a value.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/alibaba/endpoints.hpp"
#include "common/base/flags.hpp"
#include "common/credentials/default_source.hpp"
#include "common/http/beast_client.hpp"
#include "common/http/client.hpp"
#include "controller/config_check/run.hpp"

namespace acr::controller {

enum class Mode { Run, Cleanup, CheckConfig, CheckCredentials };

/// Flags of docs/operations.md, parsed and checked. Every flag is also an environment variable ACR_<FLAG>.
struct Options {
  CommonFlags common;
  Mode mode = Mode::Run;
  bool leader_elect = true;
  bool dry_run = false;
  bool validate_config = true;  ///< register the check of acr-configuration at admission
  bool webhook_breaker = true;  ///< register Ignore instead of Fail while no webhook endpoint answers
  std::string region;           ///< that of the cluster; empty: asked from the metadata service
  credentials::TokenMode token_mode = credentials::TokenMode::Auto;
  std::string addon_token_file;  ///< never empty once parsed
  std::string oidc_token_file;   ///< never empty once parsed
  double kube_api_qps = 0;       ///< requests a second to the API server; 0 = no limit
  double kube_api_burst = 1;     ///< how many of them may go at once
  double refresh_qps = 50;       ///< Secret writes a second during a refresh; 0 = as fast as allowed
  std::chrono::milliseconds shrink_delay{std::chrono::minutes{5}};
  std::vector<std::string> previous_secret_names;
  NamespacedName webhook_service;
  std::string webhook_url;  ///< base URL; wins over the Service
  std::string webhook_ca_file;
  std::string webhook_client_cert_dir;  ///< tls.crt and tls.key that probes show the webhook; empty: they show none
  std::string
      webhook_inject_ca_from;  ///< "namespace/name" of a cert-manager Certificate whose CA is injected; or empty
  http::Origin metadata;       ///< the metadata service
  alibaba::EndpointOverrides endpoints;
  std::optional<http::HostPort> openapi_connect_to;
  std::string openapi_ca_file;
  ConfigCheck config_check;  ///< of Mode::CheckConfig; its file and output of Mode::CheckCredentials too
};

/// What the command line asks for: run with these options, or end at once with this exit code (help, version, wrong
/// usage).
struct ParsedOptions {
  Options options;
  std::optional<int> exit_code;
};

ParsedOptions parse_options(int argc, const char* const* argv);

}  // namespace acr::controller
