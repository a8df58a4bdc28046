// SPDX-License-Identifier: Apache-2.0
#include "common/kube/field_manager.hpp"

#include <algorithm>
#include <array>

#include "common/base/text.hpp"

namespace acr::kube {
namespace {

constexpr std::size_t kNameLimit = 128;

}  // namespace

std::string parse_foreign_manager(const JsonValue& object, std::string_view field) {
  const auto* entries = find_path(object, "metadata", "managedFields");
  if (entries == nullptr || !entries->IsArray()) return {};
  std::string_view last;
  std::string_view last_time;  // RFC 3339 in UTC with whole seconds, so the order of the texts is that of the times
  for (const auto& entry : entries->GetArray()) {
    const auto manager = string_at(entry, "manager");
    const auto time = string_at(entry, "time");
    if (manager.empty() || manager == kOwnFieldManager || find_path(entry, "fieldsV1", field) == nullptr) continue;
    if (!last.empty() && time < last_time) continue;
    last = manager;
    last_time = time;
  }
  return printable(last, kNameLimit);
}

std::string_view manager_word(std::string_view field_manager) {
  static constexpr std::array<std::string_view, 10> kKnown{"aliyun-acr-credential-helper",
                                                           "argocd-controller",
                                                           "helm",
                                                           "kustomize-controller",
                                                           "helm-controller",
                                                           "kube-controller-manager",
                                                           "Terraform",
                                                           "fleetagent",
                                                           "rancher",
                                                           "pulumi-kubernetes"};
  if (field_manager.empty()) return "none";
  if (field_manager.starts_with("kubectl")) return "kubectl";
  const auto* found = std::find(kKnown.begin(), kKnown.end(), field_manager);
  return found != kKnown.end() ? *found : "other";
}

}  // namespace acr::kube
