// SPDX-License-Identifier: Apache-2.0
// The decision about one ServiceAccount: which patch, and why or why not. Pure: from memory, calling nobody.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/config/settings.hpp"
#include "common/kube/object.hpp"
#include "webhook/review.hpp"

namespace acr::webhook {

/// What the decision needs besides the review. The referred values must outlive the call.
struct MutateContext {
  const config::Settings* settings = nullptr;       ///< nullptr = configuration unknown yet
  const kube::NamespaceInfo* namespace_ = nullptr;  ///< nullptr = not seen by our watch
  std::string_view own_namespace;
  std::string_view secret_name;
  std::string_view controller_username;  ///< whose own unbinding is not undone
};

enum class Reason {
  Patched,
  PatchedUnknownNamespace,  ///< our watch has not seen the Namespace; the reconciler corrects
  AlreadyBound,
  ForeignRequest,  ///< not a CREATE or UPDATE of a ServiceAccount itself
  NoConfiguration,
  Controller,  ///< the controller's own write, or that of --cleanup
  NamespaceNotCovered,
  AccountNotCovered,
  OptedOut,
  Terminating,
  BrokenObject,
};
/// snake_case, for the audit annotation and the metric.
std::string_view to_string(Reason reason);

struct Decision {
  Reason reason = Reason::ForeignRequest;
  std::string patch = {};  ///< JSON Patch; empty = none
  bool restored = false;   ///< an update had taken our entry away
  std::vector<std::string> warnings = {};
};

/// Anything unusual means: allow without a patch, because the reconciler repairs what is missing (ADM-9).
Decision decide(const Review& review, const MutateContext& context);

/// A ServiceAccount of a covered Namespace may have opted out or not be listed, so only the Namespace needs waiting
/// for. False where a look at the Namespace cannot change the decision.
bool needs_namespace(const Review& review, const MutateContext& context);

}  // namespace acr::webhook
