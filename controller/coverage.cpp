// SPDX-License-Identifier: Apache-2.0
#include "controller/coverage.hpp"

#include "common/pullsecret/binding.hpp"
#include "common/pullsecret/entry_ends.hpp"
#include "controller/cluster_cache.hpp"

namespace acr::controller {
namespace {

bool is_good(const kube::SecretInfo* secret, WallTime now) {
  return secret != nullptr && secret->managed && !secret->terminating && secret->type == kube::kDockerConfigType &&
         !has_ended(*secret, now);
}

std::string explain(const CoverageInputs& inputs, const kube::SecretInfo* secret, const WorkKey& key) {
  if (secret != nullptr && secret->type != kube::kDockerConfigType)
    return "its Secret " + inputs.rules.secret_name + " is of another type: delete or rename it, ours appears at once";
  if (auto trouble = inputs.trouble_with(key); !trouble.empty()) return trouble;
  if (!inputs.any_login) return "no instance has a login yet";
  if (secret != nullptr && has_ended(*secret, inputs.rules.now))
    return "its login ended at " + format_rfc3339(*pullsecret::read_expires_at(*secret));
  return "its pull Secret is not written yet";
}

void tally(CoverageCount& count, bool is_served, const std::function<Unserved()>& name) {
  if (is_served) {
    ++count.served;
    return;
  }
  ++count.unserved;
  if (count.named.size() < kNamedUnserved) count.named.push_back(name());
}

}  // namespace

void count_namespace(Coverage& coverage, const CoverageInputs& inputs, const kube::NamespaceInfo& info,
                     const kube::SecretInfo* secret) {
  if (is_excluded(info)) ++coverage.excluded_namespaces;
  if (info.terminating || !is_covered(inputs.rules, info)) return;
  tally(coverage.namespaces, is_good(secret, inputs.rules.now),
        [&]() -> Unserved { return {info.name, explain(inputs, secret, namespace_key(info.name))}; });
}

void count_account(Coverage& coverage, const CoverageInputs& inputs, const kube::NamespaceInfo& info,
                   const kube::ServiceAccountInfo& account) {
  if (info.terminating || !is_covered(inputs.rules, info, account)) return;
  const bool is_bound = pullsecret::is_bound(account.image_pull_secrets, inputs.rules.secret_name);
  tally(coverage.accounts, is_bound, [&]() -> Unserved {
    auto trouble = inputs.trouble_with(service_account_key(account.key.namespace_, account.key.name));
    return {kube::to_string(account.key), trouble.empty() ? "not bound yet" : std::move(trouble)};
  });
}

}  // namespace acr::controller
