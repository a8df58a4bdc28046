// SPDX-License-Identifier: Apache-2.0
#include "common/http/request_reader.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "common/http/wire.hpp"

namespace acr::http {
namespace {

/// API servers send 8; each takes more memory here than its bytes on the wire.
constexpr std::size_t kMostFields = 100;
/// A body's memory is taken at once for so many times what has arrived: the promised length is only the peer's word.
constexpr std::size_t kTrust = 8;
/// 16 hexadecimal digits could overflow.
constexpr std::size_t kMostChunkDigits = 15;
constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trim_spaces(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// No control characters but tabs; a CR alone is one.
bool is_line(std::string_view line) {
  return std::ranges::none_of(line, [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool lists_close(std::string_view value) {
  while (!value.empty()) {
    const auto word = value.substr(0, value.find(','));
    if (equals_ignore_case(trim_spaces(word), "close")) return true;
    value.remove_prefix(std::min(value.size(), word.size() + 1));
  }
  return false;
}

}  // namespace

void RequestReader::reject(unsigned status, std::string reason) {
  if (!rejection_) rejection_ = Rejection{.status = status, .reason = std::move(reason)};
}

std::optional<Rejection> RequestReader::feed(std::string_view bytes) {
  if (pending_.empty()) {
    const auto used = consume(bytes);
    pending_.assign(bytes.substr(used));
  } else {
    pending_.append(bytes);
    pending_.erase(0, consume(pending_));
  }
  return rejection_;
}

std::size_t RequestReader::consume(std::string_view bytes) {
  std::size_t at = 0;
  while (!rejection_ && state_ != State::Done) {
    if (state_ != State::SizedBody && state_ != State::ChunkData) {
      if (!consume_line(bytes, at)) break;
      continue;
    }
    if (at == bytes.size()) break;
    const auto piece =
        bytes.substr(at, static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, bytes.size() - at)));
    append_body(piece);
    at += piece.size();
    if (body_left_ == 0) state_ = state_ == State::SizedBody ? State::Done : State::ChunkEnd;
  }
  return at;
}

/// False: there is no whole line yet.
bool RequestReader::consume_line(std::string_view bytes, std::size_t& at) {
  const auto end = bytes.find('\n', at);
  const auto length = (end == std::string_view::npos ? bytes.size() : end + 1) - at;
  if (line_bytes_ + length > limits_.header) {
    if (header_done()) {
      reject(400, "a line of the chunked body is too long");
    } else {
      reject(431, "the header is too large");
    }
    return false;
  }
  if (end == std::string_view::npos) return false;
  line_bytes_ += length;
  const auto line = bytes.substr(at, length);
  at += length;
  if (!line.ends_with("\r\n")) {
    reject(400, "not valid HTTP: a line does not end in CR LF");
  } else if (!is_line(line.substr(0, length - 2))) {
    reject(400, "not valid HTTP: a control character in a line");
  } else {
    read_line(line.substr(0, length - 2));
  }
  return true;
}

void RequestReader::read_line(std::string_view line) {
  switch (state_) {
    case State::RequestLine:
      return read_request_line(line);
    case State::Fields:
      return line.empty() ? finish_fields() : read_field(line);
    case State::ChunkSize:
      return read_chunk_size(line);
    case State::ChunkEnd:
      if (!line.empty()) reject(400, "not valid HTTP: a chunk is longer than it says");
      line_bytes_ = 0;
      state_ = State::ChunkSize;
      return;
    default:  // a trailer, of which nothing is used
      if (line.empty()) state_ = State::Done;
  }
}

void RequestReader::read_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return reject(400, "not valid HTTP: not a request line");
  const auto method = line.substr(0, first);
  const auto target = line.substr(first + 1, second - first - 1);
  if (!is_token(method) || !is_target(target)) return reject(400, "not valid HTTP: not a request line");
  if (line.substr(second + 1) != "HTTP/1.1") return reject(400, "only HTTP/1.1 is served");
  request_.method = method;
  request_.target = target;
  state_ = State::Fields;
}

void RequestReader::read_field(std::string_view line) {
  const auto colon = line.find(':');
  const auto name = line.substr(0, std::min(colon, line.size()));
  // White space before the name would continue the line before, and before the colon hide the name from others.
  if (colon == std::string_view::npos || !is_token(name)) return reject(400, "not valid HTTP: not a header field");
  if (request_.headers.size() == kMostFields) return reject(431, "the header has too many fields");
  const auto value = trim_spaces(line.substr(colon + 1));
  note_field(name, value);
  request_.headers.add(std::string(name), std::string(value));
}

void RequestReader::note_field(std::string_view name, std::string_view value) {
  if (equals_ignore_case(name, "Host")) {
    ++hosts_;
  } else if (equals_ignore_case(name, "Content-Length")) {
    read_content_length(value);
  } else if (equals_ignore_case(name, "Transfer-Encoding")) {
    if (chunked_ || !equals_ignore_case(value, "chunked")) reject(400, "the only Transfer-Encoding served is chunked");
    chunked_ = true;
  } else if (equals_ignore_case(name, "Connection")) {
    closes_ = closes_ || lists_close(value);
  } else if (equals_ignore_case(name, "Expect")) {
    if (!equals_ignore_case(value, "100-continue")) reject(400, "the only Expect served is 100-continue");
    expects_continue_ = true;
  }
}

void RequestReader::read_content_length(std::string_view value) {
  const auto length = parse_unsigned(value);
  if (!length || content_length_) return reject(400, "not valid HTTP: Content-Length is not one number");
  content_length_ = static_cast<std::uint64_t>(*length);
}

void RequestReader::finish_fields() {
  if (hosts_ != 1) return reject(400, "exactly one Host is needed");
  if (chunked_ && content_length_) return reject(400, "Content-Length and Transfer-Encoding exclude each other");
  line_bytes_ = 0;
  body_left_ = content_length_.value_or(0);
  if (body_left_ > limits_.body.value_or(kNoLimit)) return reject(413, "the body is too large");
  state_ = chunked_ ? State::ChunkSize : body_left_ > 0 ? State::SizedBody : State::Done;
}

void RequestReader::read_chunk_size(std::string_view line) {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  for (; digits < line.size() && hex_digit(line[digits]) >= 0; ++digits) {
    if (digits == kMostChunkDigits) return reject(400, "not valid HTTP: the size of a chunk");
    size = size * 16 + static_cast<std::uint64_t>(hex_digit(line[digits]));
  }
  const bool is_whole = digits == line.size() || line[digits] == ';';  // an extension means nothing to us
  if (digits == 0 || !is_whole) return reject(400, "not valid HTTP: the size of a chunk");
  if (size > limits_.body.value_or(kNoLimit) - request_.body.size()) return reject(413, "the body is too large");
  line_bytes_ = 0;
  body_left_ = size;
  state_ = size > 0 ? State::ChunkData : State::Trailer;
}

void RequestReader::append_body(std::string_view bytes) {
  auto& body = request_.body;
  const auto wanted = body.size() + static_cast<std::size_t>(body_left_);
  if (body.capacity() < body.size() + bytes.size())
    body.reserve(std::min(wanted, kTrust * (body.size() + bytes.size())));
  body.append(bytes);
  body_left_ -= bytes.size();
}

}  // namespace acr::http
