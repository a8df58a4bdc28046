// SPDX-License-Identifier: Apache-2.0
// One value of acr-configuration with the way from a byte in it to the line and column that its author sees.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/config/diagnostic.hpp"

namespace acr::config {

/// 1-based; the column counts characters.
struct Position {
  int line = 1;
  int column = 1;
};

/// Text with plain line ends. Repairs may change lines, as long as each keeps its number.
class SourceText {
 public:
  /// `text` is used as it is: see clean_value().
  SourceText(std::string key, std::string text);
  /// Text that was decoded out of another one: every position in it is `fixed`.
  SourceText(std::string key, std::string text, Position fixed);

  [[nodiscard]] const std::string& key() const { return key_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::size_t line_count() const { return line_starts_.size(); }
  /// Line `index` (from 0) without its line end. Valid until the next change.
  [[nodiscard]] std::string_view line(std::size_t index) const;
  /// The offset of byte `column` (from 0) in line `line` (from 0), clamped to the text.
  [[nodiscard]] std::size_t offset(std::size_t line, std::size_t column) const;
  [[nodiscard]] Position position(std::size_t offset) const;
  /// The line of position(); cheap.
  [[nodiscard]] int line_number(std::size_t offset) const;
  /// Does a secret stand at that place, as far as can be told (see mask.hpp)? The first call costs as much as reading
  /// the whole text.
  [[nodiscard]] bool is_secret_at(std::size_t offset) const;
  /// Where `needle` first stands at or soon after `offset`; `offset` itself if nowhere.
  [[nodiscard]] std::size_t find(std::string_view needle, std::size_t offset) const;

  /// Replaces all lines by as many others. `shifts`: how many columns further right the content of each stood in what
  /// the author wrote.
  void rewrite(const std::vector<std::string>& lines, std::vector<int> shifts);
  /// Overwrites `length` bytes at `offset` with as many `fill`, line ends excepted.
  void overwrite(std::size_t offset, std::size_t length, char fill);

 private:
  void index_lines();

  std::string key_;
  std::string text_;
  std::vector<std::uint32_t> line_starts_;
  /// Empty while no line was shifted.
  std::vector<int> shifts_;
  bool is_fixed_ = false;
  Position fixed_;
  // Findings come in the order of the text, and a line may be all of it: counts on from the last place asked for.
  mutable std::size_t counted_to_ = 0;
  mutable std::size_t counted_ = 0;
  /// Begin and end of each secret; nullopt as long as nobody asked.
  mutable std::optional<std::vector<std::pair<std::size_t, std::size_t>>> secrets_;
};

/// `text`, which stands at `offset`, for a message: printable, at most `limit` bytes, *** if it is a secret.
std::string quote_from(const SourceText& source, std::size_t offset, std::string_view text, std::size_t limit);

/// Collects diagnostics with their places. Keeps a hundred, errors first: more help nobody.
class Findings {
 public:
  void info(std::string code, const SourceText& source, std::size_t offset, const std::string& message,
            const std::string& hint = {});
  void warning(std::string code, const SourceText& source, std::size_t offset, const std::string& message,
               const std::string& hint = {});
  void error(std::string code, const SourceText& source, std::size_t offset, const std::string& message,
             const std::string& hint = {});
  /// How many errors there are so far: a part during which it grew is broken.
  [[nodiscard]] std::size_t error_count() const { return errors_; }
  /// A key of the ConfigMap stands where it is not read, so that its default must not be taken for it. `name`: as in
  /// kKeys.
  void lose_key(std::string_view name) { lost_keys_.insert(name); }
  [[nodiscard]] const std::set<std::string_view>& lost_keys() const { return lost_keys_; }
  /// By key, then line, then column. If some were left out, one more finding says how many, at the place of the first.
  [[nodiscard]] std::vector<Diagnostic> take_sorted();

 private:
  void add(Severity severity, std::string code, const SourceText& source, std::size_t offset,
           const std::string& message, const std::string& hint);
  void leave_out(const Diagnostic& finding, std::size_t count);
  [[nodiscard]] Diagnostic build_rest() const;

  std::vector<Diagnostic> error_list_;
  std::vector<Diagnostic> other_list_;
  std::size_t errors_ = 0;
  std::size_t left_out_ = 0;
  /// Key, place and the gravest severity of what was left out.
  Diagnostic first_left_out_;
  std::set<std::string_view> lost_keys_;
};

/// The first byte that is not part of a UTF-8 character; npos if all are.
std::size_t find_invalid_utf8(std::string_view text);

/// A value as stored -> text to parse: byte order mark gone, CRLF and CR as LF, foreign blanks as spaces, invisible
/// characters gone, lines of blanks empty. A control character or a byte that is not UTF-8 is an error, after which the
/// text is empty; reports into `findings`.
SourceText clean_value(const std::string& key, std::string_view value, Findings& findings);

}  // namespace acr::config
