// SPDX-License-Identifier: Apache-2.0
// The decision about an edit of acr-configuration: refused if it has errors, with line and column; warned about
// otherwise. Pure.
#pragma once

#include <string_view>

#include "common/kube/object.hpp"
#include "webhook/review.hpp"

namespace acr::webhook {

struct ValidateContext {
  kube::ObjectKey configuration;        ///< the ConfigMap that is ours
  bool configuration_in_force = false;  ///< a text rules already
};

/// Refuses only what changes data or binaryData: a label must be settable on a ConfigMap that has been broken for long.
/// `decision` is one of valid, invalid, unchanged, foreign_request, broken_object.
Answer judge_configuration(const Review& review, const ValidateContext& context);

}  // namespace acr::webhook
