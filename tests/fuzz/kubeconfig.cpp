// SPDX-License-Identifier: Apache-2.0
// A kubeconfig file of any content.
#include "common/kube/kubeconfig.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)acr::kube::parse_kubeconfig({reinterpret_cast<const char*>(data), size}, "/etc/kubeconfig");
  return 0;
}
