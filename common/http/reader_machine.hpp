// SPDX-License-Identifier: Apache-2.0
// What both readers share: driving a Beast parser by hand from a buffer. Only for reader*.cpp.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <string>

#include "common/http/body.hpp"
#include "common/http/reader.hpp"

namespace acr::http {

template <bool IsRequest>
struct BodyParser : boost::beast::http::parser<IsRequest, GrowingBody> {
  bool body_begun = false;  ///< has any byte after the header been parsed?
};

/// The shortest chunked body, "0\r\n\r\n". Beast (Boost 1.81) fails an assertion if the last chunk is the first and it
/// sees "0\r\n" and then less than this; so the beginning of a chunked body is held back until there is as much.
inline constexpr std::size_t kShortestChunked = 5;

template <bool IsRequest>
void set_limits(BodyParser<IsRequest>& parser, const MessageLimits& limits) {
  parser.header_limit(limits.header);
  if (limits.body) {
    parser.body_limit(*limits.body);
  } else {
    parser.body_limit(boost::none);
  }
}

/// Parses from `pending` up to the end of the header, or, when that is done, of the message; leaves what is not yet
/// usable. Beast needs header and chunk lines in one piece, so an unfinished one stays; `line_limit` bounds it.
template <bool IsRequest>
boost::system::error_code advance(BodyParser<IsRequest>& parser, std::string& pending, std::size_t line_limit) {
  namespace http = boost::beast::http;
  parser.eager(parser.is_header_done());
  const bool had_header = parser.is_header_done();
  if (had_header && !parser.body_begun && parser.chunked() && pending.size() < kShortestChunked) return {};
  parser.body_begun = had_header;
  while (!pending.empty() && !parser.is_done() && parser.is_header_done() == had_header) {
    boost::system::error_code error;
    pending.erase(0, parser.put(boost::asio::buffer(pending), error));
    if (error == http::error::need_more) {
      if (pending.size() > line_limit) return http::error::buffer_overflow;
      return {};
    }
    if (error) return error;
  }
  return {};
}

template <class Fields>
Headers copy_headers(const Fields& fields) {
  Headers headers;
  for (const auto& field : fields) {
    const auto name = field.name_string();
    const auto value = field.value();
    headers.add(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  }
  return headers;
}

}  // namespace acr::http
