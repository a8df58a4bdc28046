// SPDX-License-Identifier: Apache-2.0
// TST-1 on real sockets: the bytes of HTTP answers, their heads and chunks included, cut at every offset, and
// connections that are reset, end or fall silent there.
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include "common/http/beast_client.hpp"
#include "common/http/transport.hpp"
#include "tests/component/kube/faulty_life.hpp"

namespace acr::kube::test {

using namespace std::chrono_literals;

namespace {

namespace asio = boost::asio;

/// Serves the API server in memory on a port of the loopback. Its `victim`-th answer has a fault after `at` bytes.
class SocketFront {
 public:
  SocketFront(Fixture& test, std::size_t victim, std::size_t at, Fault fault)
      : io_(test.io),
        server_(test.server),
        victim_(victim),
        left_(at),
        fault_(fault),
        acceptor_(io_, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        tasks_(io_) {
    tasks_.group.spawn("accept", accept_all());
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  bool reached = false;

 private:
  async::awaitable<void> accept_all() {
    for (;;) {
      auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
      http::tune(socket);
      tasks_.group.spawn("serve", serve(http::make_plain_transport(std::move(socket))));
    }
  }

  async::awaitable<void> serve(std::unique_ptr<http::Transport> connection) {
    for (;;) {
      const auto target = co_await read_target(*connection);
      if (target.empty()) co_return;
      const bool on = co_await answer(*connection, target, answers_++ == victim_);
      if (!on) co_return;
    }
  }

  /// Empty at the client's end.
  static async::awaitable<std::string> read_target(http::Transport& connection) {
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
      char space[4096];
      const auto read = co_await connection.read_some(space);
      if (read.error) co_return std::string();
      head.append(space, read.bytes);
    }
    const auto start = head.find(' ') + 1;
    co_return head.substr(start, head.find(' ', start) - start);
  }

  async::awaitable<bool> answer(http::Transport& connection, std::string target, bool is_victim) {
    auto opened = co_await server_.open({}, {.target = std::move(target)}, {.deadline = async::deadline_in(1h)});
    auto& stream = **opened;
    auto bytes = "HTTP/1.1 " + std::to_string(stream.status()) + " Any\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (bool ended = false;;) {
      const bool sent = co_await send(connection, bytes, is_victim);
      if (!sent || ended) co_return sent;
      const auto piece = co_await stream.read_some(async::deadline_in(1h));
      if (!piece) co_return false;
      ended = piece->empty();
      bytes = ended ? "0\r\n\r\n" : fmt::format("{:x}\r\n{}\r\n", piece->size(), *piece);
    }
  }

  async::awaitable<bool> send(http::Transport& connection, std::string_view bytes, bool is_victim) {
    if (is_victim && !reached && bytes.size() > left_) {
      reached = true;
      const auto written = co_await connection.write(bytes.substr(0, left_));
      if (written.error) co_return false;
      bytes.remove_prefix(left_);
      if (fault_ != Fault::Cut) co_return co_await do_harm(connection);
      for (int turns = 0; turns < 3; ++turns) co_await asio::post(io_, asio::use_awaitable);  // the client reads
    } else if (is_victim) {
      left_ -= std::min(left_, bytes.size());
    }
    const auto written = co_await connection.write(bytes);
    co_return !written.error;
  }

  async::awaitable<bool> do_harm(http::Transport& connection) {
    if (fault_ == Fault::Lost) connection.socket().set_option(asio::socket_base::linger(true, 0));
    if (fault_ != Fault::Silent) connection.socket().close();
    char space[4096];
    for (auto read = http::Progress{}; !read.error;) read = co_await connection.read_some(space);
    co_return false;
  }

  asio::io_context& io_;
  fakes::ApiServer& server_;
  std::size_t victim_;
  std::size_t left_;  ///< bytes before the fault
  Fault fault_;
  std::size_t answers_ = 0;
  asio::ip::tcp::acceptor acceptor_;
  Tasks tasks_;
};

/// False if the answer is shorter than `at` bytes.
bool live_on(Lists lists, std::size_t victim, std::size_t at, Fault fault) {
  Fixture test;
  SocketFront front(test, victim, at, fault);
  auto resolver = http::make_cares_resolver(test.io.get_executor());
  const auto http = http::make_beast_client(test.io.get_executor(), *resolver, {.user_agent = "test"});
  Cluster cluster({.origin = {"http", "127.0.0.1", front.port()}}, no_files());
  live(test, cluster, *http, lists, fault);
  return front.reached;
}

}  // namespace

TEST_CASE("TST-1: a list in pages, its watch and a streamed list survive any fault at any byte on the wire") {
  live_through_everything(live_on, 41);
}

}  // namespace acr::kube::test
