// SPDX-License-Identifier: Apache-2.0
#include "webhook/readiness.hpp"

namespace acr::webhook {

Result<void> Readiness::judge(const ReadinessInputs& inputs) {
  if (draining_) return fail(ErrorKind::Unavailable, "shutting down");
  if (!inputs.certificate) return inputs.certificate;
  if (was_ready_) return {};
  if (!inputs.configuration_known) return fail(ErrorKind::Unavailable, "the configuration is not known yet");
  if (!inputs.namespaces_synced) return fail(ErrorKind::Unavailable, "the namespaces are not known yet");
  was_ready_ = true;
  return {};
}

}  // namespace acr::webhook
