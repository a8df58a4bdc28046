// SPDX-License-Identifier: Apache-2.0
#include "tests/component/http/client_world.hpp"

namespace acr::http::tests {

ClientWorld::ClientWorld(ClientOptions options)
    : resolver(make_cares_resolver(io.get_executor())),
      client(make_beast_client(io.get_executor(), *resolver, std::move(options))) {}

Result<Response> ClientWorld::get(const Origin& origin, std::chrono::milliseconds limit) {
  return send(origin, {}, limit);
}

Result<Response> ClientWorld::send(const Origin& origin, Request request, std::chrono::milliseconds limit) {
  return fakes::run(io, client->fetch(origin, std::move(request), {.deadline = async::deadline_in(limit)}));
}

Result<std::unique_ptr<ResponseStream>> ClientWorld::open(const Origin& origin, std::chrono::milliseconds limit) {
  return fakes::run(io, client->open(origin, {}, {.deadline = async::deadline_in(limit)}));
}

Result<std::string> ClientWorld::read(ResponseStream& stream, std::chrono::milliseconds limit) {
  return fakes::run(io, stream.read_some(async::deadline_in(limit)));
}

std::uint16_t closed_port() {
  boost::asio::io_context io;
  using boost::asio::ip::tcp;
  return tcp::acceptor(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)).local_endpoint().port();
}

}  // namespace acr::http::tests
