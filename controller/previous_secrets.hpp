// SPDX-License-Identifier: Apache-2.0
// Pull Secrets of earlier names (--previous-secret-name): each of ours goes once nobody lists it any more.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "controller/apply.hpp"

namespace acr::controller {

class PreviousSecrets {
 public:
  PreviousSecrets(Writer writer, std::vector<std::string> names) : writer_(writer), names_(std::move(names)) {}

  [[nodiscard]] bool any() const { return !names_.empty(); }

  /// To be called while the Secret of the present name stands in the namespace: deletes those of earlier names that
  /// carry our label and that no ServiceAccount of the namespace lists any more. A namespace in which there are none is
  /// asked about once. Errors: as ApiClient::send; a right that is missing is logged and given up.
  async::awaitable<Result<void>> apply_removal(std::string namespace_name);

  /// Forgets where it has looked: another term begins.
  void begin_term() { clean_.clear(); }

 private:
  async::awaitable<Result<bool>> remove_one(kube::ObjectKey key);

  Writer writer_;
  std::vector<std::string> names_;
  std::set<std::string> clean_;  ///< namespaces without any of them
};

}  // namespace acr::controller
