// SPDX-License-Identifier: Apache-2.0
// Host names to addresses by c-ares, within the one thread: Asio's own resolver is a hidden thread that one dead name
// blocks for everybody, shutdown included.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <memory>
#include <string>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/base/error.hpp"

namespace acr::http {

/// Answers are cached for their TTL, at least 5 s and at most 5 min; /etc/hosts and resolv.conf are obeyed. Names are
/// looked up as absolute. An IP address is its own answer.
class Resolver {
 public:
  virtual ~Resolver() = default;
  /// The addresses of `host`, IPv4 first. Errors: Unavailable ("cannot resolve <host>: <why>"), Timeout.
  virtual async::awaitable<Result<std::vector<boost::asio::ip::address>>> resolve(std::string host,
                                                                                  async::Deadline deadline) = 0;
};

struct ResolverOptions {
  std::string servers = {};  ///< "host:port,host:port" instead of those of resolv.conf
};

/// A lookup under way keeps what it needs alive; the resolver itself must outlive its callers.
std::unique_ptr<Resolver> make_cares_resolver(async::Executor executor, ResolverOptions options = {});

}  // namespace acr::http
