// SPDX-License-Identifier: Apache-2.0
// Command lines of both programs: the flags they share, the rule that every flag is an environment variable too, exit
// codes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/log.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the name that CLI11 has
class App;
class Option;
}  // namespace CLI

namespace acr {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;

/// The flags that controller and webhook share.
struct CommonFlags {
  std::string kubeconfig;     ///< empty = in-cluster
  std::string own_namespace;  ///< filled by find_own_namespace() if not given
  std::string config_map_namespace = "kube-system";
  std::string config_map_name = "acr-configuration";
  std::string secret_name = "acr-credential-secret-aggregation";
  std::string metrics_bind_address = ":8080";
  std::string health_probe_bind_address = ":8081";
  log::Level log_level = log::Level::Info;
  log::Format log_format = log::Format::Text;
  std::chrono::milliseconds shutdown_delay{15000};
};

/// Headings of --help.
inline constexpr const char* kClusterFlags = "Cluster";
inline constexpr const char* kServingFlags = "Serving and log";

/// Adds the shared flags, --version and --help. `flags` must live until parse_flags() returns.
void add_common_flags(CLI::App& app, CommonFlags& flags);

/// Adds `--<name>` for a Go duration ("15s", "5m").
CLI::Option* add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& value,
                          const std::string& help);

/// Adds `--<name>` for a number that must not be negative, nor zero unless `may_be_zero`.
CLI::Option* add_number(CLI::App& app, const std::string& name, double& value, bool may_be_zero,
                        const std::string& help);

/// What follows the flags in --help: `examples`, then the exit codes and where more is told.
void add_footer(CLI::App& app, const std::string& examples);

/// Reads the command line, after giving every flag its variable ACR_<FLAG> (upper case, `_` for `-`); the command line
/// wins. nullopt = go on; otherwise the process is to exit with that code: help and version are printed (0), or one
/// clear line on standard error (2).
std::optional<int> parse_flags(CLI::App& app, int argc, const char* const* argv);

/// POD_NAMESPACE, else the in-cluster file, else kube-system.
std::string find_own_namespace();

/// Prints "<program>: <message>" and a hint at --help to standard error; returns kExitUsage. A flag in `message` that
/// is not on the command line, but whose variable is set, is told by the name of that.
int usage_error(const CLI::App& app, const std::string& message, int argc, const char* const* argv);

/// "ns/name" or "name"; nullopt if either part is no Kubernetes name.
struct NamespacedName {
  std::string namespace_;
  std::string name;
};
std::optional<NamespacedName> parse_namespaced_name(std::string_view text, std::string_view default_namespace);

}  // namespace acr
