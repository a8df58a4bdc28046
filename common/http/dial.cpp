// SPDX-License-Identifier: Apache-2.0
#include "common/http/dial.hpp"

#include <fmt/format.h>

#include <boost/system/system_error.hpp>

#include "common/async/with_deadline.hpp"
#include "common/base/text.hpp"
#include "common/http/proxy.hpp"
#include "common/http/tls_sessions.hpp"
#include "common/http/tls_verify.hpp"

namespace acr::http {
namespace {

namespace asio = boost::asio;
using boost::asio::ip::tcp;

std::string peer_name(const Route& route, const tcp::endpoint& end_point) {
  const auto address = to_string(HostPort{.host = end_point.address().to_string(), .port = end_point.port()});
  const auto name = route.proxy
                        ? fmt::format("{} by proxy {}", printable(route.target.host), printable(route.dial.host))
                        : printable(route.target.host);
  return fmt::format("{} ({})", name, address);
}

async::awaitable<Result<std::unique_ptr<Socket>>> connect_to(tcp::endpoint end_point, std::string what) {
  auto socket = std::make_unique<Socket>(co_await asio::this_coro::executor);
  const auto [error] = co_await socket->async_connect(end_point, async::as_value);
  if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
  if (error) co_return fail(ErrorKind::Unavailable, what + ": " + reason(error));
  tune(*socket);
  co_return std::move(socket);
}

async::awaitable<Result<Connection>> connect_tcp(Resolver& resolver, const Route& route, async::Deadline deadline) {
  const auto addresses = co_await resolver.resolve(route.dial.host, deadline);
  if (!addresses) co_return fail(addresses.error());
  Error last{.kind = ErrorKind::Unavailable,
             .message = fmt::format("cannot connect to {}: the name has no address", printable(route.dial.host))};
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    const tcp::endpoint end_point((*addresses)[i], route.dial.port);
    auto peer = peer_name(route, end_point);
    const auto now = async::Clock::now();
    const auto share = now + (deadline - now) / static_cast<std::ptrdiff_t>(addresses->size() - i);
    const auto what = "cannot connect to " + peer;
    auto socket = co_await async::with_deadline(share, what, connect_to(end_point, what));
    if (socket) co_return Connection{.transport = make_plain_transport(std::move(**socket)), .peer = std::move(peer)};
    last = socket.error();
  }
  co_return fail(std::move(last));
}

async::awaitable<Result<void>> shake_hands(TlsTransport& tls, std::string what) {
  const auto error = co_await tls.handshake(TlsRole::Client);
  if (error) co_return fail(ErrorKind::Unavailable, what + ": " + handshake_reason(tls.native_handle(), error));
  co_return Result<void>();
}

async::awaitable<Result<Connection>> secure(Connection plain, const Route& route, async::Deadline deadline) {
  const auto what = fmt::format("cannot make a TLS connection to {} as {}", plain.peer, printable(route.tls_name));
  auto context = route.tls();
  if (!context) co_return fail(ErrorKind::Invalid, what + ": its TLS trust cannot be set up");
  auto tls = make_tls_transport(std::move(plain.transport->socket()), std::move(context));
  if (const auto expected = expect_peer(tls->native_handle(), route.tls_name); !expected)
    co_return fail(expected.error());
  resume_session(tls->native_handle(), route.tls_name);
  const auto shaken = co_await async::with_deadline(deadline, what, shake_hands(*tls, what));
  if (!shaken) co_return fail(shaken.error());
  co_return Connection{.transport = std::move(tls), .peer = std::move(plain.peer)};
}

}  // namespace

async::awaitable<Result<Connection>> dial(Resolver& resolver, Route route, async::Deadline deadline) {
  auto connection = co_await connect_tcp(resolver, route, deadline);
  if (!connection) co_return fail(connection.error());
  if (route.proxy) {
    const auto what = "cannot get through to " + connection->peer;
    const auto through = co_await async::with_deadline(
        deadline, what, connect_through(*connection->transport, *route.proxy, route.target, what));
    if (!through) co_return fail(through.error());
  }
  if (!route.tls) co_return connection;
  auto secured = co_await secure(std::move(*connection), route, deadline);
  co_return secured;
}

}  // namespace acr::http
