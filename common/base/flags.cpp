// SPDX-License-Identifier: Apache-2.0
#include "common/base/flags.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "acr_version.hpp"
#include "common/base/credential_form.hpp"
#include "common/base/duration.hpp"
#include "common/base/text.hpp"

namespace acr {
namespace {

constexpr const char* kInClusterNamespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// An option whose text `accept` takes, or refuses by returning what is wrong with it (empty = fine).
CLI::Option* add_checked(CLI::App& app, const std::string& name, const std::string& help,
                         std::function<std::string(const std::string&)> accept) {
  return app.add_option_function<std::string>(
      name,
      [name, accept = std::move(accept)](const std::string& text) {
        if (const auto wrong = accept(text); !wrong.empty()) throw CLI::ValidationError(name, wrong);
      },
      help);
}

std::string environment_name(const std::string& flag) {
  std::string name = "ACR_";
  for (const char c : flag) name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

void give_environment_names(CLI::App& app) {
  for (auto* option : app.get_options()) {
    if (option->get_lnames().empty() || option == app.get_help_ptr() || option == app.get_version_ptr()) continue;
    option->envname(environment_name(option->get_lnames().front()));
  }
}

void add_log_flags(CLI::App& app, CommonFlags& flags) {
  add_checked(app, "--log-level", "debug, info, warn or error (default info)",
              [&flags](const std::string& text) -> std::string {
                const auto level = log::parse_level(text);
                if (!level) return level.error().message;
                flags.log_level = *level;
                return {};
              });
  add_checked(app, "--log-format", "text or json (default text)", [&flags](const std::string& text) -> std::string {
    if (text != "text" && text != "json") return "must be text or json";
    flags.log_format = text == "json" ? log::Format::Json : log::Format::Text;
    return {};
  });
}

void add_name_flags(CLI::App& app, CommonFlags& flags) {
  add_checked(app, "--namespace",
              "the helper's own namespace (default: POD_NAMESPACE, else the pod's namespace, else kube-system)",
              [&flags](const std::string& text) -> std::string {
                if (!is_dns_label(text)) return "must be the name of a namespace";
                flags.own_namespace = text;
                return {};
              });
  add_checked(app, "--config-map", "[NAMESPACE/]NAME of the configuration (default kube-system/acr-configuration)",
              [&flags](const std::string& text) -> std::string {
                const auto name = parse_namespaced_name(text, "kube-system");
                if (!name) return "must be NAME or NAMESPACE/NAME";
                flags.config_map_namespace = name->namespace_;
                flags.config_map_name = name->name;
                return {};
              });
  add_checked(app, "--secret-name",
              "name of the pull Secret in every namespace (default acr-credential-secret-aggregation)",
              [&flags](const std::string& text) -> std::string {
                if (!is_dns_subdomain(text))
                  return "must be the name of a Secret";  // the API server would not check it (ADM-15)
                flags.secret_name = text;
                return {};
              });
}

}  // namespace

void add_common_flags(CLI::App& app, CommonFlags& flags) {
  app.set_version_flag("--version", app.get_name() + " " + kVersion, "print the version and exit");
  app.set_help_flag("--help,-h", "print this help and exit");
  app.add_option("--kubeconfig", flags.kubeconfig, "path of a kubeconfig file (default: the pod's own credentials)");
  add_name_flags(app, flags);
  app.add_option("--metrics-bind-address", flags.metrics_bind_address, "HOST:PORT for /metrics (default :8080)");
  app.add_option("--health-probe-bind-address", flags.health_probe_bind_address,
                 "HOST:PORT for /healthz and /readyz (default :8081)");
  add_log_flags(app, flags);
  add_duration(app, "--shutdown-delay", flags.shutdown_delay, "how long to go on serving after SIGTERM (default 15s)");
  app.parse_complete_callback([&flags] {
    if (flags.own_namespace.empty()) flags.own_namespace = find_own_namespace();
  });
}

CLI::Option* add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& value,
                          const std::string& help) {
  return add_checked(app, name, help, [&value](const std::string& text) -> std::string {
    const auto duration = parse_duration(text);
    if (!duration) return duration.error().message;
    value = *duration;
    return {};
  });
}

std::optional<int> parse_flags(CLI::App& app, int argc, const char* const* argv) {
  give_environment_names(app);
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return kExitOk;
  } catch (const CLI::CallForVersion&) {
    std::cout << app.get_name() << ' ' << kVersion << '\n';
    return kExitOk;
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error.what());
  }
}

std::string find_own_namespace() {
  if (const char* name = std::getenv("POD_NAMESPACE"); name != nullptr && is_dns_label(name)) return name;
  std::ifstream file(kInClusterNamespaceFile);
  std::string text;
  std::getline(file, text);
  const auto name = trim(text);
  return is_dns_label(name) ? std::string(name) : "kube-system";
}

int usage_error(const CLI::App& app, const std::string& message) {
  // It may quote what was given, at the wrong flag too.
  std::cerr << app.get_name() << ": " << hide_credentials(message) << "; run with --help for the flags\n";
  return kExitUsage;
}

std::optional<NamespacedName> parse_namespaced_name(std::string_view text, std::string_view default_namespace) {
  const auto slash = text.find('/');
  const auto namespace_part = slash == std::string_view::npos ? default_namespace : text.substr(0, slash);
  const auto name = slash == std::string_view::npos ? text : text.substr(slash + 1);
  if (!is_dns_label(namespace_part) || !is_dns_subdomain(name)) return std::nullopt;
  return NamespacedName{std::string(namespace_part), std::string(name)};
}

}  // namespace acr
