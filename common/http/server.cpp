// SPDX-License-Identifier: Apache-2.0
#include "common/http/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <exception>

#include "common/async/sleep.hpp"
#include "common/async/task_group.hpp"
#include "common/base/log.hpp"
#include "common/http/listener.hpp"
#include "common/http/server_connection.hpp"

namespace acr::http {
namespace {

namespace asio = boost::asio;

/// Out of descriptors or memory, accepting again at once would only spin (CPP-8).
constexpr std::chrono::milliseconds kAcceptPause{50};

class ListeningServer final : public Server {
 public:
  ListeningServer(const async::Executor& executor, asio::ip::tcp::acceptor acceptor, ServerOptions options,
                  Handler handler)
      : rules_(std::move(options), std::move(handler)),
        acceptor_(std::move(acceptor)),
        port_(bound_port(acceptor_)),
        connections_(executor) {}

  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] std::size_t connections() const override { return connections_.size(); }
  void start_draining() override { rules_.draining = true; }
  void stop_accepting() override {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
  }

  async::awaitable<void> serve() override;

 private:
  static std::uint16_t bound_port(const asio::ip::tcp::acceptor& acceptor) {
    boost::system::error_code ignored;
    return acceptor.local_endpoint(ignored).port();
  }
  async::awaitable<void> accept_all();
  void start(asio::ip::tcp::socket socket);

  ServerRules rules_;
  RareWarning too_many_{"a connection was refused: too many are open"};
  asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  async::TaskGroup connections_;
};

async::awaitable<void> ListeningServer::serve() {
  std::exception_ptr ended;
  try {
    co_await accept_all();
    co_await connections_.join();
  } catch (...) {
    ended = std::current_exception();
  }
  if (!ended) co_return;
  stop_accepting();
  // The cancellation that ended us would end the wait for our connections too; they are stopped, so the wait is short.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await connections_.stop();
  std::rethrow_exception(ended);
}

async::awaitable<void> ListeningServer::accept_all() {
  while (acceptor_.is_open()) {
    auto [error, socket] = co_await acceptor_.async_accept(async::as_value);
    co_await async::throw_if_cancelled();
    if (!error) {
      start(std::move(socket));
    } else if (acceptor_.is_open()) {
      log::warn("cannot accept a connection",
                {log::kv("error", reason(error)), log::kv("connections", connections_.size())});
      co_await async::sleep_for(kAcceptPause);
    }
  }
}

void ListeningServer::start(asio::ip::tcp::socket socket) {
  if (connections_.size() >= rules_.options.max_connections) {
    too_many_.tell(log::kv("limit", rules_.options.max_connections));
    return;
  }
  connections_.spawn("http connection", serve_connection(rules_, std::move(socket)));
}

}  // namespace

Result<std::unique_ptr<Server>> make_server(async::Executor executor, ServerOptions options, Handler handler) {
  auto acceptor = listen_on(executor, options.bind_address);
  if (!acceptor) return fail(acceptor.error());
  std::unique_ptr<Server> server =
      std::make_unique<ListeningServer>(executor, std::move(*acceptor), std::move(options), std::move(handler));
  return server;
}

}  // namespace acr::http
