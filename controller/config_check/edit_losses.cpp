// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/edit_losses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "common/config/host_overlap.hpp"
#include "controller/config_check/scope_reach.hpp"
#include "controller/config_check/summary.hpp"

namespace acr::controller {
namespace {

using config::NamePatterns;
using config::RegistryInstance;
using config::Settings;
using config::Severity;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Names and patterns of `before` of which `after` does not cover all, as far as patterns can be compared; without
/// those that `excluded` left out before already.
std::vector<std::string> find_lost(const NamePatterns& before, const NamePatterns& after,
                                   const std::vector<std::string>& excluded) {
  std::vector<std::string> lost;
  if (after.all) return lost;
  std::copy_if(before.patterns.begin(), before.patterns.end(), std::back_inserter(lost), [&](const std::string& name) {
    return !reaches_all(after.patterns, name) && !reaches_all(excluded, name);
  });
  return lost;
}

class Comparison {
 public:
  Comparison(const Settings& before, const Settings& after) : before_(before), after_(after) {}

  std::vector<Loss> run() {
    compare_names("watch-namespace", before_.watch_namespaces, after_.watch_namespaces, before_.exclude_namespaces,
                  "namespace");
    compare_names("service-account", before_.service_accounts, after_.service_accounts, {},
                  "ServiceAccount of the watched namespaces");
    compare_excluded();
    compare_selectors();
    compare_instances();
    compare_binding();
    return std::move(losses_);
  }

 private:
  void add(Severity severity, std::string code, std::string_view key, const std::string& message, std::string_view hint,
           std::string instance_id = {}) {
    losses_.push_back({.diagnostic = config::build_diagnostic(severity, std::move(code), key, 1, 1, message, hint),
                       .instance_id = std::move(instance_id)});
  }

  void add_shrinking(std::string_view key, const std::string& message) {
    add(Severity::Warning, "scope-shrinks", key, message,
        "what is not covered any more loses its binding and Secret. Are the names right, and do they exist? If it is "
        "more than half of all bound ServiceAccounts and more than 10, it waits --shrink-delay (5m) with Event "
        "ScopeShrinking");
  }

  void compare_names(std::string_view key, const NamePatterns& before, const NamePatterns& after,
                     const std::vector<std::string>& excluded, std::string_view what) {
    if (before.all && !after.all) {
      add_shrinking(key, after.patterns.empty()
                             ? fmt::format("every {} was covered, now none is", what)
                             : fmt::format("every {} was covered, now only: {}", what, join_some(after.patterns)));
    } else if (const auto lost = find_lost(before, after, excluded); !lost.empty()) {
      add_shrinking(key, fmt::format("no longer covered: {} (now covered: {})", join_some(lost),
                                     after.patterns.empty() ? "none" : join_some(after.patterns)));
    }
  }

  void compare_excluded() {
    std::vector<std::string> lost;
    for (const auto& name : after_.exclude_namespaces) {
      if (may_have_covered(name) && !reaches_all(before_.exclude_namespaces, name)) lost.push_back(name);
    }
    if (!lost.empty()) add_shrinking("exclude-namespaces", fmt::format("excluded from now on: {}", join_some(lost)));
  }

  /// Was a namespace of this name, or one that matches it, watched and not excluded?
  [[nodiscard]] bool may_have_covered(const std::string& pattern) const {
    const auto& watched = before_.watch_namespaces;
    return watched.all || std::any_of(watched.patterns.begin(), watched.patterns.end(), [&](const std::string& name) {
             return config::hosts_overlap(name, pattern) && !reaches_all(before_.exclude_namespaces, name);
           });
  }

  void compare_selectors() {
    const auto& after = after_.namespace_selector;
    const config::LabelSelector everything;
    if (!after || reaches_all(*after, before_.namespace_selector.value_or(everything))) return;
    add_shrinking("namespace-selector",
                  fmt::format("covered are only namespaces with labels {} from now on", after->to_text()));
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
        continue;
      }
      if (is_narrowed(instance, kept)) {
        add_removal(Severity::Warning, fmt::format("all hosts of {} were covered, now only those in domains", name),
                    instance.instance_id);
      } else if (const auto lost = find_lost_hosts(instance, kept); !lost.empty()) {
        add_removal(Severity::Warning,
                    fmt::format("{} of {} {} no longer listed", join_some(lost), name, lost.size() == 1 ? "is" : "are"),
                    instance.instance_id);
      }
      compare_identity(instance, kept);
    }
  }

  /// Items of one instance that differ in their identity are told apart by nothing else: then nothing is told.
  void compare_identity(const RegistryInstance& before, const std::vector<const RegistryInstance*>& kept) {
    const auto words = describe_identity(before);
    const auto now = describe_identity(*kept.front());
    if (std::any_of(kept.begin(), kept.end(), [&](const auto* item) { return describe_identity(*item) == words; }))
      return;
    add(Severity::Warning, "identity-changes", "acr-registry-info",
        fmt::format("the login of {} comes from another identity: before {}; now {}", name_of(before), words, now),
        "may that identity pull the same images? acr-controller --check-credentials tries it",
        kept.front()->instance_id);
  }

  void compare_binding() {
    if (after_.binding_mode == config::BindingMode::Overwrite && before_.binding_mode != after_.binding_mode) {
      add(Severity::Warning, "binding-overwrites", "binding-mode",
          "the entries of others leave imagePullSecrets of every covered ServiceAccount",
          "new pods then pull with the logins of this helper alone; append keeps the others");
    }
    if (before_.webhook.enable && !after_.webhook.enable) {
      add(Severity::Warning, "webhook-off", "webhook-configuration",
          "the webhook is switched off: a new ServiceAccount is bound by the controller a moment after its creation",
          "pods that are created in that moment have no pull Secret");
    }
  }

  void add_removal(Severity severity, const std::string& message, const std::string& instance_id = {}) {
    add(severity, "login-removed", "acr-registry-info", message,
        "its login leaves the pull Secrets at once, and pulls with it fail", instance_id);
  }

  static bool is_narrowed(const RegistryInstance& before, const std::vector<const RegistryInstance*>& after) {
    return before.domains.empty() &&
           std::none_of(after.begin(), after.end(), [](const auto* item) { return item->domains.empty(); });
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
    return lost;
  }

  const Settings& before_;
  const Settings& after_;
  std::vector<Loss> losses_;
};

}  // namespace

std::vector<Loss> find_losses(const Settings& before, const Settings& after) {
  constexpr std::size_t kMostLosses = 20;
  auto losses = Comparison(before, after).run();
  if (losses.size() > kMostLosses) {
    const auto rest = losses.size() - kMostLosses;
    losses.resize(kMostLosses);
    losses.back().diagnostic.message += fmt::format(", and so are {} more", rest);
  }
  return losses;
}

}  // namespace acr::controller
