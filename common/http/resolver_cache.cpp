// SPDX-License-Identifier: Apache-2.0
#include "common/http/resolver_cache.hpp"

#include <algorithm>

namespace acr::http {
namespace {

constexpr std::chrono::seconds kShortest{5};
constexpr std::chrono::seconds kLongest{300};

}  // namespace

std::optional<ResolverCache::List> ResolverCache::find(const std::string& host, async::Deadline now) const {
  const auto found = entries_.find(host);
  if (found == entries_.end() || found->second.expires <= now) return std::nullopt;
  return found->second.list;
}

void ResolverCache::store(const std::string& host, const Addresses& addresses, async::Deadline now) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.expires <= now; });
  entries_[host] = {.list = addresses.list, .expires = now + std::clamp(addresses.ttl, kShortest, kLongest)};
}

}  // namespace acr::http
