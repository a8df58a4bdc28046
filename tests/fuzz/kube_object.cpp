// SPDX-License-Identifier: Apache-2.0
// Objects of the API server and error answers of whatever stands before it. The first byte picks the kind.
#include <cstddef>
#include <cstdint>

#include "common/kube/field_manager.hpp"
#include "common/kube/parse.hpp"
#include "common/kube/status_error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acr::kube;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] & 15) {
    case 0:
      (void)parse_text<NamespaceInfo>(text);
      break;
    case 1:
      (void)parse_text<ServiceAccountInfo>(text);
      break;
    case 2:
      (void)parse_text<SecretInfo>(text);
      break;
    case 3:
      (void)parse_text<SecretData>(text);
      break;
    case 4:
      (void)parse_text<ConfigMapInfo>(text);
      break;
    case 5:
      (void)parse_text<WebhookConfigurationInfo>(text);
      break;
    case 6:
      (void)parse_username(text);
      break;
    case 8:
      if (const auto object = acr::parse_json(text)) (void)parse_foreign_manager(*object, "f:imagePullSecrets");
      break;
    default:
      (void)parse_status_error({.status = 409, .headers = {}, .body = std::string(text)}, "get secrets");
      break;
  }
  return 0;
}
