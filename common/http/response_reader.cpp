// SPDX-License-Identifier: Apache-2.0
#include "common/http/reader.hpp"

#include <string.h>

#include "common/http/reader_machine.hpp"

namespace acr::http {

struct ResponseReader::Parser {
  BodyParser<false> beast;
};

ResponseReader::ResponseReader(MessageLimits limits, AnswerBody body) : limits_(limits), body_(body) {
  start();
}
ResponseReader::ResponseReader(ResponseReader&&) noexcept = default;
ResponseReader::~ResponseReader() {
  explicit_bzero(pending_.data(), pending_.capacity());
}  // SEC-9

void ResponseReader::start() {
  parser_ = std::make_unique<Parser>();
  set_limits(parser_->beast, limits_);
  if (body_ == AnswerBody::None) parser_->beast.skip(true);
}

Result<void> ResponseReader::feed(std::string_view bytes) {
  pending_.append(bytes);
  while (!pending_.empty() && !done()) {
    const bool had_header = header_done();
    const auto error = advance(parser_->beast, pending_, limits_.header);
    if (error == boost::beast::http::error::body_limit) {
      return fail(ErrorKind::Protocol,
                  "the answer's body is over the limit of " + std::to_string(limits_.body.value_or(0)) + " bytes");
    }
    if (error) return fail(ErrorKind::Protocol, "the answer is not valid HTTP: " + error.message());
    if (header_done() && status() < 200 && status() != 101) {
      start();
    } else if (header_done() == had_header) {
      break;
    }
  }
  return {};
}

Result<void> ResponseReader::feed_end() {
  boost::system::error_code error;
  // Beast may not be told of an end where nothing began, such as behind an interim answer.
  if (parser_->beast.got_some()) parser_->beast.put_eof(error);
  if (error || !done()) return fail(ErrorKind::Unavailable, "the connection was closed before the answer was complete");
  return {};
}

bool ResponseReader::header_done() const {
  return parser_->beast.is_header_done();
}
bool ResponseReader::done() const {
  return parser_->beast.is_done();
}
bool ResponseReader::keeps_alive() const {
  return parser_->beast.keep_alive() && status() != 101;
}
bool ResponseReader::has_excess() const {
  return !pending_.empty();
}
unsigned ResponseReader::status() const {
  return parser_->beast.get().result_int();
}
Headers ResponseReader::headers() const {
  return copy_headers(parser_->beast.get().base());
}
std::string ResponseReader::take_body() {
  return std::exchange(parser_->beast.get().body(), {});
}

}  // namespace acr::http
