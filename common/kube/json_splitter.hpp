// SPDX-License-Identifier: Apache-2.0
// Cuts byte streams of the API server into JSON objects without building a tree: watch streams and lists. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace acr::kube {

/// Follows braces, brackets and strings to find where one JSON object ends. Judges nothing else.
class ObjectScanner {
 public:
  /// The number of bytes of `text` that belong to the object; its end is reached if done() is true afterwards.
  std::size_t scan(std::string_view text);
  [[nodiscard]] bool done() const { return started_ && depth_ == 0 && !in_string_; }
  void reset() { *this = {}; }

 private:
  /// Where the string ends that goes on at `at`, or where its escape or `text` does.
  std::size_t skip_string(std::string_view text, std::size_t at);

  std::size_t depth_ = 0;
  bool started_ = false;
  bool in_string_ = false;
  bool escaped_ = false;
};

/// Concatenated JSON objects out of chunks that are cut anywhere (LW-10): a chunk is not an event.
class JsonSplitter {
 public:
  /// No single object may be larger than `limit` bytes (CPP-2).
  explicit JsonSplitter(std::size_t limit = 4u * 1024 * 1024) : limit_(limit) {}

  void feed(std::string_view chunk) { buffer_.append(chunk); }

  /// The next complete object, nullopt if more bytes are needed. An object over the limit, or anything but white space
  /// between objects, is an Error (Protocol); after it the splitter gives nothing more.
  Result<std::optional<std::string>> next();

  /// Is part of an object waiting for its end?
  [[nodiscard]] bool pending() const { return start_ < buffer_.size(); }

 private:
  std::unexpected<Error> give_up(std::string_view why);

  std::size_t limit_;
  std::string buffer_;
  std::size_t start_ = 0;    ///< where the object that is being read begins
  std::size_t scanned_ = 0;  ///< up to where scanner_ has seen the buffer
  ObjectScanner scanner_;
  std::optional<Error> broken_;
};

/// What a list says besides its items.
struct ListMeta {
  std::string resource_version;
  std::string continue_token;  ///< not empty: there are more pages
};

/// Reads the JSON of a list in chunks and hands over each element of `items` as text; never holds more than one
/// (CPP-1).
class ListSplitter {
 public:
  using OnItem = std::function<Result<void>(std::string_view item)>;

  explicit ListSplitter(std::size_t item_limit = 4u * 1024 * 1024) : item_limit_(item_limit) {}

  /// An Error of `on_item`, an element that is no object, and an item or envelope over the limit end the reading.
  Result<void> feed(std::string_view chunk, const OnItem& on_item);

  /// To be called after the last chunk. An Error (Protocol) if the list is not complete or not valid JSON.
  Result<ListMeta> finish() const;

 private:
  enum class Part { Envelope, Items, Item };
  Result<std::size_t> read_envelope(std::string_view text);
  Result<std::size_t> read_items(std::string_view text);
  Result<std::size_t> read_item(std::string_view text, const OnItem& on_item);

  std::size_t item_limit_;
  Part part_ = Part::Envelope;
  std::string envelope_;  ///< the list without its items
  std::string item_;
  ObjectScanner scanner_;
  // Where in the envelope we are, to tell the member `items` of the outermost object from others.
  std::size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  std::size_t string_start_ = 0;
  std::string last_key_;
  bool after_colon_ = false;
};

}  // namespace acr::kube
