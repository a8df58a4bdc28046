// SPDX-License-Identifier: Apache-2.0
// What a general YAML library makes of a text, in the same words as what our reader makes of it: two opinions to
// compare.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>

#include "common/base/text.hpp"
#include "common/config/yaml_tree.hpp"

namespace acr::fakes {

/// Without white space at its ends, of which the configuration takes no notice and the library has its own view.
inline std::string show_scalar(std::string_view text) {
  return '"' + printable(trim(text), text.size()) + '"';
}

/// {"field": "value", ...}, ["item", ...], ~ for null; in one line.
inline std::string show_yaml(config::YamlValue value) {
  std::string text;
  if (value.is_scalar()) {
    text = show_scalar(value.text());
  } else if (value.is_sequence()) {
    value.visit_items([&text](config::YamlValue item) { text += (text.empty() ? "" : ", ") + show_yaml(item); });
    text = '[' + text + ']';
  } else if (value.is_mapping()) {
    value.visit_fields([&text](config::YamlValue key, config::YamlValue field) {
      text += (text.empty() ? "" : ", ") + show_yaml(key) + ": " + show_yaml(field);
    });
    text = '{' + text + '}';
  } else {
    text = '~';
  }
  return text;
}

inline std::string show_yaml(const YAML::Node& node) {
  std::string text;
  if (node.IsScalar()) {
    text = show_scalar(node.Scalar());
  } else if (node.IsSequence()) {
    for (const auto& item : node) text += (text.empty() ? "" : ", ") + show_yaml(item);
    text = '[' + text + ']';
  } else if (node.IsMap()) {
    for (const auto& pair : node) {
      text += (text.empty() ? "" : ", ") + show_yaml(pair.first) + ": " + show_yaml(pair.second);
    }
    text = '{' + text + '}';
  } else {
    text = '~';
  }
  return text;
}

/// The library's opinion; nullopt if it refuses the text.
inline std::optional<std::string> ask_yaml_library(const std::string& text) {
  try {
    return show_yaml(YAML::Load(text));
  } catch (const YAML::Exception&) {
    return std::nullopt;
  }
}

}  // namespace acr::fakes
