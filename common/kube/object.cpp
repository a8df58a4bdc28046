// SPDX-License-Identifier: Apache-2.0
#include "common/kube/object.hpp"

namespace acr::kube {

std::string to_string(const ObjectKey& key) {
  return key.namespace_.empty() ? key.name : key.namespace_ + "/" + key.name;
}

}  // namespace acr::kube
