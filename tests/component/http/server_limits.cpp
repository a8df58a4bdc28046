// SPDX-License-Identifier: Apache-2.0
// Clients that send too much, too slowly or from too many connections (SEC-7, ADM-4, ADM-5).
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "common/async/notifier.hpp"
#include "tests/component/http/server_world.hpp"

using namespace acr;
using namespace acr::http::tests;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Statuses = std::vector<std::string>;

namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kLastGet = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

async::awaitable<http::Response> answer_after(async::Notifier& go) {
  co_await go.wait();
  co_return http::Response{};
}

}  // namespace

TEST_CASE("a header or body over its limit is refused with its own status (SEC-7)") {
  ServerWorld world({.max_header = 1024, .max_body = 10});

  CHECK(status_lines(world.talk("GET /" + std::string(2000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n")) == Statuses{"431"});
  CHECK(status_lines(world.talk("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(2000, 'x'))) == Statuses{"431"});
  CHECK(status_lines(world.talk("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n")) == Statuses{"413"});
  CHECK(status_lines(world.talk("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n")) ==
        Statuses{"400"});
  CHECK(status_lines(world.talk(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n")) ==
        Statuses{"413"});
  CHECK(world.requests.empty());
}

TEST_CASE("an endless chunk extension is refused") {
  ServerWorld world({.max_header = 1024});

  const auto answer =
      world.talk("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(100000, 'x'));

  CHECK(status_lines(answer) == Statuses{"400"});
}

TEST_CASE(
    "bodies over what all may hold are refused with 503, small ones are served beside them, and room comes back with "
    "the answer (ADM-10)") {
  async::Notifier* answers = nullptr;
  ServerWorld world({.own_body_space = 64 * 1024, .shared_body_space = 1024 * 1024}, [&](const http::Request& request) {
    return request.body.size() > 100'000 ? answer_after(*answers)
                                         : http::answer_with(http::text_response(200, "small"));
  });
  async::Notifier go(world.io.get_executor());
  answers = &go;
  const auto post = [](std::size_t size) {
    return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
           std::string(size, 'x');
  };
  auto hog = world.connect();
  world.run(hog.write(post(900'000)));
  world.run_until([&] { return world.requests.size() == 1; });

  const auto refused = world.talk(post(900'000));

  CHECK(status_lines(refused) == Statuses{"503"});
  CHECK_THAT(refused, Contains("\r\nRetry-After: 1\r\n") && Contains("\r\nConnection: close\r\n"));
  auto small = world.connect();
  world.run(small.write(post(20'000)));
  CHECK_THAT(world.run(small.read_until("small")), Contains("200 OK"));
  CHECK(world.requests.size() == 2);

  go.notify_all();
  CHECK_THAT(world.run(hog.read_until("\r\n\r\n")), Contains("200 OK"));
  world.run(small.write(post(900'000)));  // on a connection that has served before
  world.run_until([&] { return world.requests.size() == 3; });
  go.notify_all();
  CHECK_THAT(world.run(small.read_until("\r\n\r\n")), Contains("200 OK"));
}

TEST_CASE("a body at the limit is served") {
  ServerWorld world({.max_body = 10});

  CHECK(status_lines(
            world.talk("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\nConnection: close\r\n\r\n1234567890")) ==
        Statuses{"200"});
}

TEST_CASE("the limit for the header starts at its first byte, not in the idle time before (ADM-5)") {
  ServerWorld world({.header_limit = 1s, .idle_limit = 100s});
  auto quiet = world.connect();
  auto slow = world.connect();
  world.run(slow.write("GET / HTTP/1.1\r\nHo"));
  const auto start = async::Clock::now();

  CHECK(world.run(slow.read_all()).empty());

  CHECK(async::Clock::now() - start > 900ms);
  world.run(quiet.write(kLastGet));
  CHECK(status_lines(world.run(quiet.read_all())) == Statuses{"200"});
}

TEST_CASE("a body that does not come, an idle connection and one for which there is no TLS now are cut (SEC-7)") {
  const auto options = GENERATE(http::ServerOptions{.body_limit = 0s}, http::ServerOptions{.idle_limit = 0s},
                                http::ServerOptions{.tls = [] { return http::TlsContext(); }});
  ServerWorld world(options);
  auto client = world.connect();
  if (options.body_limit == 0s) world.run(client.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nab"));

  CHECK(world.run(client.read_all()).empty());
  world.run_until([&] { return world.server->connections() == 0; });
}

TEST_CASE("a client that does not read its answer is cut (SEC-7)") {
  ServerWorld world({.write_limit = 1s},
                    [](const http::Request&) { return http::answer_with({.body = std::string(64u << 20, 'x')}); });
  auto client = world.connect();
  world.run(client.write(kGet));

  world.run_until([&] { return world.requests.size() == 1 && world.server->connections() == 0; });

  CHECK(world.run(client.read_all()).size() < (64u << 20));
}

TEST_CASE("one connection more than allowed is closed at once, and its place is free again later (SEC-7)") {
  ServerWorld world({.max_connections = 2});
  auto first = world.connect();
  auto second = world.connect();
  world.run_until([&] { return world.server->connections() == 2; });
  auto third = world.connect();
  CHECK(world.run(third.read_all()).empty());

  first.socket().close();
  world.run_until([&] { return world.server->connections() == 1; });

  CHECK(status_lines(world.talk(kLastGet)) == Statuses{"200"});
  world.run(second.write(kLastGet));
  CHECK(status_lines(world.run(second.read_all())) == Statuses{"200"});
}

namespace {

/// Takes away all file descriptors of this process but those already open.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(next);
    const rlimit none{.rlim_cur = static_cast<rlim_t>(next), .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_ = {};
};

}  // namespace

TEST_CASE("running out of file descriptors is survived (CPP-8)") {
  ServerWorld world;
  boost::asio::ip::tcp::socket waiting(world.io);
  waiting.open(boost::asio::ip::tcp::v4());
  {
    const NoDescriptors none;
    waiting.connect({boost::asio::ip::address_v4::loopback(), world.server->port()});
    world.io.restart();
    world.io.run_for(60ms);
    CHECK(world.server->connections() == 0);
  }

  world.run_until([&] { return world.server->connections() == 1; });
  waiting.close();
  CHECK(status_lines(world.talk(kLastGet)) == Statuses{"200"});
}
