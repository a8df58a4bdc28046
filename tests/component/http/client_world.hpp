// SPDX-License-Identifier: Apache-2.0
// What the client's tests share: a loop, a resolver and one client.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "common/http/beast_client.hpp"
#include "tests/fakes/run.hpp"
#include "tests/fakes/scripted_peer.hpp"

namespace acr::http::tests {

struct ClientWorld {
  explicit ClientWorld(ClientOptions options = {.user_agent = "test"});

  /// A GET of "/" from `origin`.
  Result<Response> get(const Origin& origin, std::chrono::milliseconds limit = std::chrono::seconds(5));
  Result<Response> send(const Origin& origin, Request request,
                        std::chrono::milliseconds limit = std::chrono::seconds(5));
  Result<std::unique_ptr<ResponseStream>> open(const Origin& origin,
                                               std::chrono::milliseconds limit = std::chrono::seconds(5));
  Result<std::string> read(ResponseStream& stream, std::chrono::milliseconds limit = std::chrono::seconds(5));

  boost::asio::io_context io{1};
  std::unique_ptr<Resolver> resolver;
  std::unique_ptr<Client> client;
};

/// A port of the loopback on which nobody listens.
std::uint16_t closed_port();

}  // namespace acr::http::tests
