// SPDX-License-Identifier: Apache-2.0
#include "common/pullsecret/secret_body.hpp"

#include <fmt/format.h>

#include "common/base/base64.hpp"
#include "common/base/json.hpp"

namespace acr::pullsecret {
namespace {

/// A member and a comma. A patch has to remove what is no longer.
std::string build_annotation(std::string_view name, const std::string& value, bool is_patch) {
  if (value.empty() && !is_patch) return {};
  return fmt::format("{}:{},", quote_json(name), value.empty() ? "null" : quote_json(value));
}

/// "labels" and "annotations" of the metadata.
std::string build_marks(const WantedSecret& wanted, bool is_patch) {
  return fmt::format(R"("labels":{{{}:{}}},"annotations":{{{}{}{}:{}}})", quote_json(kube::kManagedByLabel),
                     quote_json(kube::kManagedByValue),
                     build_annotation(kExpiresAtAnnotation, wanted.end_marks.expires_at, is_patch),
                     build_annotation(kOutlivesAnnotation, wanted.end_marks.outlives, is_patch),
                     quote_json(kRefreshedAtAnnotation), quote_json(format_rfc3339(wanted.refreshed_at)));
}

Secret build(std::string_view head, const WantedSecret& wanted) {
  const Secret content(encode_base64(wanted.docker_config.reveal()));
  return Secret(fmt::format(R"({}"type":{},"data":{{{}:"{}"}}}})", head, quote_json(kube::kDockerConfigType),
                            quote_json(kube::kDockerConfigKey), content.reveal()));
}

}  // namespace

Secret build_secret_body(std::string_view namespace_name, const WantedSecret& wanted,
                         std::string_view resource_version) {
  const auto version =
      resource_version.empty() ? std::string() : fmt::format(R"("resourceVersion":{},)", quote_json(resource_version));
  return build(fmt::format(R"({{"apiVersion":"v1","kind":"Secret","metadata":{{"name":{},"namespace":{},{}{}}},)",
                           quote_json(wanted.name), quote_json(namespace_name), version, build_marks(wanted, false)),
               wanted);
}

Secret build_secret_patch(const WantedSecret& wanted, std::string_view resource_version) {
  return build(fmt::format(R"({{"metadata":{{"resourceVersion":{},{}}},)", quote_json(resource_version),
                           build_marks(wanted, true)),
               wanted);
}

}  // namespace acr::pullsecret
