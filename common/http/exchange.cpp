// SPDX-License-Identifier: Apache-2.0
#include "common/http/exchange.hpp"

#include <fmt/format.h>
#include <string.h>

#include <boost/asio/error.hpp>

namespace acr::http {

Exchange::Exchange(Connection connection, MessageLimits limits, AnswerBody body)
    : connection_(std::move(connection)), answer_(limits, body) {}

std::unexpected<Error> Exchange::broken(std::string_view step, const boost::system::error_code& error) {
  if (connection_.transport->expiry().passed()) return fail(ErrorKind::Timeout, "no answer within the deadline");
  cut_ = true;
  return fail(ErrorKind::Unavailable, fmt::format("cannot {} {}: {}", step, connection_.peer, reason(error)));
}

async::awaitable<Result<void>> Exchange::send(std::shared_ptr<const Secret> bytes) {
  const auto written = co_await connection_.transport->write(bytes->reveal());
  written_ = written.bytes;
  // A server may answer and close before it has read all (413): what it said says more than the broken pipe.
  while (!answer_.header_done()) {
    const auto read = co_await read_more();
    if (!read && written.error && !answered_) co_return broken("send the request to", written.error);
    if (!read) co_return fail(read.error());
  }
  co_return Result<void>();
}

async::awaitable<Result<void>> Exchange::read_more() {
  const auto space = reading_space();
  const auto read = co_await connection_.transport->read_some(space);
  answered_ = answered_ || read.bytes > 0;
  if (read.error == boost::asio::error::eof && answered_) {
    if (const auto ended = answer_.feed_end(); !ended)
      co_return fail(with_context(ended.error(), "cannot read the answer of " + connection_.peer));
    co_return Result<void>();
  }
  if (read.error) co_return broken("read the answer of", read.error);
  const auto fed = answer_.feed({space.data(), read.bytes});
  explicit_bzero(space.data(), read.bytes);  // it may hold credentials (SEC-9)
  if (!fed) co_return fail(with_context(fed.error(), "cannot read the answer of " + connection_.peer));
  co_return Result<void>();
}

async::awaitable<Result<void>> Exchange::run(std::shared_ptr<const Secret> bytes) {
  const auto sent = co_await send(std::move(bytes));
  if (!sent) co_return fail(sent.error());
  while (!answer_.done()) {
    const auto read = co_await read_more();
    if (!read) co_return fail(read.error());
  }
  co_return Result<void>();
}

}  // namespace acr::http
