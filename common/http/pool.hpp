// SPDX-License-Identifier: Apache-2.0
// Idle connections that wait for their next request.
#pragma once

#include <list>
#include <map>
#include <optional>

#include "common/http/dial.hpp"
#include "common/http/message.hpp"

namespace acr::http {

struct PoolLimits {
  std::size_t max_idle;             ///< per origin
  std::chrono::seconds idle_limit;  ///< older ones are closed instead of used
};

class Pool {
 public:
  explicit Pool(PoolLimits limits) : limits_(limits) {}

  /// The connection used last, which is the one least likely to have been closed meanwhile; nullopt if there is none.
  std::optional<Connection> take(const Origin& origin, async::Deadline now);

  /// Keeps `connection`, unless close_all() was called since `epoch` was read.
  void put(const Origin& origin, Connection connection, std::uint64_t epoch, async::Deadline now);

  /// Closes what is idle and keeps nothing that is in use now.
  void close_all();

  /// Closes what has been idle for longer than the limit.
  void close_old(async::Deadline now);

  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  [[nodiscard]] std::size_t size(const Origin& origin) const;

 private:
  struct Idle {
    Connection connection;
    async::Deadline since;
  };

  PoolLimits limits_;
  std::uint64_t epoch_ = 0;
  std::map<Origin, std::list<Idle>> idle_;  ///< the newest at the back
};

}  // namespace acr::http
