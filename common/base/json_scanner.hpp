// SPDX-License-Identifier: Apache-2.0
// Reads a few values out of a JSON text in one pass, and builds nothing. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace acr {

/// What stands between the quotes of a JSON string.
struct JsonText {
  std::string_view raw;
  bool escaped = false;  ///< false: `raw` is the text itself
};

/// The text itself; made in `space` if it must be, which it then lives as long as. Half a surrogate pair becomes
/// U+FFFD, as Go reads it.
std::string_view decode(const JsonText& text, std::string& space);

/// A cursor over a text from outside. Each read takes the whole value at the cursor, whatever it is. As strict as
/// parse_json(), in what is passed over too: after a fault everything reads as empty, and finish() tells.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text, std::size_t max_depth = 64) : text_(text), depth_left_(max_depth) {}

  enum class Kind { Object, Array, String, Other, Null, Broken };
  /// Of the value at the cursor.
  Kind next();

  /// Calls `on_member(key)` for each member, which must read the member's value; of several with one name Go keeps the
  /// last. Another value than an object has none.
  template <class OnMember>
  void read_object(OnMember on_member) {
    if (!enter('{', '}')) return;
    do {
      std::string space;
      const auto key = decode(read_key(), space);
      if (!broken_) on_member(key);
    } while (more('}'));
  }

  /// Calls `on_element()` for each element, which must read it. Another value than an array has none.
  template <class OnElement>
  void read_array(OnElement on_element) {
    if (!enter('[', ']')) return;
    do {
      on_element();
    } while (more(']'));
  }

  /// Empty if it is no string.
  JsonText read_string();

  /// Passes over a value; gives its text.
  std::string_view skip();

  /// Where the value that next() has looked at begins, and the text from such a place to the cursor.
  [[nodiscard]] std::size_t position() const { return at_; }
  [[nodiscard]] std::string_view text_since(std::size_t position) const {
    return broken_ ? std::string_view() : text_.substr(position, at_ - position);
  }

  /// An Error (Protocol) that says the byte offset if there was a fault, or anything but white space is left.
  Result<void> finish();

 private:
  /// True: inside, with a first member or element; false: there is none, or the value was another and was passed over.
  bool enter(char open, char close);
  bool more(char close);
  JsonText read_key();
  JsonText scan_string();
  bool scan_escape(std::size_t at, std::size_t& length);
  void scan_literal(std::string_view literal);
  void scan_number();
  void scan_digits();
  void skip_value();
  void skip_space();
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void expect(char c);
  void fault(const char* reason);

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_left_;
  std::size_t fault_at_ = 0;
  const char* reason_ = "";
  bool broken_ = false;
};

}  // namespace acr
