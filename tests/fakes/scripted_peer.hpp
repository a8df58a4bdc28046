// SPDX-License-Identifier: Apache-2.0
// A TCP or TLS server that does to its clients exactly what a script says, faults included. It lives in the test's own
// io_context and listens on a free port of the loopback.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "common/async/notifier.hpp"
#include "common/async/task_group.hpp"
#include "common/http/message.hpp"
#include "common/http/transport.hpp"

namespace acr::fakes {

namespace step {
struct ReadRequest {};  ///< header and Content-Length body, recorded in requests(); at the client's end the script ends
struct Send {
  std::string bytes;
  std::size_t piece = 0;  ///< written so many bytes at a time, with a turn of the loop between; 0 = at once
};
struct Stall {};      ///< says nothing more, until the client closes
struct Reset {};      ///< RST
struct Close {};      ///< the clean end, for TLS with close_notify
struct HalfClose {};  ///< the clean end of our direction only, then waits for the client's
struct Truncate {};   ///< FIN without close_notify
struct Await {        ///< waits until the test says go()
};
struct StartTls {};  ///< the server side of a TLS handshake, where the script began without (a proxy)
}  // namespace step

using Step = std::variant<step::ReadRequest, step::Send, step::Stall, step::Reset, step::Close, step::HalfClose,
                          step::Truncate, step::Await, step::StartTls>;
using Script = std::vector<Step>;

enum class Tls { AtOnce, WhenScripted };

class ScriptedPeer {
 public:
  /// The n-th connection plays the n-th script, later ones the last. With `tls` every connection starts with a
  /// handshake.
  ScriptedPeer(boost::asio::io_context& io, std::vector<Script> scripts, http::TlsContext tls = nullptr,
               Tls when = Tls::AtOnce);
  /// Ends all connections; runs the io_context until they have.
  ~ScriptedPeer();
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  [[nodiscard]] http::Origin origin(const std::string& host = "127.0.0.1") const;
  /// Every request read, as its bytes, over all connections.
  [[nodiscard]] const std::vector<std::string>& requests() const { return requests_; }
  /// Connections accepted so far, and those of them not yet over.
  [[nodiscard]] std::size_t accepted() const { return accepted_; }
  [[nodiscard]] std::size_t open() const { return tasks_.size() - 1; }
  /// Lets a script that waits at an Await go on.
  void go();
  /// Waits until no connection is open.
  async::awaitable<void> wait_closed();

 private:
  struct Played;
  async::awaitable<void> accept_all();
  async::awaitable<void> play(http::Socket socket, std::size_t number);
  async::awaitable<bool> play_step(Played& played, Step step);
  async::awaitable<bool> read_request(Played& played);
  async::awaitable<bool> send(Played& played, step::Send what);

  boost::asio::io_context& io_;
  std::vector<Script> scripts_;
  http::TlsContext tls_;
  Tls when_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<std::string> requests_;
  std::size_t accepted_ = 0;
  int allowed_ = 0;
  async::Notifier changed_;
  async::TaskGroup tasks_;
};

/// "HTTP/1.1 200 OK" with a Content-Length.
std::string ok_response(const std::string& body, const std::string& more_headers = "");
/// The script of a well-behaved server that answers every request of a connection alike, `times` times.
Script answers(const std::string& response, std::size_t times = 1);

}  // namespace acr::fakes
