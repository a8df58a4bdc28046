// SPDX-License-Identifier: Apache-2.0
#include "common/config/commented_out.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "common/config/key_reference.hpp"
#include "common/config/yaml_slips.hpp"

namespace acr::config {
namespace {

constexpr auto kNowhere = std::string_view::npos;

/// A line or the end of one that is a comment.
struct Comment {
  std::size_t offset = 0;
  /// Behind the sign, trimmed, and where that stands.
  std::string_view text;
  std::size_t text_at = 0;
};

std::size_t find_line_end(std::string_view text, std::size_t at) {
  return std::min(text.find('\n', at), text.size());
}

/// The comment that begins at the first sign at or behind `at` on its line; nullopt if something else stands there.
std::optional<Comment> read_comment(std::string_view text, std::size_t at) {
  const auto end = find_line_end(text, at);
  const auto content = std::min(text.find_first_not_of(" \t", at), end);
  const auto rest = text.substr(content, end - content);
  if (!rest.starts_with('#') && !rest.starts_with("//")) return std::nullopt;
  const auto body = std::min(rest.find_first_not_of("#/ \t"), rest.size());
  return Comment{.offset = content, .text = trim(rest.substr(body)), .text_at = content + body};
}

/// Where the last value below `node` begins.
std::size_t find_last_value(YamlValue node) {
  auto last = node.offset();
  node.visit_items([&last](YamlValue item) { last = std::max(last, find_last_value(item)); });
  node.visit_fields([&last](YamlValue, YamlValue value) { last = std::max(last, find_last_value(value)); });
  return last;
}

bool is_field(std::string_view text, std::size_t at) {
  return find_glued_field(text, at, kItemFieldNames).has_value();
}

/// "- instanceId:", and between brackets "}, {instanceId:".
bool begins_item(std::string_view comment, bool is_flow) {
  const auto signs = std::min(comment.find_first_not_of(is_flow ? "{}[], \t" : "- \t"), comment.size());
  const bool has_sign = comment.substr(0, signs).find(is_flow ? '{' : '-') != kNowhere;
  return has_sign && is_field(comment, signs);
}

bool is_flow_item(YamlValue item, const SourceText& source) {
  return item.offset() < source.text().size() && source.text()[item.offset()] == '{';
}

/// The dash of the item; nullopt if it has none, or stands between brackets.
std::optional<std::size_t> find_dash(YamlValue item, const SourceText& source) {
  const std::string_view text = source.text();
  if (is_flow_item(item, source)) return std::nullopt;
  for (auto end = std::min(item.offset(), text.size());;) {
    const auto start = end == 0 ? 0 : text.rfind('\n', end - 1) + 1;
    const auto content = text.find_first_not_of(" \t", start);
    if (content < end && text[content] == '-') return content;
    const bool is_idle = content >= end || text[content] == '#' || text.substr(content, 2) == "//";
    if (!is_idle || start == 0) return std::nullopt;
    end = start - 1;
  }
}

/// People make an item a comment by a `#` or `# ` before its dash, at any place of the indentation, or in the place of
/// a blank of it.
bool is_in_line(const SourceText& source, std::size_t dash, std::size_t comment_dash) {
  constexpr int kSignBytes = 2;
  const auto column = source.position(dash).column;
  const auto commented = source.position(comment_dash).column;
  return commented >= column && commented <= column + kSignBytes;
}

}  // namespace

std::optional<std::size_t> find_commented_head(YamlValue item, const SourceText& source) {
  const std::string_view text = source.text();
  const bool is_flow = is_flow_item(item, source);
  const auto last = find_last_value(item);
  for (auto at = find_line_end(text, item.offset()); at < last; at = find_line_end(text, at + 1)) {
    const auto comment = read_comment(text, at + 1);
    if (!comment || comment->offset >= last || !begins_item(comment->text, is_flow)) continue;
    const auto dash = find_dash(item, source).value_or(item.offset());
    if (is_flow || is_in_line(source, dash, comment->text_at)) return comment->offset;
  }
  return std::nullopt;
}

std::optional<std::size_t> find_commented_id(YamlValue item, const SourceText& source) {
  const std::string_view text = source.text();
  const auto last = find_last_value(item);
  const auto dash = find_dash(item, source);
  bool is_below = false;
  for (auto at = dash ? *dash + 1 : item.offset() + 1; at < text.size(); at = find_line_end(text, at) + 1) {
    const auto comment = read_comment(text, at);
    const auto end = find_line_end(text, at);
    // What follows the last field belongs to the item as long as it is nothing but comments.
    if (is_below && !comment && !trim(text.substr(at, end - at)).empty()) break;
    is_below = is_below || end >= last;
    if (!comment) continue;
    if (comment->text.starts_with('-')) break;
    const auto field = find_glued_field(comment->text, 0, kItemFieldNames);
    if (field && find_field(kItemFieldNames, comment->text.substr(field->name_at, field->name_size)) == "instanceId")
      return comment->offset;
  }
  return std::nullopt;
}

}  // namespace acr::config
