// SPDX-License-Identifier: Apache-2.0
// The keys that hold a few switches: rrsa and webhook-configuration.
#pragma once

#include "common/config/settings.hpp"
#include "common/config/source_text.hpp"

namespace acr::config {

/// Reads "enable: true". A bare "true" is understood with a warning.
bool read_rrsa(SourceText source, Findings& findings);

/// Reads enable, failure-policy, timeout-seconds and mode; a value that cannot be used is reported and keeps its
/// default.
WebhookSettings read_webhook(SourceText source, Findings& findings);

}  // namespace acr::config
