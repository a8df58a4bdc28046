// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/manifest_values.hpp"

#include <algorithm>
#include <array>

#include "common/base/base64.hpp"
#include "common/base/text.hpp"

namespace acr::controller {

bool is_typed_scalar(const YAML::Node& node) {
  if (node.Tag() != "?") return false;
  static constexpr std::array<std::string_view, 8> kSwitches{"true", "false", "yes", "no", "on", "off", "y", "n"};
  const auto& text = node.Scalar();
  if (text.find_first_not_of("0123456789.+-_eExXabcdefABCDEF") == std::string::npos) {
    double number = 0;
    return YAML::convert<double>::decode(node, number);
  }
  return std::find(kSwitches.begin(), kSwitches.end(), to_lower(text)) != kSwitches.end();
}

bool is_base64(const YAML::Node& value) {
  if (value.IsNull()) return true;
  if (!value.IsScalar()) return false;
  auto text = value.Scalar();
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  return decode_base64(text).has_value();
}

}  // namespace acr::controller
