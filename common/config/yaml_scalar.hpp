// SPDX-License-Identifier: Apache-2.0
// The four ways to write a scalar in YAML: quoted, plain, and as a block of lines.
#pragma once

#include "common/config/yaml_cursor.hpp"
#include "common/config/yaml_tree.hpp"

namespace acr::config {

/// Each reads the scalar at the cursor, adds it to the tree and moves behind it; false after an error.

/// "..." or '...', over several lines too.
bool read_quoted(YamlCursor& cursor, YamlTree& tree);

/// A value outside of brackets: to the end of the line, and on over lines that are indented deeper than `parent`.
bool read_plain(YamlCursor& cursor, YamlTree& tree, int parent);

/// A value or, if `is_key`, the name of a field between brackets: to the comma, colon or bracket.
bool read_flow_plain(YamlCursor& cursor, YamlTree& tree, bool is_key);

/// `|` or `>` and its lines, which are indented deeper than `parent`.
bool read_block_scalar(YamlCursor& cursor, YamlTree& tree, int parent);

/// Where the name of a field ends that stands unquoted on this line outside of brackets: at its colon. npos if none
/// stands here.
std::size_t find_plain_key_end(const YamlCursor& cursor);

/// Adds the plain text from `start` to `end` as a scalar, or as null if it says so.
void add_plain(YamlTree& tree, std::string_view text, std::size_t start, std::size_t end);

/// Does the character begin something that is no plain value? Reports it then.
bool check_plain_start(YamlCursor& cursor, bool is_flow);

}  // namespace acr::config
