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

  store.replace({account("b", "1"), account("c", "2")});

  CHECK(told == std::vector<ObjectKey>{kA, kC});
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

  store.replace({account("a", "3")});
  CHECK(store.find(kA)->resource_version == "3");
}

TEST_CASE("an unchanged object is no change") {
  Store<ServiceAccountInfo> store;
  store.replace({account("a", "1")});
  int told = 0;
  store.on_change([&](const ObjectKey&) { ++told; });

  CHECK_FALSE(store.upsert(account("a", "1")));
  store.replace({account("a", "1")});
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

TEST_CASE("nobody sees a list before its end, and a write of our own meanwhile goes under in it") {
  Store<ServiceAccountInfo> store;
  store.replace({account("a", "1"), account("b", "1")});
  std::vector<std::string> told;
  store.on_change([&](const ObjectKey& key) { told.push_back(key.name); });

  store.start_list();
  store.list(account("c", "2"));
  store.list(account("a", "1"));
  CHECK(store.size() == 2);
  CHECK(store.find(kC) == nullptr);
  CHECK(store.upsert(account("a", "5", {"ours"})));
  CHECK(store.find(kA)->image_pull_secrets == std::vector<std::string>{"ours"});
  told.clear();
  store.finish_list();

  // The watch from the list's version brings it again.
  CHECK(store.find(kA)->resource_version == "1");
  CHECK(store.find(kB) == nullptr);
  CHECK(told == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("a list that begins anew forgets what it had brought") {
  Store<ServiceAccountInfo> store;
  store.start_list();
  store.list(account("a", "1"));
  store.start_list();
  store.list(account("b", "1"));
  store.finish_list();

  CHECK(store.size() == 1);
  CHECK(store.find(kB));
}

TEST_CASE("of several items with one key the last counts, and what was deleted meanwhile is not there") {
  Store<ServiceAccountInfo> store;
  store.start_list();
  for (const auto* version : {"1", "3", "2"}) store.list(account("b", version));
  store.list(account("c", "1"));
  store.list(account("a", "1"));
  store.unlist(kC);
  store.finish_list();

  CHECK(store.size() == 2);
  CHECK(store.find(kB)->resource_version == "2");
  CHECK(store.find(kC) == nullptr);
}

TEST_CASE("objects are found in the order of their keys, and those of one namespace together") {
  Store<ServiceAccountInfo> store;
  const std::vector<ObjectKey> keys{{"a", "z"}, {"a-b", "a"}, {"a-b", "b"}, {"b", "a"}};
  // kube-apiserver sorts by "namespace/name", in which "a-b" comes before "a".
  for (const auto index : {1U, 2U, 0U, 3U}) store.upsert({.key = keys[index], .resource_version = "1"});

  std::vector<ObjectKey> all;
  for (const auto& [key, object] : store.all()) {
    CHECK(object->key == key);
    all.push_back(key);
  }
  CHECK(all == keys);
  const auto names = [&store](const std::string& namespace_name) {
    std::string text;
    for (const auto& [key, object] : store.in(namespace_name)) text += key.name;
    return text;
  };
  CHECK(names("a") == "z");
  CHECK(names("a-b") == "ab");
  CHECK(names("c").empty());
}

}  // namespace acr::kube
