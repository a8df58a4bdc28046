// SPDX-License-Identifier: Apache-2.0
// The decision about an edit of acr-configuration: refused if it has errors, with line and column; warned about
// otherwise. Pure.
#pragma once

#include <optional>

#include "common/config/in_force.hpp"
#include "common/kube/object.hpp"
#include "webhook/review.hpp"

namespace acr::webhook {

struct ValidateContext {
  kube::ObjectKey configuration;                ///< the ConfigMap that is ours
  std::optional<config::ConfigMapText> ruling;  ///< the text in force; nullopt if none ever was
};

/// Judges the text as an edit of the one in force, which may be another one than the ConfigMap holds: what both
/// processes would do with it. Refuses only what changes data or binaryData: a label must be settable on a ConfigMap
/// that has been broken for long. `decision` is one of valid, invalid, unchanged, foreign_request, broken_object.
Answer judge_configuration(const Review& review, const ValidateContext& context);

}  // namespace acr::webhook
