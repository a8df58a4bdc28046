// SPDX-License-Identifier: Apache-2.0
// A judgement as text for people and as JSON for scripts. No access key is in either.
#pragma once

#include <string>
#include <string_view>

#include "controller/config_check/config_map_file.hpp"
#include "controller/config_check/judgement.hpp"

namespace acr::controller {

/// As a compiler does: "file:line:col: severity: message [key]", the line with a caret under the place, the hint; then
/// the summary of what an accepted file means, and at the end one line with the result.
std::string print_text(const Judgement& judgement, const ConfigMapFile& file, std::string_view file_name);

/// {"result": "accept|reject", "config": {...}, "diagnostics": [...]}, one line. A diagnostic about the file itself has
/// `file_line` and a `column` of the file; one about a value has `line` and `column` inside the value, and `file_line`.
/// `at` is what stands there, up to the end of the line.
std::string print_json(const Judgement& judgement, const ConfigMapFile& file);

}  // namespace acr::controller
