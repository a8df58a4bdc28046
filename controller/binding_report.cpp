// SPDX-License-Identifier: Apache-2.0
#include "controller/binding_report.hpp"

#include <fmt/format.h>

#include <ranges>
#include <utility>

#include "common/base/duration.hpp"
#include "controller/configuration.hpp"

namespace acr::controller {
namespace {

constexpr std::size_t kOneByOne = 5;
constexpr std::size_t kNamespacesInNote = 10;

}  // namespace

kube::ObjectReference BindingReport::reference(const kube::ServiceAccountInfo& account) {
  return {.api_version = "v1", .kind = "ServiceAccount", .key = account.key, .uid = account.uid};
}

void BindingReport::flush() {
  tell(std::exchange(attached_, {}), "ImagePullSecretAttached", "Bind", "attached to");
  tell(std::exchange(detached_, {}), "ImagePullSecretDetached", "Unbind", "detached from");
}

void BindingReport::tell(Accounts accounts, const char* reason, const char* action, const char* verb) {
  if (accounts.size() <= kOneByOne) {
    for (auto& account : accounts) {
      auto note = fmt::format("pull secret {} ServiceAccount {}", verb, kube::to_string(account.key));
      events_.emit({.regarding = std::move(account), .reason = reason, .action = action, .note = std::move(note)});
    }
    return;
  }
  std::set<std::string> namespaces;
  for (const auto& account : accounts) namespaces.insert(account.key.namespace_);
  events_.emit({.regarding = config_map_reference(cache_),
                .reason = reason,
                .action = action,
                .note = fmt::format("pull secret {} {} ServiceAccounts in {} namespaces", verb, accounts.size(),
                                    namespaces.size())});
}

std::string join_some(const std::set<std::string>& names, std::size_t limit) {
  std::string text;
  for (const auto& name : names | std::views::take(limit)) text += (text.empty() ? "" : ", ") + name;
  if (names.size() > limit) text += fmt::format(" and {} more", names.size() - limit);
  return text;
}

kube::Event build_shrinking_event(kube::ObjectReference config_map, const ScopeChange& change,
                                  const std::set<std::string>& namespaces, std::chrono::milliseconds delay) {
  return {.regarding = std::move(config_map),
          .severity = kube::Severity::Warning,
          .reason = "ScopeShrinking",
          .action = "Wait",
          .note = fmt::format("the configuration would unbind {} of {} bound ServiceAccounts, in the namespaces {}; "
                              "nothing is removed for {}: if this is a mistake, correct the ConfigMap in that time",
                              change.would_unbind, change.bound, join_some(namespaces, kNamespacesInNote),
                              format_duration(delay))};
}

}  // namespace acr::controller
