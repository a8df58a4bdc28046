// SPDX-License-Identifier: Apache-2.0
#include "common/http/server_connection.hpp"

#include <string.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <new>
#include <span>
#include <variant>

#include "common/async/with_deadline.hpp"
#include "common/base/log.hpp"
#include "common/base/text.hpp"
#include "common/http/request_reader.hpp"
#include "common/http/routes.hpp"
#include "common/http/wire.hpp"

namespace acr::http {
namespace {

using async::deadline_in;

/// How long a peer that was refused may go on sending before the connection is cut; closing at once would reset it and
/// take our answer away with it.
constexpr std::chrono::seconds kLinger{2};

async::awaitable<std::unique_ptr<Transport>> admit(ServerRules& rules, Socket socket) {
  if (!rules.options.tls) co_return make_plain_transport(std::move(socket));
  const auto context = rules.options.tls();
  if (!context) co_return nullptr;
  auto tls = make_tls_transport(std::move(socket), context);
  tls->expiry().set(deadline_in(rules.options.handshake_limit));
  const auto error = co_await tls->handshake(TlsRole::Server);
  if (!error) co_return std::move(tls);
  log::debug("a TLS handshake failed", {log::kv("error", reason(error))});
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
  ConnectionLoop(ServerRules& rules, std::unique_ptr<Transport> transport)
      : rules_(rules), transport_(std::move(transport)), body_(rules.bodies) {}
  ConnectionLoop(const ConnectionLoop&) = delete;
  ConnectionLoop& operator=(const ConnectionLoop&) = delete;

  async::awaitable<void> run() {
    for (;;) {
      const auto again = co_await serve_one();
      if (!again) co_return;
    }
  }

 private:
  /// Whether the connection is still good: what has gone wrong is of no use to anybody.
  enum class State { Good, Broken };

  async::awaitable<bool> serve_one();
  async::awaitable<State> receive(RequestReader& reader);
  async::awaitable<State> read_into(RequestReader& reader);
  async::awaitable<State> send(std::string bytes);
  async::awaitable<void> close_gently();
  async::awaitable<Result<std::monostate>> drain();
  State take(RequestReader& reader, std::string_view bytes);
  Response refusal();

  /// What is waited for from now on ends by itself after `limit`.
  void allow(std::chrono::seconds limit) { transport_->expiry().set(deadline_in(limit)); }
  void allow_forever() { transport_->expiry().set(async::Deadline::max()); }

  ServerRules& rules_;
  std::unique_ptr<Transport> transport_;
  BodySpace::Share body_;
  std::string rest_;                    ///< bytes of the next request that came with the last one
  std::optional<Rejection> rejection_;  ///< why the current request is refused
};

async::awaitable<bool> ConnectionLoop::serve_one() {
  std::optional<RequestReader> reader(
      std::in_place, MessageLimits{.header = rules_.options.max_header, .body = rules_.options.max_body});
  const auto received = co_await receive(*reader);
  if (received == State::Broken && !rejection_) co_return false;
  Response response;
  auto after = AfterResponse::Close;
  auto body = BodyOnWire::Sent;
  if (rejection_) {
    reader.reset();  // a client that does not read its answer must not keep what it sent in our memory
    response = refusal();
  } else {
    const bool keeps_alive = reader->keeps_alive();
    rest_ = reader->take_rest();
    const auto request = reader->take_request();
    allow_forever();  // the handler has limits of its own
    response = co_await answer(rules_.handler, request);
    if (keeps_alive && !rules_.draining && !equals_ignore_case(response.headers.get("Connection"), "close"))
      after = AfterResponse::KeepOpen;
    if (request.method == "HEAD") body = BodyOnWire::Omitted;
  }
  body_.release();
  allow(rules_.options.write_limit);
  const auto sent = co_await send(response_bytes(response, after, body));
  if (sent == State::Broken) co_return false;
  if (after == AfterResponse::Close) co_await close_gently();
  co_return after == AfterResponse::KeepOpen;
}

Response ConnectionLoop::refusal() {
  log::debug("a request was refused", {log::kv("status", rejection_->status), log::kv("reason", rejection_->reason)});
  auto response = text_response(rejection_->status, rejection_->reason + "\n");
  // An API server asks again then, and usually another replica (ADM-10).
  if (rejection_->status == 503) response.headers.set("Retry-After", "1");
  return response;
}

/// The three waits of a request: for its first byte, its header, its body, each with its own limit (ADM-5).
async::awaitable<ConnectionLoop::State> ConnectionLoop::receive(RequestReader& reader) {
  const auto& options = rules_.options;
  auto state = State::Good;
  if (rest_.empty()) {
    allow(options.idle_limit);
    state = co_await read_into(reader);
  } else {
    state = take(reader, std::exchange(rest_, {}));
  }
  if (state == State::Good && !reader.header_done()) allow(options.header_limit);
  while (state == State::Good && !reader.header_done()) state = co_await read_into(reader);
  if (state == State::Broken || reader.done()) co_return state;
  allow(options.body_limit);
  if (reader.expects_continue()) state = co_await send("HTTP/1.1 100 Continue\r\n\r\n");
  while (state == State::Good && !reader.done()) state = co_await read_into(reader);
  co_return state;
}

async::awaitable<ConnectionLoop::State> ConnectionLoop::read_into(RequestReader& reader) {
  const auto space = reading_space();
  const auto read = co_await transport_->read_some(space);
  if (read.error) co_return State::Broken;
  const auto state = take(reader, {space.data(), read.bytes});
  explicit_bzero(space.data(), read.bytes);
  co_return state;
}

ConnectionLoop::State ConnectionLoop::take(RequestReader& reader, std::string_view bytes) {
  rejection_ = reader.feed(bytes);
  if (!rejection_ && !body_.hold(reader.buffered())) {
    rules_.no_room.tell(log::kv("bytes", reader.buffered()));
    rejection_ = {503, "overloaded"};
  }
  return rejection_ ? State::Broken : State::Good;
}

async::awaitable<ConnectionLoop::State> ConnectionLoop::send(std::string bytes) {
  const auto written = co_await transport_->write(bytes);
  co_return written.error ? State::Broken : State::Good;
}

async::awaitable<void> ConnectionLoop::close_gently() {
  allow_forever();
  co_await async::with_deadline(deadline_in(std::min(kLinger, rules_.options.write_limit)), "close", drain());
}

/// Ends our direction, then reads away what the peer was still sending.
async::awaitable<Result<std::monostate>> ConnectionLoop::drain() {
  co_await transport_->finish();
  std::array<char, 1024> space;
  for (;;) {
    const auto [error, bytes] =
        co_await transport_->socket().async_read_some(boost::asio::buffer(space), async::as_value);
    if (error == boost::asio::error::operation_aborted) throw boost::system::system_error(error);
    if (error) co_return std::monostate{};
  }
}

}  // namespace

async::awaitable<void> serve_connection(ServerRules& rules, Socket socket) {
  tune(socket);
  auto transport = co_await admit(rules, std::move(socket));
  if (!transport) co_return;
  ConnectionLoop loop(rules, std::move(transport));
  co_await loop.run();
}

}  // namespace acr::http
