// SPDX-License-Identifier: Apache-2.0
// How much of what the configuration covers is served, and why the rest is not. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "controller/plan.hpp"
#include "controller/work_key.hpp"

namespace acr::controller {

/// A covered namespace without a good pull Secret, or a covered ServiceAccount without our entry.
struct Unserved {
  std::string name;  ///< "shop", "shop/web"
  std::string reason;

  friend bool operator==(const Unserved&, const Unserved&) = default;
};

/// Of one kind of object.
struct CoverageCount {
  std::size_t served = 0;
  std::size_t unserved = 0;
  std::vector<Unserved> named;  ///< the first of the unserved; at most kNamedUnserved

  [[nodiscard]] std::size_t covered() const { return served + unserved; }
};

inline constexpr std::size_t kNamedUnserved = 20;

struct Coverage {
  CoverageCount namespaces = {};
  CoverageCount accounts = {};
  std::size_t excluded_namespaces = 0;  ///< opted out by label or annotation
};

/// What is known of one namespace, and what stands around it.
struct CoverageInputs {
  const Rules& rules;
  bool any_login = false;  ///< has any instance one?
  /// Why an object is not served, as far as work on it tells; empty if that knows nothing.
  std::function<std::string(const WorkKey&)> trouble_with;
};

/// Adds one namespace to `coverage`. `secret` is the Secret of our name in it, nullptr if there is none.
void count_namespace(Coverage& coverage, const CoverageInputs& inputs, const kube::NamespaceInfo& info,
                     const kube::SecretInfo* secret);
/// Adds one ServiceAccount of that namespace.
void count_account(Coverage& coverage, const CoverageInputs& inputs, const kube::NamespaceInfo& info,
                   const kube::ServiceAccountInfo& account);

}  // namespace acr::controller
