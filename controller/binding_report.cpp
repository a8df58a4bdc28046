// SPDX-License-Identifier: Apache-2.0
#include "controller/binding_report.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "controller/configuration.hpp"

namespace acr::controller {
namespace {

constexpr std::size_t kOneByOne = 5;

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

}  // namespace acr::controller
