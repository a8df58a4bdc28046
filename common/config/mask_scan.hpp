// SPDX-License-Identifier: Apache-2.0
// Where names and values begin and end on a line of any form: YAML, JSON, encoded once or more, broken.
#pragma once

#include <cstddef>
#include <string_view>

namespace acr::config {

/// Blanks, and the quotes and backslashes of text that was encoded once or more.
bool is_wrapping(char c);

/// The word that ends at `end`; quotes do not belong to it.
std::string_view word_before(std::string_view line, std::size_t end);

/// What may stand between a name and its value, wide signs too; its length, 0 for anything else.
std::size_t separator_length(std::string_view rest);

/// A name that is followed by its value without any sign between them.
bool is_glued_to_value(std::string_view line, std::size_t at);

/// Where a value ends, and whether it may go on in the next line.
struct Extent {
  std::size_t end = 0;
  bool goes_on = false;
};

/// Of the value that starts at `start`, behind its `quote` ('\0': none), which `escapes` backslashes stand before.
Extent find_extent(std::string_view line, std::size_t start, char quote, std::size_t escapes);

/// A comma, and then the name of a field or nothing more.
bool begins_next_field(std::string_view rest);

/// A line that begins a field of its own ends a value that went over several lines.
bool begins_field(std::string_view line);

/// "registry.example.com:5000", where a word that sounds secret stands before the colon that `rest` starts with.
bool is_host_port(std::string_view host, std::string_view rest);

/// Where the user and password end that start at `start`: at the last @ of the word, or of what follows up to the next
/// URL if there is a colon before it, for a password may hold anything. npos if there are none.
std::size_t find_userinfo_end(std::string_view line, std::size_t start);

/// Where the password of "user:password@host" ends, which starts at `start`; npos if there is none.
std::size_t find_password_end(std::string_view line, std::size_t start);

}  // namespace acr::config
