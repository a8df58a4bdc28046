// SPDX-License-Identifier: Apache-2.0
// A reflector that follows the ServiceAccounts of the server in memory.
#pragma once

#include <string>

#include "common/kube/reflector.hpp"
#include "tests/component/kube/fixture.hpp"

namespace acr::kube::test {

inline const std::string kAccounts = "/api/v1/serviceaccounts";

inline std::string account(const std::string& name, const std::string& secret = "s",
                           const std::string& namespace_name = "ns") {
  return R"({"metadata":{"name":")" + name + R"(","namespace":")" + namespace_name +
         R"("},"imagePullSecrets":[{"name":")" + secret + R"("}]})";
}

inline WatchTiming quick() {
  using namespace std::chrono_literals;
  return {.list_limit = 5s, .open_limit = 5s, .backoff = {.first = 1ms, .cap = 5ms}};
}

enum class Lists { InPages, Streamed };

struct Following : Fixture {
  explicit Following(Selection selection = {.resource = kServiceAccounts}, WatchTiming timing = quick(),
                     Lists lists = Lists::InPages)
      : reflector(client, metrics, store, std::move(selection), timing), tasks(io) {
    if (lists == Lists::InPages) client.note_no_streamed_lists();
  }

  void start() { tasks.group.spawn("reflector", reflector.run()); }
  void start_synced() {
    start();
    wait_for([&] { return store.synced() && server.streams() == 1; });
  }
  [[nodiscard]] std::string secret_of(const std::string& name) const {
    const auto found = store.find({"ns", name});
    return found ? found->image_pull_secrets.at(0) : "";
  }

  Store<ServiceAccountInfo> store;
  Reflector<ServiceAccountInfo> reflector;
  Tasks tasks;
};

}  // namespace acr::kube::test
