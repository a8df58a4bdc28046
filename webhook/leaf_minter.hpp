// SPDX-License-Identifier: Apache-2.0
// Keeps the served certificate signed by the CA Secret's signing CA; key and certificate live in memory only (CRT-1).
#pragma once

#include <string>

#include "common/async/notifier.hpp"
#include "common/kube/store.hpp"
#include "webhook/leaf_plan.hpp"
#include "webhook/serving_certificate.hpp"

namespace acr::webhook {

class LeafMinter {
 public:
  /// The references must outlive it.
  LeafMinter(const async::Executor& executor, kube::Store<kube::SecretData>& authorities, certs::HostNames names,
             ServingCertificate& serving);
  LeafMinter(const LeafMinter&) = delete;
  LeafMinter& operator=(const LeafMinter&) = delete;

  /// Looks at each change of the CA Secret and by the wall clock every 30 s, which survives suspends (CRT-5). Until
  /// cancelled.
  async::awaitable<void> run();

  /// One look.
  void renew_if_due(WallTime now);

 private:
  void mint(const certs::AuthoritySet& authority, const std::string& reason, WallTime now);
  void complain(const std::string& text);

  kube::Store<kube::SecretData>& authorities_;
  certs::HostNames names_;
  ServingCertificate& serving_;
  std::optional<ServedLeaf> served_;
  std::string complaint_;  ///< logged once per text
  async::Notifier changed_;
};

}  // namespace acr::webhook
