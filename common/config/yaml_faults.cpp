// SPDX-License-Identifier: Apache-2.0
#include "common/config/yaml_faults.hpp"

#include <fmt/format.h>

namespace acr::config {
namespace {

/// Does a value in quotes or brackets start here?
bool opens_value(const YamlCursor& cursor) {
  return !cursor.is_at_end() && std::string_view("\"'[{").find(cursor.peek()) != std::string_view::npos;
}

}  // namespace

void report_glue(YamlCursor& cursor, const GluedField& glued) {
  const auto name = cursor.text().substr(glued.name_at, glued.name_size);
  if (glued.is_wide) {
    cursor.warn(glued.colon, "fullwidth-punctuation", "a full-width colon was read as a colon",
                fmt::format("put a colon and a space behind {}", name));
  } else {
    cursor.warn(glued.colon, "missing-space", fmt::format("{} is not divided from its value by a space", name),
                fmt::format("put a colon and a space behind {}", name));
  }
}

bool check_bullet(YamlCursor& cursor) {
  const auto bullet = find_bullet(cursor.text(), cursor.at(), cursor.names());
  return bullet.empty() || cursor.fail(cursor.at(), "an item of a list starts with a dash",
                                       fmt::format("write \"- \" instead of \"{}\"", bullet));
}

bool check_behind_quote(YamlCursor& cursor, std::size_t start) {
  const auto end = cursor.at();
  cursor.skip_blanks();
  if (cursor.is_slash_comment() && cursor.at() > end) return true;
  if (cursor.is_line_done() && (cursor.peek() != '#' || cursor.at() > end)) return true;
  const auto& source = cursor.source();
  if (const auto closed = source.line_number(end); closed != source.line_number(start)) {
    cursor.warn(start, "open-quote", "this quote is not closed on its line",
                fmt::format("close it; as it stands, the value goes on up to the quote at line {}", closed));
  }
  return cursor.fail(cursor.at(), "unexpected text after the closing quote",
                     "put one pair of quotes around the whole value");
}

bool check_behind_bracket(YamlCursor& cursor) {
  cursor.skip_blanks();
  if (cursor.is_line_done() || cursor.is_slash_comment()) return true;
  if (cursor.peek() == ':') {
    return cursor.fail(cursor.at(), "brackets hold a list in YAML, and a colon cannot follow it",
                       "no image can be pulled from an IPv6 address: write the host name of the registry");
  }
  return cursor.fail(cursor.at(), "unexpected text after the closing bracket", "is there one bracket too many?");
}

bool check_missing_colon(YamlCursor& cursor) {
  return !opens_value(cursor) ||
         cursor.fail(cursor.at(), "a colon is missing between the name of a field and its value",
                     "write a colon before the value");
}

bool fail_no_comma(YamlCursor& cursor) {
  if (opens_value(cursor))
    return cursor.fail(cursor.at(), "a comma is missing before this", "put a comma behind what stands before it");
  return cursor.fail(cursor.at(), "a comma or a closing bracket is missing here",
                     "fields need braces, and text with a colon or comma in it needs quotes");
}

}  // namespace acr::config
