// SPDX-License-Identifier: Apache-2.0
#include "common/kube/store.hpp"

#include <catch2/catch.hpp>

namespace acr::kube {
namespace {

ServiceAccountInfo account(const std::string& name, const std::string& version, std::vector<std::string> secrets = {}) {
  return {.key = {"ns", name}, .resource_version = version, .image_pull_secrets = std::move(secrets)};
}

const ObjectKey kA{"ns", "a"};
const ObjectKey kB{"ns", "b"};
const ObjectKey kC{"ns", "c"};

}  // namespace

TEST_CASE("LW-22: a store is synced by a whole list and by nothing else") {
  Store<ServiceAccountInfo> store;
  store.upsert(account("a", "1"));
  CHECK_FALSE(store.synced());

  store.replace({});
  CHECK(store.synced());
  CHECK(store.size() == 0);

  store.mark_unsynced();
  CHECK_FALSE(store.synced());
}

TEST_CASE("replacing names what appeared, changed and vanished, and nothing else") {
  Store<ServiceAccountInfo> store;
  store.replace({account("a", "1"), account("b", "1")});
  std::vector<ObjectKey> told;
  store.on_change([&](const ObjectKey& key) {
    // The content is already the new one when a callback runs.
    CHECK(store.find(kA) == nullptr);
    told.push_back(key);
  });

  const auto changed = store.replace({account("b", "1"), account("c", "2")});

  CHECK(changed == std::vector<ObjectKey>{kA, kC});
  CHECK(told == changed);
}

TEST_CASE("becoming synced is told after the keys, each time") {
  Store<ServiceAccountInfo> store;
  std::vector<std::string> told;
  store.on_change([&](const ObjectKey& key) { told.push_back(key.name); });
  store.on_synced([&] { told.push_back("synced"); });

  store.replace({account("a", "1")});
  store.replace({account("a", "2")});
  store.mark_unsynced();
  store.replace({account("a", "2")});

  CHECK(told == std::vector<std::string>{"a", "synced", "a", "synced"});
}

TEST_CASE("LW-23: an event that is older than our own write does not undo it") {
  Store<ServiceAccountInfo> store;
  store.replace({account("a", "5")});
  CHECK(store.upsert(account("a", "9", {"ours"})));

  CHECK_FALSE(store.upsert(account("a", "7", {"theirs"})));
  CHECK(store.find(kA)->image_pull_secrets == std::vector<std::string>{"ours"});
  CHECK(store.upsert(account("a", "10", {"theirs"})));
}

TEST_CASE("a list is the truth even if its versions are older: etcd may have been restored") {
  Store<ServiceAccountInfo> store;
  store.replace({account("a", "900")});

  CHECK(store.replace({account("a", "3")}) == std::vector<ObjectKey>{kA});
  CHECK(store.find(kA)->resource_version == "3");
}

TEST_CASE("an unchanged object is no change") {
  Store<ServiceAccountInfo> store;
  store.replace({account("a", "1")});
  int told = 0;
  store.on_change([&](const ObjectKey&) { ++told; });

  CHECK_FALSE(store.upsert(account("a", "1")));
  CHECK(store.replace({account("a", "1")}).empty());
  CHECK(told == 0);
}

TEST_CASE("erasing spares an object that was made anew") {
  Store<ServiceAccountInfo> store;
  store.replace({account("a", "9"), account("b", "1")});

  CHECK_FALSE(store.erase(kA, "8"));
  CHECK(store.erase(kA, "9"));
  CHECK(store.erase(kB));
  CHECK_FALSE(store.erase(kB));
  CHECK(store.size() == 0);
}

TEST_CASE("LW-6: versions of an unknown form are never older") {
  CHECK(is_older("9", "10"));
  CHECK_FALSE(is_older("10", "10"));
  CHECK_FALSE(is_older("a", "10"));
  CHECK_FALSE(is_older("", "10"));
}

TEST_CASE("a snapshot survives the change of its object") {
  Store<ServiceAccountInfo> store;
  store.replace({account("a", "1")});
  const auto snapshot = store.find(kA);
  store.erase(kA);
  CHECK(snapshot->resource_version == "1");
}

}  // namespace acr::kube
