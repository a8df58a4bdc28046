// SPDX-License-Identifier: Apache-2.0
// What a large cluster costs: a program of its own, since it counts all that operator new hands out.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "common/kube/store.hpp"
#include "tests/bench/counted_memory.hpp"

namespace acr::kube {
namespace {

constexpr std::size_t kNamespaces = 2000;
constexpr std::size_t kEach = 5;
constexpr std::size_t kAccounts = kNamespaces * kEach;

/// As large clusters have them: names, uids and versions of full length, and our own entry.
void list_cluster(Store<ServiceAccountInfo>& store) {
  store.start_list();
  for (std::size_t i = 0; i < kNamespaces; ++i) {
    for (std::size_t j = 0; j < kEach; ++j) {
      store.list({.key = {fmt::format("team-namespace-{:05}", i), fmt::format("account-{}", j)},
                  .uid = fmt::format("8d1c9f52-0000-4000-8000-{:012x}", i * kEach + j),
                  .resource_version = std::to_string(81'000'000 + i),
                  .image_pull_secrets = {"acr-credential-secret-aggregation"}});
    }
  }
  store.finish_list();
}

}  // namespace

TEST_CASE("a ServiceAccount takes at most 130 bytes") {
  const auto before = bench::used_bytes();
  Store<ServiceAccountInfo> store;
  list_cluster(store);

  const auto each = (bench::used_bytes() - before) / kAccounts;
  WARN(each << " bytes per ServiceAccount");
  CHECK(store.size() == kAccounts);
  CHECK(each <= 130);
}

TEST_CASE("a list of what is known already takes no second copy") {
  Store<ServiceAccountInfo> store;
  list_cluster(store);

  const auto before = bench::used_bytes();
  bench::reset_peak();
  list_cluster(store);

  CHECK((bench::peak_bytes() - before) / kAccounts <= 24);
}

}  // namespace acr::kube
