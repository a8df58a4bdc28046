// SPDX-License-Identifier: Apache-2.0
#include "common/config/yaml_document.hpp"

#include "common/config/inner_keys.hpp"

namespace acr::config {

std::optional<YamlTree> read_document(SourceText& source, std::span<const FieldName> names, Findings& findings) {
  std::optional<YamlTree> tree;
  if (repair_indentation(source, names, findings)) tree = read_yaml(source, names, findings);
  if (!tree) lose_inner_keys(source, findings);
  return tree;
}

}  // namespace acr::config
