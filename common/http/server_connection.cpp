// SPDX-License-Identifier: Apache-2.0
#include "common/http/server_connection.hpp"

#include <string.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <new>
#include <variant>

#include "common/async/with_deadline.hpp"
#include "common/base/log.hpp"
#include "common/base/text.hpp"
#include "common/http/reader.hpp"
#include "common/http/routes.hpp"
#include "common/http/wire.hpp"

namespace acr::http {
namespace {

using async::deadline_in;

/// How long a peer that was refused may go on sending before the connection is cut; closing at once would reset it and
/// take our answer away with it.
constexpr std::chrono::seconds kLinger{2};

async::awaitable<Result<std::monostate>> shake_hands(TlsTransport& tls) {
  const auto error = co_await tls.handshake(TlsRole::Server);
  if (error) co_return fail(ErrorKind::Unavailable, "handshake failed: " + reason(error));
  co_return std::monostate{};
}

async::awaitable<std::unique_ptr<Transport>> admit(const ServerRules& rules, Socket socket) {
  if (!rules.options.tls) co_return make_plain_transport(std::move(socket));
  const auto context = rules.options.tls();
  if (!context) co_return nullptr;
  auto tls = make_tls_transport(std::move(socket), context);
  const auto shaken =
      co_await async::with_deadline(deadline_in(rules.options.handshake_limit), "handshake", shake_hands(*tls));
  if (shaken) co_return std::move(tls);
  log::debug("a TLS handshake failed", {log::kv("error", shaken.error().message)});
  co_return nullptr;
}

/// A handler that breaks its promise not to throw costs its caller the answer, not everybody the server.
async::awaitable<Response> answer(const Handler& handler, const Request& request) {
  try {
    co_return co_await handler(request);
  } catch (const boost::system::system_error& failure) {
    if (failure.code() == boost::asio::error::operation_aborted) throw;
    log::error("a request handler failed", {log::kv("error", failure.what())});
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& failure) {
    log::error("a request handler failed", {log::kv("error", failure.what())});
  }
  co_return text_response(500, "internal error\n");
}

class ConnectionLoop {
 public:
  ConnectionLoop(const ServerRules& rules, std::unique_ptr<Transport> transport)
      : rules_(rules), transport_(std::move(transport)) {}
  ~ConnectionLoop() { explicit_bzero(space_.data(), space_.size()); }
  ConnectionLoop(const ConnectionLoop&) = delete;
  ConnectionLoop& operator=(const ConnectionLoop&) = delete;

  async::awaitable<void> run() {
    for (;;) {
      const auto again = co_await serve_one();
      if (!again) co_return;
    }
  }

 private:
  using Read = Result<std::monostate>;

  async::awaitable<bool> serve_one();
  async::awaitable<Read> receive(RequestReader& reader);
  async::awaitable<Read> receive_header(RequestReader& reader);
  async::awaitable<Read> receive_body(RequestReader& reader);
  async::awaitable<Read> read_into(RequestReader& reader);
  async::awaitable<Read> send(std::string bytes);
  async::awaitable<void> close_gently();
  async::awaitable<Read> drain();

  const ServerRules& rules_;
  std::unique_ptr<Transport> transport_;
  std::string rest_;                    ///< bytes of the next request that came with the last one
  std::optional<Rejection> rejection_;  ///< why the current request is refused
  std::array<char, 16 * 1024> space_;
};

async::awaitable<bool> ConnectionLoop::serve_one() {
  RequestReader reader({.header = rules_.options.max_header, .body = rules_.options.max_body});
  const auto received = co_await receive(reader);
  if (!received && !rejection_) co_return false;
  Response response;
  auto after = AfterResponse::Close;
  auto body = BodyOnWire::Sent;
  if (rejection_) {
    log::debug("a request was refused", {log::kv("status", rejection_->status), log::kv("reason", rejection_->reason)});
    response = text_response(rejection_->status, rejection_->reason + "\n");
  } else {
    const bool keeps_alive = reader.keeps_alive();
    rest_ = reader.take_rest();
    const auto request = reader.take_request();
    response = co_await answer(rules_.handler, request);
    if (keeps_alive && !rules_.draining && !equals_ignore_case(response.headers.get("Connection"), "close"))
      after = AfterResponse::KeepOpen;
    if (request.method == "HEAD") body = BodyOnWire::Omitted;
  }
  const auto sent = co_await async::with_deadline(deadline_in(rules_.options.write_limit), "write",
                                                  send(response_bytes(response, after, body)));
  if (!sent) co_return false;
  if (after == AfterResponse::Close) co_await close_gently();
  co_return after == AfterResponse::KeepOpen;
}

/// The three waits of a request: for its first byte, its header, its body, each with its own limit (ADM-5).
async::awaitable<ConnectionLoop::Read> ConnectionLoop::receive(RequestReader& reader) {
  const auto& options = rules_.options;
  if (rest_.empty()) {
    const auto first = co_await async::with_deadline(deadline_in(options.idle_limit), "idle", read_into(reader));
    if (!first) co_return fail(first.error());
  } else {
    rejection_ = reader.feed(std::exchange(rest_, {}));
    if (rejection_) co_return fail(ErrorKind::Protocol, rejection_->reason);
  }
  const auto header =
      co_await async::with_deadline(deadline_in(options.header_limit), "header", receive_header(reader));
  if (!header) co_return fail(header.error());
  co_return co_await async::with_deadline(deadline_in(options.body_limit), "body", receive_body(reader));
}

async::awaitable<ConnectionLoop::Read> ConnectionLoop::receive_header(RequestReader& reader) {
  while (!reader.header_done()) {
    const auto read = co_await read_into(reader);
    if (!read) co_return fail(read.error());
  }
  co_return std::monostate{};
}

async::awaitable<ConnectionLoop::Read> ConnectionLoop::receive_body(RequestReader& reader) {
  if (!reader.done() && reader.expects_continue()) {
    const auto sent = co_await send("HTTP/1.1 100 Continue\r\n\r\n");
    if (!sent) co_return fail(sent.error());
  }
  while (!reader.done()) {
    const auto read = co_await read_into(reader);
    if (!read) co_return fail(read.error());
  }
  co_return std::monostate{};
}

async::awaitable<ConnectionLoop::Read> ConnectionLoop::read_into(RequestReader& reader) {
  const auto read = co_await transport_->read_some(space_);
  if (read.error) co_return fail(ErrorKind::Unavailable, reason(read.error));
  rejection_ = reader.feed({space_.data(), read.bytes});
  if (rejection_) co_return fail(ErrorKind::Protocol, rejection_->reason);
  co_return std::monostate{};
}

async::awaitable<ConnectionLoop::Read> ConnectionLoop::send(std::string bytes) {
  const auto written = co_await transport_->write(bytes);
  if (written.error) co_return fail(ErrorKind::Unavailable, reason(written.error));
  co_return std::monostate{};
}

async::awaitable<void> ConnectionLoop::close_gently() {
  co_await async::with_deadline(deadline_in(std::min(kLinger, rules_.options.write_limit)), "close", drain());
}

/// Ends our direction, then reads away what the peer was still sending.
async::awaitable<ConnectionLoop::Read> ConnectionLoop::drain() {
  co_await transport_->finish();
  for (;;) {
    const auto [error, bytes] =
        co_await transport_->socket().async_read_some(boost::asio::buffer(space_), async::as_value);
    if (error == boost::asio::error::operation_aborted) throw boost::system::system_error(error);
    if (error) co_return std::monostate{};
  }
}

}  // namespace

async::awaitable<void> serve_connection(const ServerRules& rules, Socket socket) {
  tune(socket);
  auto transport = co_await admit(rules, std::move(socket));
  if (!transport) co_return;
  ConnectionLoop loop(rules, std::move(transport));
  co_await loop.run();
}

}  // namespace acr::http
