// SPDX-License-Identifier: Apache-2.0
#include "common/kube/packed.hpp"

#include <catch2/catch.hpp>

namespace acr::kube {
namespace {

std::string unpacked(const std::string& text) {
  Packer packer;
  packer.add(text);
  Unpacker unpacker(packer.bytes());
  std::string back = "something else";
  unpacker.take(back);
  return back;
}

std::size_t packed_size(const std::string& text) {
  Packer packer;
  packer.add(text);
  return packer.bytes().size();
}

template <class T>
void check_round_trip(const T& object) {
  const Record<T> record(object);
  CHECK(*record.object() == object);
  CHECK(record.key() == KeyView(key_of(object)));
  CHECK(record == Record<T>(object));
}

}  // namespace

TEST_CASE("every text comes back as it was, also one that nearly looks like something shorter") {
  const std::string uuid = "0123abcd-4567-89ef-0000-00000000000f";
  const auto text = GENERATE_COPY(values<std::string>({"",
                                                       "0",
                                                       "00",
                                                       "007",
                                                       "7",
                                                       "127",
                                                       "128",
                                                       "999999999999999999",
                                                       "1000000000000000000",
                                                       "18446744073709551615",
                                                       "99999999999999999999",
                                                       "-1",
                                                       "+1",
                                                       " 1",
                                                       "1 ",
                                                       "abcdef",
                                                       "abcdefab",
                                                       "ABCDEFAB",
                                                       "abcdefabc",
                                                       "00000000",
                                                       "12345678",
                                                       "1234567890abcdef",
                                                       "default",
                                                       "acr-credential-secret-aggregation",
                                                       std::string(64, 'f'),
                                                       std::string(300, 'x'),
                                                       std::string("a\0b", 3),
                                                       uuid,
                                                       "0123ABCD-4567-89ef-0000-00000000000f",
                                                       uuid + "0",
                                                       "0123abcd_4567-89ef-0000-00000000000f",
                                                       "------------------------------------"}));
  CAPTURE(text);
  CHECK(unpacked(text) == text);
}

TEST_CASE("versions, uids and digests take the space of what they mean") {
  CHECK(packed_size("1234567") == 4);
  CHECK(packed_size("0123abcd-4567-89ef-0000-00000000000f") == 17);
  CHECK(packed_size(std::string(64, 'a')) <= 34);
}

TEST_CASE("every member of an object comes back") {
  check_round_trip(NamespaceInfo{});
  check_round_trip(NamespaceInfo{.name = "shop",
                                 .uid = "0123abcd-4567-89ef-0000-00000000000f",
                                 .resource_version = "77",
                                 .labels = {{"kubernetes.io/metadata.name", "shop"}, {"empty", ""}},
                                 .annotations = {{"acr-credential-helper/exclude", "true"}},
                                 .terminating = true});
  check_round_trip(ServiceAccountInfo{.key = {"shop", "web"},
                                      .uid = "u",
                                      .resource_version = "not-a-number",
                                      .image_pull_secrets = {"b", "", "a", "b"},
                                      .excluded = true});
  check_round_trip(SecretInfo{.key = {"shop", "acr-credential-secret-aggregation"},
                              .uid = "u",
                              .resource_version = "9",
                              .type = "kubernetes.io/dockerconfigjson",
                              .managed = true,
                              .immutable = true,
                              .terminating = true,
                              .annotations = {{"acr-credential-helper/expires-at", "2026-01-01T00:00:00Z"}},
                              .digest = std::string(64, 'e'),
                              .registry_hosts = {"a.example.com", "b.example.com"}});
}

TEST_CASE("keys in bytes sort as keys do") {
  const std::vector<ObjectKey> keys{{"", "z"}, {"a", "b"}, {"a", "ba"}, {"a-b", "a"}, {"ab", ""}};
  for (const auto& left : keys) {
    for (const auto& right : keys) CHECK((KeyView(left) <=> KeyView(right)) == (left <=> right));
  }
}

TEST_CASE("shared bytes live as long as one of their owners") {
  SharedBytes kept("nothing");
  {
    const SharedBytes first("the bytes");
    SharedBytes second = first;
    kept = second;
    second = SharedBytes("others");
  }
  CHECK(kept.view() == "the bytes");
  const SharedBytes moved = std::move(kept);
  CHECK(moved == SharedBytes("the bytes"));
  CHECK(SharedBytes("").view().empty());
}

}  // namespace acr::kube
