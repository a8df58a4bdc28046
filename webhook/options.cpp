// SPDX-License-Identifier: Apache-2.0
#include "webhook/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/url/parse.hpp>

#include "common/base/text.hpp"
#include "common/http/host_port.hpp"

namespace acr::webhook {
namespace {

/// Role policies of the cloud name the controller's ServiceAccount, so it is the same everywhere.
constexpr const char* kControllerAccount = "aliyun-acr-credential-helper";
constexpr const char* kDefaultService = "acr-webhook";

struct RawFlags {
  std::string service;
  std::string url;
};

void add_flags(CLI::App& app, Options& options, RawFlags& raw) {
  constexpr const char* kAdmission = "Admission";
  app.add_option("--webhook-bind-address", options.bind_address,
                 "where admission reviews are served over TLS (default :9443)")
      ->type_name("[HOST]:PORT")
      ->group(kAdmission);
  app.add_option("--webhook-service", raw.service, "the Service in front (default own namespace/acr-webhook)")
      ->type_name("[NAMESPACE/]NAME")
      ->group(kAdmission);
  app.add_option("--webhook-url", raw.url, "base URL by which API servers reach this process, instead of a Service")
      ->type_name("https://HOST[:PORT][/PATH]")
      ->group(kAdmission);
  app.add_option("--cert-dir", options.cert_dir,
                 "folder with tls.crt and tls.key of your own issuer (default: self-made)")
      ->type_name("DIR")
      ->group(kAdmission);
  app.add_option("--client-ca-file", options.client_ca_file,
                 "CA certificates (PEM); clients must show a certificate of one of them")
      ->type_name("FILE")
      ->group(kAdmission);
  app.add_option("--client-cn", options.client_cn,
                 "common name that a client's certificate must have; needs --client-ca-file")
      ->type_name("NAME")
      ->group(kAdmission);
}

/// The first thing that is wrong with the values, in words; empty if nothing is.
std::string check(Options& options, const RawFlags& raw) {
  const auto service =
      parse_namespaced_name(raw.service.empty() ? kDefaultService : raw.service, options.common.own_namespace);
  if (!service) return fmt::format("--webhook-service: \"{}\" is not NAMESPACE/NAME", printable(raw.service));
  options.service = *service;
  if (!raw.url.empty()) {
    const auto url = boost::urls::parse_uri(raw.url);
    if (!url || url->scheme() != "https" || url->host().empty()) {
      return fmt::format("--webhook-url: \"{}\" is not https://HOST[:PORT][/PATH]", printable(raw.url));
    }
    options.url_host = url->host_address();
  }
  for (const auto& [flag, address] :
       {std::pair{"--webhook-bind-address", &options.bind_address},
        std::pair{"--metrics-bind-address", &options.common.metrics_bind_address},
        std::pair{"--health-probe-bind-address", &options.common.health_probe_bind_address}}) {
    if (const auto parts = http::parse_host_port(*address); !parts)
      return fmt::format("{}: {}", flag, parts.error().message);
  }
  if (!options.client_cn.empty() && options.client_ca_file.empty()) return "--client-cn: needs --client-ca-file";
  return {};
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv) {
  ParsedOptions parsed;
  RawFlags raw;
  CLI::App app("Puts the pull Secret's name into ServiceAccounts at the moment they are created or changed.",
               "acr-webhook");
  add_common_flags(app, parsed.options.common);
  add_flags(app, parsed.options, raw);
  add_footer(app, "");
  parsed.exit_code = parse_flags(app, argc, argv);
  if (parsed.exit_code) return parsed;
  if (const auto problem = check(parsed.options, raw); !problem.empty())
    parsed.exit_code = usage_error(app, problem, argc, argv);
  return parsed;
}

certs::HostNames names_of(const Options& options) {
  return options.url_host.empty() ? certs::names_of_service(options.service.namespace_, options.service.name)
                                  : certs::names_of_host(options.url_host);
}

std::string controller_username(const Options& options) {
  return fmt::format("system:serviceaccount:{}:{}", options.common.own_namespace, kControllerAccount);
}

}  // namespace acr::webhook
