// SPDX-License-Identifier: Apache-2.0
#include "common/http/resolver_cache.hpp"

#include <catch2/catch.hpp>

using namespace acr;
using namespace acr::http;
using namespace std::chrono_literals;

TEST_CASE("an answer is kept for its TTL, at least 5 s and at most 5 min") {
  const async::Deadline now{};
  const auto kept_for = [&](std::chrono::seconds ttl, std::chrono::seconds age) {
    ResolverCache cache;
    cache.store("a", {.list = {boost::asio::ip::address_v4::loopback()}, .ttl = ttl}, now);
    return cache.find("a", now + age).has_value();
  };

  CHECK(kept_for(60s, 59s));
  CHECK_FALSE(kept_for(60s, 60s));
  CHECK(kept_for(0s, 4s));
  CHECK_FALSE(kept_for(0s, 5s));
  CHECK(kept_for(24h, 299s));
  CHECK_FALSE(kept_for(24h, 300s));
}

TEST_CASE("a newer answer replaces an older one, and expired ones go") {
  const async::Deadline now{};
  ResolverCache cache;
  cache.store("a", {.list = {boost::asio::ip::address_v4::loopback()}, .ttl = 10s}, now);
  cache.store("a", {.list = {boost::asio::ip::address_v4::any()}, .ttl = 10s}, now + 1s);
  CHECK(cache.find("a", now + 2s).value().front() == boost::asio::ip::address_v4::any());

  cache.store("b", {.list = {boost::asio::ip::address_v4::loopback()}, .ttl = 10s}, now + 20s);
  CHECK(cache.size() == 1);
}
