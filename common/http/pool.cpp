// SPDX-License-Identifier: Apache-2.0
#include "common/http/pool.hpp"

namespace acr::http {

std::optional<Connection> Pool::take(const Origin& origin, async::Deadline now) {
  close_old(now);
  const auto found = idle_.find(origin);
  if (found == idle_.end()) return std::nullopt;
  auto& line = found->second;
  while (!line.empty()) {
    auto connection = std::move(line.back().connection);
    line.pop_back();
    if (!connection.transport->is_stale()) return connection;
  }
  return std::nullopt;
}

void Pool::put(const Origin& origin, Connection connection, std::uint64_t epoch, async::Deadline now) {
  close_old(now);
  if (epoch != epoch_ || limits_.max_idle == 0) return;
  auto& line = idle_[origin];
  line.push_back({.connection = std::move(connection), .since = now});
  if (line.size() > limits_.max_idle) line.pop_front();
}

void Pool::close_all() {
  ++epoch_;
  idle_.clear();
}

std::size_t Pool::size(const Origin& origin) const {
  const auto found = idle_.find(origin);
  return found == idle_.end() ? 0 : found->second.size();
}

void Pool::close_old(async::Deadline now) {
  for (auto& [origin, line] : idle_) {
    while (!line.empty() && now - line.front().since > limits_.idle_limit) line.pop_front();
  }
  std::erase_if(idle_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace acr::http
