// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/edit_losses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "controller/config_check/summary.hpp"

namespace acr::controller {
namespace {

using config::Diagnostic;
using config::NamePatterns;
using config::RegistryInstance;
using config::Settings;
using config::Severity;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Names and patterns of `before` of which `after` does not cover all, as far as patterns can be compared.
std::vector<std::string> find_lost(const NamePatterns& before, const NamePatterns& after) {
  std::vector<std::string> lost;
  if (after.all) return lost;
  std::copy_if(before.patterns.begin(), before.patterns.end(), std::back_inserter(lost), [&](const std::string& name) {
    return !contains(after.patterns, name) && (config::is_glob(name) || !after.matches(name));
  });
  return lost;
}

class Comparison {
 public:
  Comparison(const Settings& before, const Settings& after) : before_(before), after_(after) {}

  std::vector<Diagnostic> run() {
    compare_names("watch-namespace", before_.watch_namespaces, after_.watch_namespaces, "namespace");
    compare_names("service-account", before_.service_accounts, after_.service_accounts,
                  "ServiceAccount of the watched namespaces");
    compare_excluded();
    compare_selectors();
    compare_instances();
    return std::move(losses_);
  }

 private:
  void add(Severity severity, std::string code, std::string_view key, const std::string& message,
           std::string_view hint) {
    losses_.push_back(config::build_diagnostic(severity, std::move(code), key, 1, 1, message, hint));
  }

  void add_shrinking(std::string_view key, const std::string& message) {
    add(Severity::Warning, "scope-shrinks", key, message,
        "what is not covered any more loses its binding and Secret. Are the names right, and do they exist? If it is "
        "more than half of all bound ServiceAccounts and more than 10, it waits --shrink-delay (5m) with Event "
        "ScopeShrinking");
  }

  void compare_names(std::string_view key, const NamePatterns& before, const NamePatterns& after,
                     std::string_view what) {
    if (before.all && !after.all) {
      add_shrinking(key, after.patterns.empty()
                             ? fmt::format("every {} was covered, now none is", what)
                             : fmt::format("every {} was covered, now only: {}", what, join_some(after.patterns)));
    } else if (const auto lost = find_lost(before, after); !lost.empty()) {
      add_shrinking(key, fmt::format("no longer covered: {} (now covered: {})", join_some(lost),
                                     after.patterns.empty() ? "none" : join_some(after.patterns)));
    }
  }

  void compare_excluded() {
    std::vector<std::string> lost;
    for (const auto& name : after_.exclude_namespaces) {
      const auto& watched = before_.watch_namespaces;
      const bool was_covered = config::is_glob(name) || watched.has_glob() || watched.matches(name);
      if (was_covered && !contains(before_.exclude_namespaces, name)) lost.push_back(name);
    }
    if (!lost.empty()) add_shrinking("exclude-namespaces", fmt::format("excluded from now on: {}", join_some(lost)));
  }

  void compare_selectors() {
    if (!after_.namespace_selector || after_.namespace_selector == before_.namespace_selector) return;
    add_shrinking("namespace-selector", fmt::format("covered are only namespaces with labels {} from now on",
                                                    after_.namespace_selector->to_text()));
  }

  void compare_instances() {
    for (const auto& instance : before_.instances) {
      std::vector<const RegistryInstance*> kept;
      for (const auto& other : after_.instances) {
        if (other.instance_id == instance.instance_id && other.region_id == instance.region_id) kept.push_back(&other);
      }
      const auto name = name_of(instance);
      if (kept.empty()) {
        // What nobody wrote may go without a word of warning, but not without any.
        add_removal(instance.implicit ? Severity::Info : Severity::Warning,
                    fmt::format("{} is no longer listed", name));
      } else if (const auto lost = find_lost_hosts(instance, kept); !lost.empty()) {
        add_removal(Severity::Warning, fmt::format("{} of {} are no longer listed", join_some(lost), name));
      }
    }
  }

  void add_removal(Severity severity, const std::string& message) {
    add(severity, "login-removed", "acr-registry-info", message,
        "its login leaves the pull Secrets at once, and pulls with it fail");
  }

  static std::vector<std::string> find_lost_hosts(const RegistryInstance& before,
                                                  const std::vector<const RegistryInstance*>& after) {
    const auto covers = [](const RegistryInstance* item, const std::string& host) {
      return item->domains.empty() || contains(item->domains, host);
    };
    std::vector<std::string> lost;
    for (const auto& host : before.domains) {
      if (std::none_of(after.begin(), after.end(), [&](const auto* item) { return covers(item, host); }))
        lost.push_back(host);
    }
    const bool is_narrowed = before.domains.empty() &&
                             std::none_of(after.begin(), after.end(), [](const auto* i) { return i->domains.empty(); });
    if (is_narrowed) lost.emplace_back("other hosts than those in domains");
    return lost;
  }

  const Settings& before_;
  const Settings& after_;
  std::vector<Diagnostic> losses_;
};

}  // namespace

std::vector<Diagnostic> find_losses(const Settings& before, const Settings& after) {
  constexpr std::size_t kMostLosses = 20;
  auto losses = Comparison(before, after).run();
  if (losses.size() > kMostLosses) {
    const auto rest = losses.size() - kMostLosses;
    losses.resize(kMostLosses);
    losses.back().message += fmt::format(", and so are {} more", rest);
  }
  return losses;
}

}  // namespace acr::controller
