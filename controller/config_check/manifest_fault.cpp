// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/manifest_fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "common/base/text.hpp"
#include "common/config/flat_line.hpp"

namespace acr::controller {
namespace {

constexpr std::size_t kQuotedBytes = 60;

/// A line "key: value" or "- key: value". Columns count bytes from 0.
struct KeyLine {
  std::size_t column = 0;
  std::string_view key;
  std::string_view value;
  bool has_dash = false;
  /// A value follows the colon at once.
  bool lacks_space = false;
};

bool is_key_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' || c == '/';
}

std::optional<KeyLine> parse_key_line(std::string_view line) {
  KeyLine parsed;
  auto at = std::min(line.find_first_not_of(' '), line.size());
  while (line.substr(at).starts_with("- ")) {
    parsed.has_dash = true;
    at = std::min(line.find_first_not_of(' ', at + 1), line.size());
  }
  parsed.column = at;
  const auto end = static_cast<std::size_t>(
      std::find_if_not(line.begin() + static_cast<std::ptrdiff_t>(at), line.end(), is_key_character) - line.begin());
  if (end == at || end >= line.size() || line[end] != ':') return std::nullopt;
  parsed.key = line.substr(at, end - at);
  const auto rest = line.substr(end + 1);
  // `http://host` is no key; `key:"text"`, `key:|` and `key:word` are keys without their space.
  parsed.lacks_space = !rest.empty() && !std::isspace(static_cast<unsigned char>(rest.front()));
  if (parsed.lacks_space && (rest.front() == '/' || rest.find(": ") != std::string_view::npos)) return std::nullopt;
  parsed.value = trim(rest);
  return parsed;
}

bool opens_block(std::string_view value) {
  return value.starts_with('|') || value.starts_with('>');
}

bool has_inline_value(std::string_view value) {
  return !value.empty() && !value.starts_with('#') && !value.starts_with('&');
}

/// Follows the indentation of keys from line to line.
class Walk {
 public:
  explicit Walk(const config::SourceText& file) : file_(file) {}

  std::optional<ManifestFault> run() {
    for (std::size_t i = 0; i < file_.line_count(); ++i) {
      const auto line = file_.line(i);
      const auto content = line.find_first_not_of(" \t");
      if (content == std::string_view::npos) continue;
      if (i < quoted_until_ || is_in_block(line, content)) continue;
      if (line[content] == '#') continue;
      if (const auto tab = line.substr(0, content).find('\t'); tab != std::string_view::npos) return tab_fault(i, tab);
      if (line.starts_with("---")) {
        open_.clear();
        continue;
      }
      if (auto fault = check_line(i, line)) return fault;
    }
    return std::nullopt;
  }

 private:
  struct OpenKey {
    std::size_t column = 0;
    std::string key;
    std::size_t line = 0;
    bool has_value = false;
    bool is_block = false;
  };

  /// Content of a block scalar, as far as its indentation goes.
  bool is_in_block(std::string_view line, std::size_t content) {
    if (!block_parent_) return false;
    if (!block_indent_ && content > *block_parent_) block_indent_ = content;
    if (block_indent_ && content >= *block_indent_ && line.substr(0, content).find('\t') == std::string_view::npos)
      return true;
    block_parent_.reset();
    block_indent_.reset();
    return false;
  }

  std::optional<ManifestFault> check_line(std::size_t index, std::string_view line) {
    const auto parsed = parse_key_line(line);
    if (!parsed) return std::nullopt;
    if (parsed->lacks_space) return space_fault(index, *parsed);
    while (!open_.empty() && open_.back().column > parsed->column) open_.pop_back();
    if (!open_.empty() && open_.back().column < parsed->column && open_.back().has_value && !parsed->has_dash)
      return indent_fault(index, *parsed);
    if (!open_.empty() && open_.back().column == parsed->column) open_.pop_back();
    open_.push_back({.column = parsed->column,
                     .key = std::string(parsed->key),
                     .line = index,
                     .has_value = has_inline_value(parsed->value),
                     .is_block = opens_block(parsed->value)});
    if (opens_block(parsed->value)) block_parent_ = parsed->column;
    return check_quote(index, *parsed);
  }

  /// A quoted value may go on over several lines, but must end.
  std::optional<ManifestFault> check_quote(std::size_t index, const KeyLine& line) {
    if (!line.value.starts_with('"') && !line.value.starts_with('\'')) return std::nullopt;
    const auto start = static_cast<std::size_t>(line.value.data() - file_.text().data());
    const auto end = config::find_quote_end(file_.text(), start);
    if (end == std::string_view::npos) {
      return ManifestFault{.kind = ManifestFault::Kind::OpenQuote,
                           .offset = start,
                           .key = std::string(line.key),
                           .message = "this quote is never closed",
                           .hint = "close it, or leave the quotes away"};
    }
    const auto closing_line = static_cast<std::size_t>(file_.position(end).line) - 1;
    if (closing_line > index) quoted_until_ = closing_line + 1;
    return std::nullopt;
  }

  ManifestFault indent_fault(std::size_t index, const KeyLine& line) const {
    const auto& neighbour = open_.back();
    const bool is_next = neighbour.line + 1 == index && !neighbour.is_block;
    return {.kind = ManifestFault::Kind::Indentation,
            .offset = file_.offset(index, line.column),
            .key = std::string(line.key),
            .message = fmt::format("{} is indented deeper than {} above it", printable(line.key, kQuotedBytes),
                                   printable(neighbour.key, kQuotedBytes)),
            .hint = is_next ? fmt::format("align with \"{}\"", printable(neighbour.key, kQuotedBytes))
                            : std::string("this key is indented deeper than its neighbours")};
  }

  ManifestFault space_fault(std::size_t index, const KeyLine& line) const {
    return {.kind = ManifestFault::Kind::NoSpace,
            .offset = file_.offset(index, line.column),
            .key = std::string(line.key),
            .message = "there is no space after the colon, so that the line is no key with a value",
            .hint = fmt::format("put a space after \"{}:\"", printable(line.key, kQuotedBytes))};
  }

  ManifestFault tab_fault(std::size_t index, std::size_t column) const {
    return {.kind = ManifestFault::Kind::Tab,
            .offset = file_.offset(index, column),
            .key = {},
            .message = "a tab stands in the indentation, which YAML does not allow",
            .hint = "use spaces"};
  }

  const config::SourceText& file_;
  std::vector<OpenKey> open_;
  /// Lines before this one belong to a quoted value.
  std::size_t quoted_until_ = 0;
  std::optional<std::size_t> block_parent_;
  std::optional<std::size_t> block_indent_;
};

}  // namespace

std::optional<ManifestFault> find_manifest_fault(const config::SourceText& file) {
  return Walk(file).run();
}

}  // namespace acr::controller
