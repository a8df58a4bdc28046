// SPDX-License-Identifier: Apache-2.0
#include "common/base/flags.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
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

/// A flag that the command line sets, as "--name", "--name=value" or "--no-name".
bool is_given(const std::string& flag, int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument(argv[i]);
    for (const auto& name : {"--" + flag, "--no-" + flag}) {
      if (argument == name || argument.starts_with(name + "=")) return true;
    }
  }
  return false;
}

/// `message` begins with the name of a flag.
std::string name_variable(const CLI::App& app, const std::string& message, int argc, const char* const* argv) {
  for (const auto* option : app.get_options()) {
    if (option->get_lnames().empty()) continue;
    const auto& name = option->get_lnames().front();
    const auto variable = environment_name(name);
    if (message.starts_with("--" + name + ":") && std::getenv(variable.c_str()) != nullptr &&
        !is_given(name, argc, argv)) {
      return variable + message.substr(name.size() + 2);
    }
  }
  return message;
}

/// The first argument that nothing was made of: CLI11 would list them all, the values of flags it does not know too.
std::string describe_extras(const std::vector<std::string>& extras) {
  const auto flag =
      std::find_if(extras.begin(), extras.end(), [](const std::string& extra) { return extra.starts_with('-'); });
  if (flag == extras.end()) return "\"" + printable(extras.front()) + "\": no argument without a flag is expected";
  return printable(flag->substr(0, flag->find('='))) + ": there is no such flag";
}

void add_log_flags(CLI::App& app, CommonFlags& flags) {
  add_checked(app, "--log-level", "how much is told (default info)",
              [&flags](const std::string& text) -> std::string {
                const auto level = log::parse_level(text);
                if (!level) return level.error().message;
                flags.log_level = *level;
                return {};
              })
      ->type_name("{debug,info,warn,error}")
      ->group(kServingFlags);
  add_checked(app, "--log-format", "form of a line of the log (default text)",
              [&flags](const std::string& text) -> std::string {
                if (text != "text" && text != "json") return "must be text or json";
                flags.log_format = text == "json" ? log::Format::Json : log::Format::Text;
                return {};
              })
      ->type_name("{text,json}")
      ->group(kServingFlags);
}

void add_name_flags(CLI::App& app, CommonFlags& flags) {
  add_checked(app, "--namespace",
              "the helper's own namespace (default: POD_NAMESPACE, else the pod's namespace, else kube-system)",
              [&flags](const std::string& text) -> std::string {
                if (!is_dns_label(text)) return "must be the name of a namespace";
                flags.own_namespace = text;
                return {};
              })
      ->type_name("NAMESPACE")
      ->group(kClusterFlags);
  add_checked(app, "--config-map", "the configuration (default kube-system/acr-configuration)",
              [&flags](const std::string& text) -> std::string {
                const auto name = parse_namespaced_name(text, "kube-system");
                if (!name) return "must be NAME or NAMESPACE/NAME";
                flags.config_map_namespace = name->namespace_;
                flags.config_map_name = name->name;
                return {};
              })
      ->type_name("[NAMESPACE/]NAME")
      ->group(kClusterFlags);
  add_checked(app, "--secret-name",
              "name of the pull Secret in every namespace (default acr-credential-secret-aggregation)",
              [&flags](const std::string& text) -> std::string {
                if (!is_dns_subdomain(text))
                  return "must be the name of a Secret";  // the API server would not check it (ADM-15)
                flags.secret_name = text;
                return {};
              })
      ->type_name("NAME")
      ->group(kClusterFlags);
}

}  // namespace

void add_common_flags(CLI::App& app, CommonFlags& flags) {
  app.set_version_flag("--version", app.get_name() + " " + kVersion, "print the version and exit");
  app.set_help_flag("--help,-h", "print this help and exit");
  app.add_option("--kubeconfig", flags.kubeconfig, "how the cluster is reached (default: the pod's own credentials)")
      ->type_name("FILE")
      ->group(kClusterFlags);
  add_name_flags(app, flags);
  app.add_option("--metrics-bind-address", flags.metrics_bind_address, "where /metrics is served (default :8080)")
      ->type_name("[HOST]:PORT")
      ->group(kServingFlags);
  app.add_option("--health-probe-bind-address", flags.health_probe_bind_address,
                 "where /healthz and /readyz are served (default :8081)")
      ->type_name("[HOST]:PORT")
      ->group(kServingFlags);
  add_log_flags(app, flags);
  add_duration(app, "--shutdown-delay", flags.shutdown_delay, "how long to go on serving after SIGTERM (default 15s)")
      ->group(kServingFlags);
  app.parse_complete_callback([&flags] {
    if (flags.own_namespace.empty()) flags.own_namespace = find_own_namespace();
  });
}

CLI::Option* add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& value,
                          const std::string& help) {
  return add_checked(app, name, help,
                     [&value](const std::string& text) -> std::string {
                       const auto duration = parse_duration(text);
                       if (!duration) return duration.error().message;
                       value = *duration;
                       return {};
                     })
      ->type_name("DURATION");
}

CLI::Option* add_number(CLI::App& app, const std::string& name, double& value, bool may_be_zero,
                        const std::string& help) {
  return add_checked(app, name, help,
                     [&value, may_be_zero](const std::string& text) -> std::string {
                       double number = 0;
                       const auto* end = text.data() + text.size();
                       const auto read = std::from_chars(text.data(), end, number);
                       const bool is_number = read.ec == std::errc() && read.ptr == end && std::isfinite(number);
                       if (!is_number || number < 0 || (number == 0 && !may_be_zero)) {
                         return "\"" + printable(text) + "\" is not a number " +
                                (may_be_zero ? "from 0 on" : "above 0");
                       }
                       value = number;
                       return {};
                     })
      ->type_name("NUMBER");
}

void add_footer(CLI::App& app, const std::string& examples) {
  app.footer(
      "A DURATION is written as 90s, 15m or 1h30m. Every flag is also an environment variable ACR_<FLAG>, such as\n"
      "ACR_LOG_LEVEL; the command line wins.\n\n" +
      examples +
      "\nExit codes: 0 clean end, 1 failure, 2 wrong usage or unusable input.\n"
      "More is told in docs/operations.md and docs/configuration.md of the source.");
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
  } catch (const CLI::ExtrasError& error) {
    return usage_error(app, app.remaining().empty() ? error.what() : describe_extras(app.remaining()), argc, argv);
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error.what(), argc, argv);
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

int usage_error(const CLI::App& app, const std::string& message, int argc, const char* const* argv) {
  const auto named = name_variable(app, message, argc, argv);
  // It may quote what was given, at the wrong flag too.
  std::cerr << app.get_name() << ": " << hide_credentials(named) << "; run with --help for the flags\n";
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
