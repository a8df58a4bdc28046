// SPDX-License-Identifier: Apache-2.0
#include "common/kube/json_splitter.hpp"

#include <utility>

#include "common/base/json.hpp"

namespace acr::kube {
namespace {

constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

std::size_t ObjectScanner::skip_string(std::string_view text, std::size_t at) {
  if (std::exchange(escaped_, false)) return at;
  while (at < text.size() && text[at] != '"' && text[at] != '\\') ++at;
  if (at == text.size()) return at;
  if (text[at] == '"')
    in_string_ = false;
  else
    escaped_ = true;
  return at;
}

std::size_t ObjectScanner::scan(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string_) {
      i = skip_string(text, i);
      continue;
    }
    const char c = text[i];
    if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      started_ = true;
      ++depth_;
    } else if ((c == '}' || c == ']') && --depth_ == 0) {
      return i + 1;
    }
  }
  return text.size();
}

Result<std::optional<std::string>> JsonSplitter::next() {
  if (broken_) return fail(*broken_);
  if (scanned_ == start_) {
    while (start_ < buffer_.size() && is_space(buffer_[start_])) ++start_;
    scanned_ = start_;
    if (start_ < buffer_.size() && buffer_[start_] != '{') return give_up("bytes between two JSON objects");
  }
  scanned_ += scanner_.scan(std::string_view(buffer_).substr(scanned_));
  if (scanned_ - start_ > limit_) return give_up("a JSON object over the size limit");
  if (!scanner_.done()) {
    buffer_.erase(0, start_);
    scanned_ -= start_;
    start_ = 0;
    return std::nullopt;
  }
  std::string object = buffer_.substr(start_, scanned_ - start_);
  start_ = scanned_;
  scanner_.reset();
  return object;
}

std::unexpected<Error> JsonSplitter::give_up(std::string_view why) {
  broken_ = Error{.kind = ErrorKind::Protocol, .message = "the stream of the API server holds " + std::string(why)};
  buffer_.clear();
  start_ = scanned_ = 0;
  return std::unexpected(*broken_);
}

Result<void> ListSplitter::feed(std::string_view chunk, const OnItem& on_item) {
  while (!chunk.empty()) {
    Result<std::size_t> used = 0;
    switch (part_) {
      case Part::Envelope:
        used = read_envelope(chunk);
        break;
      case Part::Items:
        used = read_items(chunk);
        break;
      case Part::Item:
        used = read_item(chunk, on_item);
        break;
    }
    if (!used) return fail(used.error());
    chunk.remove_prefix(*used);
  }
  return {};
}

Result<std::size_t> ListSplitter::read_envelope(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (envelope_.size() >= item_limit_)
      return fail(ErrorKind::Protocol, "a list without its items is over the size limit");
    envelope_.push_back(c);
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
        if (depth_ == 1 && !after_colon_)
          last_key_ = envelope_.substr(string_start_, envelope_.size() - 1 - string_start_);
      }
    } else if (c == '"') {
      in_string_ = true;
      string_start_ = envelope_.size();
    } else if (c == '[' && depth_ == 1 && after_colon_ && last_key_ == "items") {
      part_ = Part::Items;
      return i + 1;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (c == '}' || c == ']') {
      if (depth_ > 0) --depth_;
    } else if (depth_ == 1 && (c == ':' || c == ',')) {
      after_colon_ = c == ':';
    }
  }
  return text.size();
}

Result<std::size_t> ListSplitter::read_items(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && (is_space(text[i]) || text[i] == ',')) ++i;
  if (i == text.size()) return i;
  if (text[i] == ']') {
    envelope_.push_back(']');
    part_ = Part::Envelope;
    return i + 1;
  }
  if (text[i] != '{') return fail(ErrorKind::Protocol, "an item of a list is no JSON object");
  item_.clear();
  scanner_.reset();
  part_ = Part::Item;
  return i;
}

Result<std::size_t> ListSplitter::read_item(std::string_view text, const OnItem& on_item) {
  const auto used = scanner_.scan(text);
  if (item_.size() + used > item_limit_) return fail(ErrorKind::Protocol, "an item of a list is over the size limit");
  item_.append(text.substr(0, used));
  if (!scanner_.done()) return used;
  part_ = Part::Items;
  if (auto taken = on_item(item_); !taken) return fail(taken.error());
  return used;
}

Result<ListMeta> ListSplitter::finish() const {
  if (part_ != Part::Envelope) return fail(ErrorKind::Protocol, "a list ends in the middle of its items");
  const auto document = parse_json(envelope_);
  if (!document) return fail(with_context(document.error(), "a list cannot be read"));
  return ListMeta{.resource_version = std::string(string_at(*document, "metadata", "resourceVersion")),
                  .continue_token = std::string(string_at(*document, "metadata", "continue"))};
}

}  // namespace acr::kube
