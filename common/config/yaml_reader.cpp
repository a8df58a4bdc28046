// SPDX-License-Identifier: Apache-2.0
// Lists and mappings of a YAML text, by indentation or in brackets.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/config/flat_line.hpp"
#include "common/config/quotes.hpp"
#include "common/config/yaml_faults.hpp"
#include "common/config/yaml_scalar.hpp"
#include "common/config/yaml_slips.hpp"
#include "common/config/yaml_tree.hpp"

namespace acr::config {
namespace {

/// The deepest honest configuration is a list in a JSON object in a list.
constexpr int kMostLevels = 32;
/// Ten thousand items with ten fields each have 210 000.
constexpr std::size_t kMostNodes = 300'000;

bool is_quote(char c) {
  return c == '"' || c == '\'';
}

bool is_bracket(char c) {
  return c == '[' || c == '{';
}

class Reader {
 public:
  Reader(const SourceText& source, std::span<const FieldName> names, Findings& findings)
      : cursor_(source, names, findings), tree_(source) {}

  std::optional<YamlTree> read() {
    if (!read_document()) return std::nullopt;
    return std::move(tree_);
  }

 private:
  bool read_document() {
    if (!cursor_.skip_gap()) return false;
    if (cursor_.is_divider() && cursor_.peek() == '-') cursor_.move_to(cursor_.at() + 3);
    if (!cursor_.skip_gap()) return false;
    if (cursor_.block_column() == kNoColumn) {
      if (const auto slash = find_slash_line(cursor_.text()); cursor_.is_forgiving() && slash != kNowhere) {
        return cursor_.fail(slash, "is this a comment, or the value?", "comments start with #; or leave the key out",
                            "slash-comment");
      }
      tree_.add_null(cursor_.at());
    } else if (!read_block_node(kNoColumn)) {
      return false;
    }
    return cursor_.skip_gap() && check_end();
  }

  bool check_end() {
    auto& cursor = cursor_;
    if (cursor.is_divider() && cursor.peek() == '.') {
      cursor.move_to(cursor.at() + 3);
      if (!cursor.skip_gap()) return false;
    }
    if (cursor.is_at_end()) return true;
    if (cursor.is_divider()) {
      return cursor.fail(cursor.at(), "a second document starts here; the value may hold one only",
                         "delete the line \"---\"", "several-documents");
    }
    return fail_misaligned();
  }

  bool fail_misaligned() {
    return cursor_.fail(cursor_.at(), "this line is not aligned with any line that it could belong to",
                        "compare the indentation with the lines above");
  }

  bool check_limits() {
    if (depth_ > kMostLevels) {
      return cursor_.fail(cursor_.at(), fmt::format("lists and fields are nested in more than {} levels", kMostLevels),
                          "a list of registries has two", "too-deep");
    }
    if (tree_.node_count() > kMostNodes) {
      return cursor_.fail(cursor_.at(), fmt::format("there are more than {} values", kMostNodes),
                          "what follows is not read", "too-many-values");
    }
    return true;
  }

  /// At a token whose column is greater than `parent`.
  bool read_block_node(int parent) {
    if (is_item()) return read_block_sequence(cursor_.column());
    if (is_key()) return read_block_mapping(cursor_.column());
    return read_leaf(parent);
  }

  /// Does the name of a field stand here, with its colon on the same line?
  [[nodiscard]] bool is_key() const { return is_yaml_key() || find_glue().has_value(); }

  /// A known field outside of brackets that YAML does not take for one.
  [[nodiscard]] std::optional<GluedField> find_glue() const {
    if (is_yaml_key()) return std::nullopt;
    return find_glued_field(cursor_.text(), cursor_.at(), cursor_.names());
  }

  /// The dash of an item, with or without its blank.
  [[nodiscard]] bool is_item() const {
    return cursor_.is_dash() || is_glued_dash(cursor_.text(), cursor_.at(), cursor_.names());
  }

  [[nodiscard]] bool is_yaml_key() const {
    const char c = cursor_.peek();
    if (!is_quote(c)) return !is_bracket(c) && c != '|' && c != '>' && find_plain_key_end(cursor_) != kNowhere;
    const auto line = cursor_.text().substr(0, cursor_.line_end());
    const auto end = find_quote_end(line, cursor_.at());
    if (end == kNowhere) return false;
    const auto colon = line.find_first_not_of(" \t", end);
    return colon != kNowhere && line[colon] == ':' && cursor_.ends_word(colon + 1);
  }

  bool read_key() {
    key_at_ = cursor_.at();
    if (!check_bullet(cursor_)) return false;
    if (const auto glued = find_glue()) {
      report_glue(cursor_, *glued);
      tree_.add_slice(glued->name_at, glued->name_at, glued->name_size);
      takes_list_ = takes_list(cursor_.names(), cursor_.text().substr(glued->name_at, glued->name_size));
      cursor_.move_to(glued->value_at);
      return true;
    }
    if (is_quote(cursor_.peek())) {
      if (!read_quoted(cursor_, tree_)) return false;
    } else {
      if (!check_plain_start(cursor_, false)) return false;
      const auto start = cursor_.at();
      const auto colon = find_plain_key_end(cursor_);
      const auto last = cursor_.text().find_last_not_of(" \t", colon - 1);
      const auto size = last + 1 - start;
      if (cursor_.text().substr(start, size) == "<<") return fail_merge();
      add_plain(tree_, cursor_.text(), start, start + size);
      cursor_.move_to(colon);
    }
    const auto name = unquote(cursor_.text().substr(key_at_, cursor_.at() - key_at_)).text;
    takes_list_ = takes_list(cursor_.names(), name);
    cursor_.skip_blanks();
    cursor_.move_to(cursor_.at() + 1);
    return true;
  }

  bool fail_merge() {
    return cursor_.fail(cursor_.at(), "merge keys are not understood", "write the fields themselves", "merge-key");
  }

  bool read_block_mapping(int column) {
    const auto node = tree_.open(YamlKind::Mapping, cursor_.at());
    ++depth_;
    while (true) {
      if (!check_limits() || !read_key() || !read_field_value(column) || !cursor_.skip_gap()) return false;
      const auto next = cursor_.block_column();
      if (next < column) break;
      if (next > column) return fail_misaligned();
      const bool is_glued_item = is_item() && !cursor_.is_dash();
      if (is_glued_item || !is_key()) return fail_no_field();
    }
    --depth_;
    tree_.close(node);
    return true;
  }

  bool fail_no_field() {
    const auto line = cursor_.text().substr(cursor_.at(), cursor_.line_end() - cursor_.at());
    if (const auto words = describe_missing_colon(line, cursor_.names()); !words.empty() && line[0] != '-')
      return cursor_.fail(cursor_.at(), words, "write the name, a colon, a space and the value");
    if (is_quote(cursor_.peek()) || is_bracket(cursor_.peek()) || cursor_.is_dash() ||
        check_plain_start(cursor_, false)) {
      return cursor_.fail(cursor_.at(), "expected a field: a name, a colon, a blank and a value",
                          "compare the line with those above");
    }
    return false;
  }

  /// Behind the colon of a field that stands at `column`.
  bool read_field_value(int column) {
    const auto colon = cursor_.at();
    cursor_.skip_blanks();
    if (!cursor_.is_line_done()) {
      if (cursor_.is_dash()) {
        return cursor_.fail(cursor_.at(), "a list cannot start on the line of its field",
                            "start a new line here, or put double quotes around the value");
      }
      return read_leaf(column);
    }
    is_in_list_ = std::exchange(takes_list_, false);
    if (!cursor_.skip_gap(true)) return false;
    const auto next = cursor_.block_column();
    bool is_read = true;
    if (next > column) {
      is_read = read_block_node(column);
    } else if (next == column && is_item()) {
      is_read = read_block_sequence(column);
    } else {
      tree_.add_null(colon);
    }
    is_in_list_ = false;
    return is_read;
  }

  bool read_block_sequence(int column) {
    const auto node = tree_.open(YamlKind::Sequence, cursor_.at());
    ++depth_;
    while (true) {
      if (!check_limits() || !read_item(column) || !cursor_.skip_gap()) return false;
      const auto next = cursor_.block_column();
      // A list may stand as deep as its field, so the next line may be the next field.
      if (next < column || (next == column && !is_item())) break;
      if (next > column) return fail_misaligned();
    }
    --depth_;
    tree_.close(node);
    return true;
  }

  bool read_item(int column) {
    const auto dash = cursor_.at();
    takes_list_ = false;
    if (!cursor_.is_dash()) {
      cursor_.warn(dash, "missing-space", "there is no space behind the dash of this item",
                   "write \"- \" before the field");
    }
    cursor_.move_to(dash + 1);
    cursor_.skip_blanks();
    if (!cursor_.is_line_done() && !cursor_.is_slash_comment()) return read_block_node(column);
    if (!cursor_.skip_gap(true)) return false;
    if (cursor_.block_column() > column) return read_block_node(column);
    tree_.add_null(dash);
    return true;
  }

  /// A scalar or something in brackets, outside of brackets.
  bool read_leaf(int parent) {
    const char c = cursor_.peek();
    const auto start = cursor_.at();
    if (is_quote(c)) return read_quoted_value(start);
    if (is_bracket(c)) return read_flow() && check_behind_bracket(cursor_);
    if (c == '|' || c == '>') return read_block_scalar(cursor_, tree_, parent);
    if (c == '*' && (takes_list_ || is_in_list_)) {
      // An alias, for YAML; but of no anchor, for one would have been an error.
      cursor_.warn(start, "unquoted-star", "a value that starts with * must be quoted; it was read as it stands",
                   "put double quotes around it");
      return read_plain(cursor_, tree_, parent);
    }
    return check_plain_start(cursor_, false) && read_plain(cursor_, tree_, parent);
  }

  /// A value in quotes, with a comma behind it as in JSON, or several of them where the field takes a list.
  bool read_quoted_value(std::size_t start) {
    if (!cursor_.is_forgiving()) return read_quoted(cursor_, tree_) && check_behind_quote(cursor_, start);
    const auto list = find_quoted_list(cursor_.text().substr(0, cursor_.line_end()), start);
    if (list.values.size() > 1 && takes_list_) return read_quoted_list(start, list);
    if (!read_quoted(cursor_, tree_)) return false;
    if (list.values.size() != 1 || !list.first_comma) return check_behind_quote(cursor_, start);
    cursor_.warn(*list.first_comma, "trailing-comma", "the comma behind the value was ignored", "delete it");
    cursor_.move_to(list.end);
    return true;
  }

  bool read_quoted_list(std::size_t start, const QuotedList& list) {
    std::string joined;
    for (const auto at : list.values) {
      YamlTree value(cursor_.source());
      cursor_.move_to(at);
      if (!read_quoted(cursor_, value)) return false;
      joined.append(joined.empty() ? "" : ",").append(value.root().text());
    }
    cursor_.warn(*list.first_comma, "quoted-list", "several quoted strings were read as one list",
                 "put one pair of quotes around the whole list");
    tree_.add_decoded(start, joined);
    cursor_.move_to(list.end);
    return true;
  }

  /// At a bracket.
  bool read_flow() {
    const auto start = cursor_.at();
    const bool is_mapping = cursor_.peek() == '{';
    const auto node = tree_.open(is_mapping ? YamlKind::Mapping : YamlKind::Sequence, start);
    ++depth_;
    cursor_.move_to(start + 1);
    cursor_.skip_flow_gap(is_mapping);
    while (cursor_.peek() != (is_mapping ? '}' : ']')) {
      if (cursor_.is_at_end()) return fail_open_bracket(start);
      if (!check_limits() || !(is_mapping ? read_flow_field() : read_flow_value())) return false;
      cursor_.skip_flow_gap(true);
      if (cursor_.is_at_end()) return fail_open_bracket(start);
      if (cursor_.peek() == ',') {
        cursor_.move_to(cursor_.at() + 1);
        cursor_.skip_flow_gap(is_mapping || is_comment_behind_comma());
      } else if (cursor_.peek() != (is_mapping ? '}' : ']')) {
        return fail_no_comma(cursor_);
      }
    }
    cursor_.move_to(cursor_.at() + 1);
    --depth_;
    tree_.close(node);
    return true;
  }

  /// In a list `//` may also begin a value, but not with a blank behind it.
  [[nodiscard]] bool is_comment_behind_comma() const {
    const auto text = cursor_.text();
    const auto next = std::min(text.find_first_not_of(" \t\n", cursor_.at()), text.size());
    return text.substr(next, 2) == "//" && cursor_.ends_word(next + 2);
  }

  bool fail_open_bracket(std::size_t start) {
    return cursor_.fail(start, "this bracket is never closed", "close it at the end of the list");
  }

  bool read_flow_value() {
    const char c = cursor_.peek();
    if (is_bracket(c)) return read_flow();
    if (is_quote(c)) return read_quoted(cursor_, tree_);
    return read_flow_plain(cursor_, tree_, false);
  }

  bool read_flow_field() {
    const char c = cursor_.peek();
    if (is_bracket(c)) return cursor_.fail(cursor_.at(), "expected the name of a field", "is a comma missing?");
    if (cursor_.text().substr(cursor_.at()).starts_with("<<:")) return fail_merge();
    if (const auto glued = find_flow_glue()) {
      report_glue(cursor_, *glued);
      tree_.add_slice(glued->name_at, glued->name_at, glued->name_size);
      cursor_.move_to(glued->value_at);
      return read_flow_field_value(glued->colon);
    }
    if (!(is_quote(c) ? read_quoted(cursor_, tree_) : read_flow_plain(cursor_, tree_, true))) return false;
    const auto key_end = cursor_.at();
    cursor_.skip_flow_gap(true);
    if (!check_missing_colon(cursor_)) return false;
    if (cursor_.peek() != ':') {
      tree_.add_null(key_end);
      return true;
    }
    cursor_.move_to(cursor_.at() + 1);
    return read_flow_field_value(key_end);
  }

  /// A known field between brackets that YAML does not take for one: JSON needs no blank behind a quoted name.
  [[nodiscard]] std::optional<GluedField> find_flow_glue() const {
    const auto text = cursor_.text();
    const auto glued = find_glued_field(text, cursor_.at(), cursor_.names());
    if (!glued || glued->is_wide) return glued;
    const bool is_plain_field =
        cursor_.ends_word(glued->value_at) || std::string_view(",[]{}").find(text[glued->value_at]) != kNowhere;
    return is_quote(cursor_.peek()) || is_plain_field ? std::nullopt : glued;
  }

  bool read_flow_field_value(std::size_t key_end) {
    cursor_.skip_flow_gap(false);
    if (cursor_.peek() == ',' || cursor_.peek() == '}') {
      tree_.add_null(key_end);
      return true;
    }
    return read_flow_value();
  }

  static constexpr auto kNowhere = std::string_view::npos;

  YamlCursor cursor_;
  YamlTree tree_;
  int depth_ = 0;
  std::size_t key_at_ = 0;
  /// May the value that comes next be a list of strings?
  bool takes_list_ = false;
  /// Is this a list, one value on a line, of such a field?
  bool is_in_list_ = false;
};

}  // namespace

std::optional<YamlTree> read_yaml(const SourceText& source, std::span<const FieldName> names, Findings& findings) {
  return Reader(source, names, findings).read();
}

}  // namespace acr::config
