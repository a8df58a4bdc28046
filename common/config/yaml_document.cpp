// SPDX-License-Identifier: Apache-2.0
#include "common/config/yaml_document.hpp"

namespace acr::config {

std::optional<YamlTree> read_document(SourceText& source, std::span<const FieldName> names, Findings& findings) {
  repair_indentation(source, names, findings);
  return read_yaml(source, names, findings);
}

}  // namespace acr::config
