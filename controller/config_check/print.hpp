// SPDX-License-Identifier: Apache-2.0
// A judgement as text for people and as JSON for scripts. No access key is in either.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/config_check/config_map_file.hpp"
#include "controller/config_check/judgement.hpp"

namespace acr::controller {

/// The findings as a compiler tells them: "file:line:col: severity: message [key]", the line with a caret under the
/// place, the hint.
std::string print_findings(const Judgement& judgement, const ConfigMapFile& file, std::string_view file_name);

/// The errors, each on one line: "file:line:col: error: message [key]; hint".
std::vector<std::string> list_errors(const Judgement& judgement, const ConfigMapFile& file, std::string_view file_name);

/// The findings; then the summary of what is meant by an accepted file, or by the good parts of a rejected one at a
/// first start; and at the end one line with the result.
std::string print_text(const Judgement& judgement, const ConfigMapFile& file, std::string_view file_name);

/// {"result": "accept|reject", "config": {...}, "diagnostics": [...]}, one line. A diagnostic about a value has `line`
/// and `column` inside the value; one about the file itself has a `column` of the file and no `line`. Both have
/// `file_line` and `file_column`. `at` is what stands there, up to the end of the line.
std::string print_json(const Judgement& judgement, const ConfigMapFile& file);

}  // namespace acr::controller
