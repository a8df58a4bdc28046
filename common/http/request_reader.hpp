// SPDX-License-Identifier: Apache-2.0
// From the bytes of a connection to one HTTP/1.1 request, as strict as RFC 9112 and SEC-8 allow. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/message.hpp"
#include "common/http/reader.hpp"

namespace acr::http {

/// Why a server refuses a request, before any handler sees it.
struct Rejection {
  unsigned status;     ///< 400, 413 or 431; 503: no room
  std::string reason;  ///< for the body and the log
};

/// One request of a kept-alive connection. What two readers could understand differently is refused: bare line feeds,
/// folded lines, white space around names, a length said twice, any other coding than one `chunked` (SEC-8).
class RequestReader {
 public:
  /// MessageLimits::header bounds request line and fields together, and each line of a chunked body.
  explicit RequestReader(MessageLimits limits) : limits_(limits) {}

  /// Takes the next bytes. After a Rejection the reader is of no more use.
  std::optional<Rejection> feed(std::string_view bytes);

  [[nodiscard]] bool header_done() const { return state_ > State::Fields; }
  [[nodiscard]] bool done() const { return state_ == State::Done; }
  [[nodiscard]] bool keeps_alive() const { return !closes_; }
  /// The memory that the bytes fed so far take.
  [[nodiscard]] std::size_t buffered() const { return request_.body.capacity() + pending_.capacity(); }
  /// The client waits for "100 Continue" before it sends the body.
  [[nodiscard]] bool expects_continue() const { return expects_continue_; }

  Request take_request() { return std::move(request_); }
  /// Bytes after the end of the request: the beginning of the next one.
  std::string take_rest() { return std::move(pending_); }

 private:
  enum class State { RequestLine, Fields, SizedBody, ChunkSize, ChunkData, ChunkEnd, Trailer, Done };

  /// How much of `bytes` it could use.
  std::size_t consume(std::string_view bytes);
  bool consume_line(std::string_view bytes, std::size_t& at);
  void read_line(std::string_view line);
  void read_request_line(std::string_view line);
  void read_field(std::string_view line);
  void note_field(std::string_view name, std::string_view value);
  void read_content_length(std::string_view value);
  void finish_fields();
  void read_chunk_size(std::string_view line);
  void append_body(std::string_view bytes);
  void reject(unsigned status, std::string reason);

  MessageLimits limits_;
  State state_ = State::RequestLine;
  Request request_{.method = {}, .target = {}, .headers = {}, .body = {}};
  std::string pending_;          ///< an unfinished line, or after the end what follows
  std::size_t line_bytes_ = 0;   ///< of the lines that count together towards the limit
  std::uint64_t body_left_ = 0;  ///< of the body, or of the chunk
  std::optional<std::uint64_t> content_length_;
  unsigned hosts_ = 0;
  bool chunked_ = false;
  bool closes_ = false;
  bool expects_continue_ = false;
  std::optional<Rejection> rejection_;
};

}  // namespace acr::http
