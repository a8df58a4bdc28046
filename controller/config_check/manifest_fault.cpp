// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/manifest_fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "common/base/text.hpp"
#include "common/config/flat_line.hpp"
#include "common/config/key_reference.hpp"

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
  /// Where a full-width colon stands for a plain one.
  std::optional<std::size_t> wide_colon = std::nullopt;
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
  if (end == at || end >= line.size()) return std::nullopt;
  parsed.key = line.substr(at, end - at);
  if (line.substr(end).starts_with("：") || line.substr(end).starts_with("﹕")) {
    parsed.wide_colon = end;
    return parsed;
  }
  if (line[end] != ':') return std::nullopt;
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

/// A list, or a field that only a value has: no key of a ConfigMap.
bool is_of_block(std::string_view content) {
  if (content.starts_with("- ")) return true;
  const auto name = content.substr(0, content.find(':'));
  return name.size() < content.size() && (!config::find_field(config::kItemFieldNames, name).empty() ||
                                          !config::find_field(config::kWebhookFieldNames, name).empty());
}

/// `|` with its signs and a comment is all that may stand on its line. Where something else begins; npos if nothing.
std::size_t find_text_behind_sign(std::string_view value) {
  const auto behind = std::min(value.find_first_not_of("+-0123456789", 1), value.size());
  const auto text = value.find_first_not_of(" \t", behind);
  return text == std::string_view::npos || value[text] == '#' ? std::string_view::npos : text;
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
      if (i < quoted_until_) continue;
      const auto block = block_;
      if (is_in_block(i, line, content)) continue;
      if (line[content] == '#') continue;
      if (is_own_content(block, line, content)) return column_fault(block, i, content);
      if (block.indent && content < *block.indent && content > block.parent && is_of_block(line.substr(content)))
        return block_fault(block, i);
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

  /// A block scalar: its key and the indentation of its content, once there is any.
  struct Block {
    bool is_open = false;
    std::size_t parent = 0;
    std::optional<std::size_t> indent = std::nullopt;
    std::size_t first_line = 0;
    std::string key = {};
  };

  /// Content of a block scalar, as far as its indentation goes.
  bool is_in_block(std::size_t index, std::string_view line, std::size_t content) {
    if (!block_.is_open) return false;
    if (!block_.indent && content > block_.parent) {
      block_.indent = content;
      block_.first_line = index;
    }
    if (block_.indent && content >= *block_.indent && line.substr(0, content).find('\t') == std::string_view::npos)
      return true;
    const bool is_comment_before = !block_.indent && line[content] == '#';
    if (!is_comment_before) block_ = {};
    return false;
  }

  /// What was meant as the content of a block without any, but stands no deeper than its key.
  static bool is_own_content(const Block& block, std::string_view line, std::size_t content) {
    if (!block.is_open || block.indent || content > block.parent) return false;
    const auto text = line.substr(content);
    return is_of_block(text) && (text.starts_with('-') || content == block.parent);
  }

  std::optional<ManifestFault> check_line(std::size_t index, std::string_view line) {
    const auto parsed = parse_key_line(line);
    if (!parsed) return std::nullopt;
    if (parsed->wide_colon) return colon_fault(index, *parsed);
    if (parsed->lacks_space) return space_fault(index, *parsed);
    if (is_lost_alias(parsed->value)) return star_fault(*parsed);
    if (parsed->value.starts_with("- ")) return list_fault(*parsed);
    if (opens_block(parsed->value)) {
      if (const auto text = find_text_behind_sign(parsed->value); text != std::string_view::npos)
        return sign_fault(*parsed, text);
    }
    while (!open_.empty() && open_.back().column > parsed->column) open_.pop_back();
    if (!open_.empty() && open_.back().column < parsed->column && open_.back().has_value && !parsed->has_dash)
      return indent_fault(index, *parsed);
    if (!open_.empty() && open_.back().column == parsed->column) open_.pop_back();
    open_.push_back({.column = parsed->column,
                     .key = std::string(parsed->key),
                     .line = index,
                     .has_value = has_inline_value(parsed->value),
                     .is_block = opens_block(parsed->value)});
    if (opens_block(parsed->value))
      block_ = {.is_open = true, .parent = parsed->column, .key = std::string(parsed->key)};
    return check_quote(index, *parsed);
  }

  /// A quoted value may go on over several lines, but must end.
  std::optional<ManifestFault> check_quote(std::size_t index, const KeyLine& line) {
    if (!line.value.starts_with('"') && !line.value.starts_with('\'')) return std::nullopt;
    const auto start = offset_of(line.value);
    const auto end = config::find_quote_end(file_.text(), start);
    if (end == std::string_view::npos) {
      return ManifestFault{.offset = start,
                           .key = std::string(line.key),
                           .message = "this quote is never closed",
                           .hint = "close it, or leave the quotes away",
                           .is_sure = true};
    }
    const auto closing_line = static_cast<std::size_t>(file_.position(end).line) - 1;
    if (closing_line > index) quoted_until_ = closing_line + 1;
    const auto rest = trim(std::string_view(file_.text()).substr(end, file_.text().find('\n', end) - end));
    const bool is_over =
        rest.empty() || rest.starts_with('#') || std::string_view(",]}").find(rest[0]) != std::string_view::npos;
    if (closing_line > index && !is_over) {
      return ManifestFault{
          .offset = start,
          .key = std::string(line.key),
          .message = "this quote is not closed on its line",
          .hint = fmt::format("close it; as it stands, the value goes on up to the quote at line {}", closing_line + 1),
          .is_sure = true};
    }
    return std::nullopt;
  }

  ManifestFault indent_fault(std::size_t index, const KeyLine& line) const {
    const auto& neighbour = open_.back();
    const bool is_next = neighbour.line + 1 == index && !neighbour.is_block;
    return {.offset = file_.offset(index, line.column),
            .key = std::string(line.key),
            .message = fmt::format("{} is indented deeper than {} above it", printable(line.key, kQuotedBytes),
                                   printable(neighbour.key, kQuotedBytes)),
            .hint = is_next ? fmt::format("align with \"{}\"", printable(neighbour.key, kQuotedBytes))
                            : std::string("this key is indented deeper than its neighbours")};
  }

  ManifestFault space_fault(std::size_t index, const KeyLine& line) const {
    return {.offset = file_.offset(index, line.column),
            .key = std::string(line.key),
            .message = "there is no space after the colon, so that the line is no key with a value",
            .hint = fmt::format("put a space after \"{}:\"", printable(line.key, kQuotedBytes))};
  }

  /// `*` and `*-ci`, but not `*name` where `&name` stands too.
  [[nodiscard]] bool is_lost_alias(std::string_view value) const {
    if (!value.starts_with('*')) return false;
    const auto name = value.substr(1, value.find_first_of(" \t,", 1) - 1);
    return name.empty() || file_.text().find(fmt::format("&{}", name)) == std::string::npos;
  }

  [[nodiscard]] ManifestFault star_fault(const KeyLine& line) const {
    return {.offset = offset_of(line.value),
            .key = std::string(line.key),
            .message = "a star without quotes is no star in YAML: it names another value",
            .hint = "put quotes around the value, such as \"*\""};
  }

  [[nodiscard]] ManifestFault colon_fault(std::size_t index, const KeyLine& line) const {
    const bool is_neighbour =
        std::any_of(open_.begin(), open_.end(), [&line](const OpenKey& key) { return key.column == line.column; });
    return {.offset = file_.offset(index, *line.wide_colon),
            .key = std::string(line.key),
            .message = "a full-width colon is no colon in YAML, so that the line is no key with a value",
            .hint = fmt::format("write \"{}: \" with a plain colon and a space", printable(line.key, kQuotedBytes)),
            .is_sure = is_neighbour};
  }

  [[nodiscard]] ManifestFault block_fault(const Block& block, std::size_t index) const {
    return {
        .offset = file_.offset(block.first_line, *block.indent),
        .key = block.key,
        .message = fmt::format("the first line of this block stands deeper than line {}, which YAML therefore takes "
                               "for the end of it",
                               index + 1),
        .hint = "give the first line the indentation of those below it"};
  }

  [[nodiscard]] ManifestFault column_fault(const Block& block, std::size_t index, std::size_t column) const {
    return {.offset = file_.offset(index, column),
            .key = block.key,
            .message = fmt::format("this stands no deeper than {}, whose content it is to be",
                                   printable(block.key, kQuotedBytes)),
            .hint = fmt::format("indent these lines deeper than \"{}\"", printable(block.key, kQuotedBytes)),
            .is_sure = config::find_spelled_key(block.key) != nullptr};
  }

  [[nodiscard]] ManifestFault list_fault(const KeyLine& line) const {
    return {.offset = offset_of(line.value),
            .key = std::string(line.key),
            .message = "a list begins on the line of its key, which YAML does not allow",
            .hint = fmt::format("write \"{}: |\" and the list on the next lines, deeper than it",
                                printable(line.key, kQuotedBytes))};
  }

  [[nodiscard]] ManifestFault sign_fault(const KeyLine& line, std::size_t text) const {
    return {.offset = offset_of(line.value.substr(text)),
            .key = std::string(line.key),
            .message = fmt::format("text stands behind the {} on its line, which YAML does not allow", line.value[0]),
            .hint = fmt::format("put it on the next line, deeper than \"{}\"", printable(line.key, kQuotedBytes))};
  }

  /// Where a part of the text stands in it.
  [[nodiscard]] std::size_t offset_of(std::string_view part) const {
    return static_cast<std::size_t>(part.data() - file_.text().data());
  }

  ManifestFault tab_fault(std::size_t index, std::size_t column) const {
    return {.offset = file_.offset(index, column),
            .key = {},
            .message = "a tab stands in the indentation, which YAML does not allow",
            .hint = "use spaces"};
  }

  const config::SourceText& file_;
  std::vector<OpenKey> open_;
  /// Lines before this one belong to a quoted value.
  std::size_t quoted_until_ = 0;
  Block block_;
};

}  // namespace

std::optional<ManifestFault> find_manifest_fault(const config::SourceText& file) {
  return Walk(file).run();
}

}  // namespace acr::controller
