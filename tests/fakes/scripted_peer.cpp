// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/scripted_peer.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/system_error.hpp>

#include "common/base/text.hpp"

namespace acr::fakes {
namespace {

namespace asio = boost::asio;

/// The length of the request at the start of `bytes`, or 0 if it is not complete.
std::size_t complete_length(const std::string& bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return 0;
  const auto header = to_lower(bytes.substr(0, end));
  const auto field = header.find("content-length: ");
  const auto body = field == std::string::npos ? 0 : std::stoul(header.substr(field + 16));
  return bytes.size() >= end + 4 + body ? end + 4 + body : 0;
}

}  // namespace

struct ScriptedPeer::Played {
  std::unique_ptr<http::Transport> transport;
  std::string unread;  ///< bytes after the last request read
};

ScriptedPeer::ScriptedPeer(asio::io_context& io, std::vector<Script> scripts, http::TlsContext tls, Tls when)
    : io_(io),
      scripts_(std::move(scripts)),
      tls_(std::move(tls)),
      when_(when),
      acceptor_(io, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      changed_(io.get_executor()),
      tasks_(io.get_executor()) {
  tasks_.spawn("accept", accept_all());
}

ScriptedPeer::~ScriptedPeer() {
  tasks_.cancel();
  io_.restart();
  while (tasks_.size() > 0 && io_.run_one_for(std::chrono::seconds(5)) > 0) {
  }
}

http::Origin ScriptedPeer::origin(const std::string& host) const {
  return {.scheme = tls_ ? "https" : "http", .host = host, .port = port()};
}

void ScriptedPeer::go() {
  ++allowed_;
  changed_.notify_all();
}

async::awaitable<void> ScriptedPeer::wait_closed() {
  while (open() > 0) co_await changed_.wait_until(async::deadline_in(std::chrono::milliseconds(5)));
}

async::awaitable<void> ScriptedPeer::accept_all() {
  for (;;) {
    auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
    tasks_.spawn("peer", play(std::move(socket), accepted_++));
  }
}

async::awaitable<void> ScriptedPeer::play(http::Socket socket, std::size_t number) {
  http::tune(socket);
  Played played;
  played.transport = http::make_plain_transport(std::move(socket));
  if (tls_ && when_ == Tls::AtOnce) {
    const bool secure = co_await play_step(played, step::StartTls{});
    if (!secure) co_return;
  }
  const auto script = scripts_.at(std::min(number, scripts_.size() - 1));
  for (const auto& step : script) {
    const bool on = co_await play_step(played, step);
    if (!on) co_return;
  }
}

async::awaitable<bool> ScriptedPeer::play_step(Played& played, Step step) {
  auto& transport = *played.transport;
  if (std::holds_alternative<step::ReadRequest>(step)) co_return co_await read_request(played);
  if (const auto* what = std::get_if<step::Send>(&step)) co_return co_await send(played, *what);
  if (std::holds_alternative<step::StartTls>(step)) {
    auto secure = http::make_tls_transport(std::move(transport.socket()), tls_);
    const auto error = co_await secure->handshake(http::TlsRole::Server);
    played.transport = std::move(secure);
    co_return !error;
  }
  if (std::holds_alternative<step::Await>(step)) {
    while (allowed_ == 0) co_await changed_.wait();
    --allowed_;
    co_return true;
  }
  if (std::holds_alternative<step::Reset>(step)) {
    transport.socket().set_option(asio::socket_base::linger(true, 0));
    transport.socket().close();
    co_return false;
  }
  if (std::holds_alternative<step::Truncate>(step)) transport.socket().shutdown(http::Socket::shutdown_send);
  if (std::holds_alternative<step::Close>(step) || std::holds_alternative<step::HalfClose>(step))
    co_await transport.finish();
  if (std::holds_alternative<step::Close>(step)) co_return false;
  // The rest waits for the client's end, whatever it still sends.
  char space[4096];
  for (;;) {
    const auto read = co_await transport.read_some(space);
    if (read.error) co_return false;
  }
}

async::awaitable<bool> ScriptedPeer::read_request(Played& played) {
  char space[4096];
  std::size_t length = 0;
  while ((length = complete_length(played.unread)) == 0) {
    const auto read = co_await played.transport->read_some(space);
    if (read.error) co_return false;
    played.unread.append(space, read.bytes);
  }
  requests_.push_back(played.unread.substr(0, length));
  played.unread.erase(0, length);
  co_return true;
}

async::awaitable<bool> ScriptedPeer::send(Played& played, step::Send what) {
  const auto piece = what.piece == 0 ? what.bytes.size() : what.piece;
  for (std::size_t at = 0; at < what.bytes.size(); at += piece) {
    const std::span<const char> rest(what.bytes);
    const auto written = co_await played.transport->write(rest.subspan(at, std::min(piece, rest.size() - at)));
    if (written.error) co_return false;
    if (what.piece > 0) co_await asio::post(io_, asio::use_awaitable);
  }
  co_return true;
}

std::string ok_response(const std::string& body, const std::string& more_headers) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more_headers + "\r\n" + body;
}

Script answers(const std::string& response, std::size_t times) {
  Script script;
  for (std::size_t i = 0; i < times; ++i) {
    script.emplace_back(step::ReadRequest{});
    script.emplace_back(step::Send{.bytes = response});
  }
  script.emplace_back(step::Stall{});
  return script;
}

}  // namespace acr::fakes
