// SPDX-License-Identifier: Apache-2.0
// May API servers be sent here? Pure.
#pragma once

#include "common/base/error.hpp"

namespace acr::webhook {

/// What readiness depends on; never on the caBundle, on `enable` or on the API server being reachable (CRT-9).
struct ReadinessInputs {
  Result<void> certificate = {};     ///< an Error = no client would accept it now
  bool configuration_known = false;  ///< an absent ConfigMap counts as known
  bool namespaces_synced = false;
};

class Readiness {
 public:
  /// An Error says what is missing. Once it was ready, only a certificate that ended and draining make it unready.
  Result<void> judge(const ReadinessInputs& inputs);

  /// From now on unready (SHD-1).
  void start_draining() { draining_ = true; }

 private:
  bool was_ready_ = false;
  bool draining_ = false;
};

}  // namespace acr::webhook
