// SPDX-License-Identifier: Apache-2.0
#include "common/config/yaml_scalar.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/config/yaml_slips.hpp"

namespace acr::config {
namespace {

constexpr std::string_view kFlowIndicators = ",[]{}";

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_null_text(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

std::string_view trim_blanks(std::string_view text) {
  const auto last = text.find_last_not_of(" \t");
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

/// One line break is a space, more are one fewer breaks.
void append_folded_breaks(std::string& out, std::size_t breaks) {
  if (breaks == 1) {
    out += ' ';
  } else {
    out.append(breaks - 1, '\n');
  }
}

/// What a run of blanks and line ends leads to.
struct Gap {
  std::size_t end = 0;
  std::size_t line_start = 0;
  std::size_t breaks = 0;
};

/// `at` is at a line end.
Gap measure_gap(std::string_view text, std::size_t at) {
  Gap gap{.end = at, .line_start = at, .breaks = 0};
  for (; gap.end < text.size() && (is_blank(text[gap.end]) || text[gap.end] == '\n'); ++gap.end) {
    if (text[gap.end] != '\n') continue;
    ++gap.breaks;
    gap.line_start = gap.end + 1;
  }
  return gap;
}

/// Of a plain value in one line.
struct PlainLine {
  /// Behind its last character that is no blank.
  std::size_t end = 0;
  bool has_comment = false;
  /// A colon that would make a field of it; npos if there is none.
  std::size_t colon = std::string_view::npos;
};

PlainLine scan_plain_line(const YamlCursor& cursor, std::size_t from) {
  const auto text = cursor.text();
  PlainLine line;
  auto i = from;
  for (; i < text.size() && text[i] != '\n'; ++i) {
    const bool is_comment = text[i] == '#' || (cursor.is_forgiving() && text.substr(i, 2) == "//");
    if (is_comment && i > from && is_blank(text[i - 1])) {
      line.has_comment = true;
      break;
    }
    if (text[i] == ':' && cursor.ends_word(i + 1)) {
      line.colon = i;
      break;
    }
  }
  line.end = from + trim_blanks(text.substr(from, i - from)).size();
  return line;
}

/// The word that ends at the colon at `colon`.
std::string_view read_word_before(std::string_view text, std::size_t colon) {
  const auto before = trim_blanks(text.substr(0, colon));
  const auto start = before.find_last_of(" \t\n,") + 1;
  return before.substr(start);
}

}  // namespace

void add_plain(YamlTree& tree, std::string_view text, std::size_t start, std::size_t end) {
  if (is_null_text(text.substr(start, end - start))) {
    tree.add_null(start);
  } else {
    tree.add_slice(start, start, end - start);
  }
}

bool check_plain_start(YamlCursor& cursor, bool is_flow) {
  const char c = cursor.peek();
  const auto next = cursor.at() + 1;
  if (c == '&' || c == '*' || c == '!') {
    const auto* what = c == '!' ? "tags" : c == '&' ? "anchors" : "aliases";
    return cursor.fail(cursor.at(),
                       fmt::format("{} are not read, and no value can start with {} without quotes", what, c),
                       "write out what is meant; if it is text, put double quotes around it");
  }
  const bool stands_alone =
      cursor.ends_word(next) || (is_flow && kFlowIndicators.find(cursor.text()[next]) != std::string_view::npos);
  const bool is_indicator = std::string_view(",[]{}#|>%@`").find(c) != std::string_view::npos ||
                            (stands_alone && (c == '-' || c == '?' || c == ':'));
  if (!is_indicator) return true;
  return cursor.fail(cursor.at(), fmt::format("nothing can start with {} here", c),
                     "delete it, or put double quotes around the value");
}

std::size_t find_plain_key_end(const YamlCursor& cursor) {
  return scan_plain_line(cursor, cursor.at()).colon;
}

bool read_plain(YamlCursor& cursor, YamlTree& tree, int parent) {
  const auto text = cursor.text();
  const auto start = cursor.at();
  auto line = scan_plain_line(cursor, start);
  if (line.colon != std::string_view::npos) {
    const auto name = read_word_before(text, line.colon);
    if (const auto known = find_field(cursor.names(), name); !known.empty()) {
      return cursor.fail(
          static_cast<std::size_t>(name.data() - text.data()),
          fmt::format("{} stands on the line of another field: a line break is missing before it", known),
          "write each field on a line of its own; in a block that starts with > use | instead");
    }
    return cursor.fail(line.colon, "a value with a colon and a blank in it must be quoted",
                       "put double quotes around it");
  }
  std::string joined;
  while (!line.has_comment) {
    const auto gap = measure_gap(text, cursor.find_line_end(line.end));
    if (gap.end >= text.size() || text[gap.end] == '#') break;
    auto next = cursor;
    next.move_to(gap.end, gap.line_start);
    if (next.block_column() <= parent) break;
    if (!cursor.check_indentation(gap.line_start, gap.end)) return false;
    if (cursor.is_forgiving() && text.substr(gap.end, 2) == "//") {
      return cursor.fail(gap.end, "is this a comment, or does the value above go on?", "comments start with #",
                         "slash-comment");
    }
    const auto continued = scan_plain_line(cursor, gap.end);
    if (continued.colon != std::string_view::npos || next.is_dash()) {
      if (const auto words = describe_missing_colon(text.substr(start, line.end - start), cursor.names());
          !words.empty())
        return cursor.fail(start, words, "write the name, a colon, a space and the value");
      return cursor.fail(gap.end, "this line is indented deeper than the value above it, which would go on here",
                         "compare the indentation with the lines above");
    }
    if (joined.empty()) joined = text.substr(start, line.end - start);
    append_folded_breaks(joined, gap.breaks);
    joined += text.substr(gap.end, continued.end - gap.end);
    line = continued;
    cursor.move_to(gap.end, gap.line_start);
  }
  cursor.move_to(line.end);
  if (joined.empty()) {
    add_plain(tree, text, start, line.end);
  } else {
    tree.add_decoded(start, joined);
  }
  return true;
}

bool read_flow_plain(YamlCursor& cursor, YamlTree& tree, bool is_key) {
  if (!check_plain_start(cursor, true)) return false;
  const auto text = cursor.text();
  if (cursor.is_forgiving() && text.substr(cursor.at(), 2) == "//") {
    return cursor.fail(cursor.at(), "is this a comment, or a value?", "comments start with #", "slash-comment");
  }
  const auto ends_at = [&](std::size_t i) {
    return kFlowIndicators.find(text[i]) != std::string_view::npos ||
           (text[i] == '#' && (is_blank(text[i - 1]) || text[i - 1] == '\n')) ||
           (text[i] == ':' && (cursor.ends_word(i + 1) || kFlowIndicators.find(text[i + 1]) != std::string_view::npos));
  };
  const auto start = cursor.at();
  std::string joined;
  auto line_at = start;
  while (true) {
    auto i = line_at;
    while (i < text.size() && text[i] != '\n' && !ends_at(i)) ++i;
    const auto line = trim_blanks(text.substr(line_at, i - line_at));
    const auto line_end = line_at + line.size();
    cursor.move_to(line_end);
    if (line_at != start) joined += line;
    const auto gap = measure_gap(text, i);
    const bool goes_on = !is_key && gap.breaks > 0 && gap.end < text.size() && !ends_at(gap.end);
    if (!goes_on && line_at == start) {
      add_plain(tree, text, start, line_end);
      return true;
    }
    if (!goes_on) break;
    if (line_at == start) joined = line;
    append_folded_breaks(joined, gap.breaks);
    line_at = gap.end;
    cursor.move_to(gap.end, gap.line_start);
  }
  tree.add_decoded(start, joined);
  return true;
}

namespace {

/// Lines of a block scalar, put together.
class BlockText {
 public:
  BlockText(bool is_folded, char chomping) : is_folded_(is_folded), chomping_(chomping) {}

  void add(std::string_view line) {
    if (line.empty()) {
      ++pending_;
      return;
    }
    const bool is_deeper = is_blank(line[0]);
    if (out_.empty()) {
      out_.append(pending_, '\n');
    } else if (is_folded_ && !is_deeper && !follows_deeper_) {
      append_folded_breaks(out_, pending_ + 1);
    } else {
      out_.append(pending_ + 1, '\n');
    }
    out_ += line;
    follows_deeper_ = is_deeper;
    pending_ = 0;
  }

  /// `is_last_line_ended`: not if the text ends with the last line.
  std::string take(bool is_last_line_ended) {
    if (chomping_ != '-' && !out_.empty() && is_last_line_ended) out_ += '\n';
    if (chomping_ == '+') out_.append(pending_, '\n');
    return std::move(out_);
  }

 private:
  bool is_folded_;
  char chomping_;
  bool follows_deeper_ = false;
  std::size_t pending_ = 0;
  std::string out_;
};

}  // namespace

bool read_block_scalar(YamlCursor& cursor, YamlTree& tree, int parent) {
  const auto text = cursor.text();
  const auto start = cursor.at();
  const bool is_folded = cursor.peek() == '>';
  char chomping = ' ';
  auto indent = std::string_view::npos;
  cursor.move_to(start + 1);
  for (int i = 0; i < 2; ++i) {
    const char c = cursor.peek();
    if (c == '+' || c == '-') {
      chomping = c;
    } else if (c >= '1' && c <= '9') {
      indent = static_cast<std::size_t>(std::max(parent, 0) + (c - '0'));
    } else {
      break;
    }
    cursor.move_to(cursor.at() + 1);
  }
  cursor.skip_blanks();
  if (!cursor.is_line_done()) {
    return cursor.fail(cursor.at(), fmt::format("the text of {} starts on the next line", is_folded ? '>' : '|'),
                       "start a new line here, or put double quotes around the value");
  }
  BlockText block(is_folded, chomping);
  auto at = cursor.line_end();
  while (at < text.size()) {
    const auto line_start = at + 1;
    const auto content = std::min(text.find_first_not_of(' ', line_start), text.size());
    const auto end = cursor.find_line_end(content);
    const auto depth = content - line_start;
    if (content < end) {
      if (indent == std::string_view::npos) indent = static_cast<int>(depth) > std::max(parent, 0) ? depth : depth + 1;
      auto line = cursor;
      line.move_to(line_start, line_start);
      if (depth < indent || line.is_divider()) break;
      block.add(text.substr(line_start + indent, end - line_start - indent));
    } else if (line_start < text.size()) {
      block.add({});
    }
    at = end;
  }
  const auto line_start = std::min(at + 1, text.size());
  cursor.move_to(line_start, line_start);
  tree.add_decoded(start, block.take(text.ends_with('\n') || at < text.size()));
  return true;
}

}  // namespace acr::config
