// SPDX-License-Identifier: Apache-2.0
#include "common/config/yaml_document.hpp"

namespace acr::config {

std::optional<YamlTree> read_document(SourceText& source, std::span<const FieldName> names, Findings& findings) {
  if (!repair_indentation(source, names, findings)) return std::nullopt;
  return read_yaml(source, names, findings);
}

}  // namespace acr::config
