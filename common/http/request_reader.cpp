// SPDX-License-Identifier: Apache-2.0
#include "common/base/text.hpp"
#include "common/http/reader.hpp"
#include "common/http/reader_machine.hpp"

namespace acr::http {
namespace {

namespace beast_http = boost::beast::http;
using RequestHeader = beast_http::header<true, beast_http::fields>;

Rejection rejection_for(const boost::system::error_code& error) {
  if (error == beast_http::error::body_limit) return {413, "the body is too large"};
  if (error == beast_http::error::header_limit) return {431, "the header is too large"};
  return {400, "not valid HTTP: " + error.message()};
}

std::string_view value_of(const RequestHeader& header, beast_http::field name) {
  const auto value = header[name];
  return {value.data(), value.size()};
}

/// What SEC-8 forbids and a parser alone lets through.
std::optional<Rejection> check(const RequestHeader& header) {
  if (header.version() != 11) return Rejection{400, "only HTTP/1.1 is served"};
  if (header.count(beast_http::field::host) != 1) return Rejection{400, "exactly one Host is needed"};
  const auto coding = header.count(beast_http::field::transfer_encoding);
  if (coding > 1 ||
      (coding == 1 && !equals_ignore_case(value_of(header, beast_http::field::transfer_encoding), "chunked"))) {
    return Rejection{400, "the only Transfer-Encoding served is chunked"};
  }
  if (coding == 1 && header.count(beast_http::field::content_length) > 0) {
    return Rejection{400, "Content-Length and Transfer-Encoding exclude each other"};
  }
  const auto expect = value_of(header, beast_http::field::expect);
  if (header.count(beast_http::field::expect) > 0 && !equals_ignore_case(expect, "100-continue")) {
    return Rejection{400, "the only Expect served is 100-continue"};
  }
  return std::nullopt;
}

}  // namespace

struct RequestReader::Parser {
  BodyParser<true> beast;
};

RequestReader::RequestReader(MessageLimits limits) : header_limit_(limits.header), parser_(std::make_unique<Parser>()) {
  set_limits(parser_->beast, limits);
}
RequestReader::RequestReader(RequestReader&&) noexcept = default;
RequestReader::~RequestReader() = default;

std::optional<Rejection> RequestReader::feed(std::string_view bytes) {
  pending_.append(bytes);
  if (!header_done()) {
    if (const auto error = advance(parser_->beast, pending_, header_limit_)) return rejection_for(error);
  }
  if (!header_done()) return std::nullopt;
  if (!std::exchange(checked_, true)) {
    if (auto rejection = check(parser_->beast.get().base())) return rejection;
  }
  if (const auto error = advance(parser_->beast, pending_, header_limit_)) return rejection_for(error);
  return std::nullopt;
}

bool RequestReader::header_done() const {
  return parser_->beast.is_header_done();
}
bool RequestReader::done() const {
  return parser_->beast.is_done();
}
bool RequestReader::keeps_alive() const {
  return parser_->beast.keep_alive();
}
bool RequestReader::expects_continue() const {
  return parser_->beast.get().count(beast_http::field::expect) > 0;
}

Request RequestReader::take_request() {
  auto& message = parser_->beast.get();
  const auto method = message.method_string();
  const auto target = message.target();
  return {.method = std::string(method.data(), method.size()),
          .target = std::string(target.data(), target.size()),
          .headers = copy_headers(message.base()),
          .body = std::exchange(message.body(), {})};
}

std::string RequestReader::take_rest() {
  return std::exchange(pending_, {});
}

}  // namespace acr::http
