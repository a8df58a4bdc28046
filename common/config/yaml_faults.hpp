// SPDX-License-Identifier: Apache-2.0
// What the reader says at places where the text is not what it should be. Each returns false after an error.
#pragma once

#include <cstddef>

#include "common/config/yaml_cursor.hpp"
#include "common/config/yaml_slips.hpp"

namespace acr::config {

/// Warns about a field that was read although no colon and blank divide it from its value.
void report_glue(YamlCursor& cursor, const GluedField& glued);

/// At the name of a field: is it an item with another sign than a dash?
bool check_bullet(YamlCursor& cursor);

/// Behind the closing quote of the value that starts at `start`: only a comment may follow on the line.
bool check_behind_quote(YamlCursor& cursor, std::size_t start);

/// The same behind a closing bracket.
bool check_behind_bracket(YamlCursor& cursor);

/// Between brackets, behind the name of a field: no value may follow at once.
bool check_missing_colon(YamlCursor& cursor);

/// Between brackets, where neither a comma nor the closing one stands. Always false.
bool fail_no_comma(YamlCursor& cursor);

}  // namespace acr::config
