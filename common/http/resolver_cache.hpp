// SPDX-License-Identifier: Apache-2.0
// Answers worth remembering. Pure: time comes as an argument.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/http/resolver_lookup.hpp"

namespace acr::http {

/// Keeps an answer for its TTL, at least 5 s (a burst of requests is one lookup) and at most 5 min (an operator who
/// moves a name waits no longer).
class ResolverCache {
 public:
  using List = std::vector<boost::asio::ip::address>;

  [[nodiscard]] std::optional<List> find(const std::string& host, async::Deadline now) const;
  void store(const std::string& host, const Addresses& addresses, async::Deadline now);
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    List list;
    async::Deadline expires;
  };
  std::map<std::string, Entry> entries_;
};

}  // namespace acr::http
