// SPDX-License-Identifier: Apache-2.0
// Bytes to messages, piece by piece, with limits. No sockets: the loops that read feed these, and so can a fuzzer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/http/message.hpp"

namespace acr::http {

/// Said explicitly because Beast's own defaults (8 KiB header, 1 and 8 MiB body) fit neither side (CPP-1).
struct MessageLimits {
  std::uint32_t header = 32 * 1024;
  std::optional<std::uint64_t> body = 8ull * 1024 * 1024;  ///< nullopt: an endless stream (CPP-2)
};

enum class AnswerBody { Expected, None };  ///< None: the answer to HEAD or CONNECT

/// One response; informational ones (1xx) before it are skipped.
class ResponseReader {
 public:
  explicit ResponseReader(MessageLimits limits, AnswerBody body = AnswerBody::Expected);
  ResponseReader(ResponseReader&&) noexcept;
  ~ResponseReader();

  /// Takes the next bytes. Errors (Protocol): not HTTP, or over a limit. After an Error the reader is of no more use.
  Result<void> feed(std::string_view bytes);
  /// The peer will send no more: the end of a body without length, or else an Error (Unavailable).
  Result<void> feed_end();

  [[nodiscard]] bool header_done() const;
  [[nodiscard]] bool done() const;
  /// May the connection carry another request? Only meaningful once done.
  [[nodiscard]] bool keeps_alive() const;
  /// Bytes after the end of the message; a peer that sends such is not to be trusted with another request.
  [[nodiscard]] bool has_excess() const;

  [[nodiscard]] unsigned status() const;
  [[nodiscard]] Headers headers() const;
  /// The body bytes that arrived since the last call.
  std::string take_body();

 private:
  void start();
  struct Parser;
  MessageLimits limits_;
  AnswerBody body_;
  std::string pending_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace acr::http
