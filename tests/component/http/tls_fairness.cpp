// SPDX-License-Identifier: Apache-2.0
// A TLS peer that always has something for us must not take the only thread for itself.
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>

#include "common/async/sleep.hpp"
#include "common/async/task_group.hpp"
#include "common/http/transport.hpp"
#include "tests/fakes/certificates.hpp"
#include "tests/fakes/run.hpp"

using namespace acr;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

constexpr std::size_t kBytes = 16 * 1024;  // one TLS record: once it is there, reading it never waits for the socket

struct Pair {
  std::unique_ptr<http::TlsTransport> client;
  std::unique_ptr<http::TlsTransport> server;
};

Pair connect(asio::io_context& io, const fakes::Authority& authority) {
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  http::Socket near(io);
  near.connect(acceptor.local_endpoint());
  return {.client = http::make_tls_transport(std::move(near), fakes::trust_in(authority)()),
          .server = http::make_tls_transport(acceptor.accept(), fakes::server_tls(authority))};
}

async::awaitable<void> send_all(http::TlsTransport& server) {
  const std::string bytes(kBytes, 'x');
  const auto shaken = co_await server.handshake(http::TlsRole::Server);
  REQUIRE_FALSE(shaken);
  const auto written = co_await server.write(bytes);
  REQUIRE_FALSE(written.error);
}

async::awaitable<void> read_one(http::TlsTransport& client) {
  char space[1];
  const auto read = co_await client.read_some(space);
  REQUIRE(read.bytes == 1);
}

async::awaitable<void> open_client(http::TlsTransport& client) {
  const auto shaken = co_await client.handshake(http::TlsRole::Client);
  REQUIRE_FALSE(shaken);
  co_await read_one(client);
}

async::awaitable<void> read_rest(http::TlsTransport& client) {
  for (std::size_t i = 1; i < kBytes; ++i) co_await read_one(client);
}

async::awaitable<void> tick(int& ticks) {
  for (;; ++ticks) co_await async::sleep_for(0ms);
}

}  // namespace

TEST_CASE("timers go on beside a TLS peer that always has more bytes") {
  asio::io_context io{1};
  const fakes::Authority authority("ca");
  auto pair = connect(io, authority);
  async::TaskGroup tasks(io.get_executor());
  tasks.spawn("send", send_all(*pair.server));
  fakes::run(io, open_client(*pair.client));
  int ticks = 0;
  tasks.spawn("tick", tick(ticks));
  fakes::run(io, async::sleep_for(1ms));

  const int before = ticks;
  fakes::run(io, read_rest(*pair.client));
  const int meanwhile = ticks - before;
  fakes::run(io, tasks.stop());

  CHECK(meanwhile > 100);
}
