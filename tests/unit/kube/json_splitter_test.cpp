// SPDX-License-Identifier: Apache-2.0
// Streams cut at every place must give the same objects.
#include "common/kube/json_splitter.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace acr::kube {
namespace {

const std::string kFirst = R"({"type":"ADDED","object":{"a":"}{[\"\\","b":[{"c":1},[]]}})";
const std::string kSecond = R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}})";

std::vector<std::string> drain(JsonSplitter& splitter) {
  std::vector<std::string> objects;
  for (;;) {
    auto object = splitter.next();
    REQUIRE(object);
    if (!*object) return objects;
    objects.push_back(**object);
  }
}

Result<std::vector<std::string>> split_list(std::string_view text, std::size_t chunk, ListMeta* meta = nullptr,
                                            std::size_t limit = 4096) {
  ListSplitter splitter(limit);
  std::vector<std::string> items;
  const auto take = [&](std::string_view item) -> Result<void> {
    items.emplace_back(item);
    return {};
  };
  for (std::size_t i = 0; i < text.size(); i += chunk) {
    if (auto fed = splitter.feed(text.substr(i, chunk), take); !fed) return fail(fed.error());
  }
  const auto end = splitter.finish();
  if (!end) return fail(end.error());
  if (meta != nullptr) *meta = *end;
  return items;
}

const std::string kList =
    R"({"kind":"SecretList","x":{"items":[{"no":1}]},"note":"\"items\":[","metadata":{"resourceVersion":"42","continue":"t"},)"
    R"("items": [ {"a":"]}"} , {"b":{"items":[1]}} ], "trailing":true} )";

}  // namespace

TEST_CASE("LW-10: events arrive whole whatever the chunks are") {
  const std::string stream = kFirst + "\n" + kSecond + kFirst + " \r\n";
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    JsonSplitter splitter;
    splitter.feed(std::string_view(stream).substr(0, first));
    auto objects = drain(splitter);
    splitter.feed(std::string_view(stream).substr(first));
    for (auto& object : drain(splitter)) objects.push_back(object);

    CAPTURE(first);
    CHECK(objects == std::vector<std::string>{kFirst, kSecond, kFirst});
    CHECK_FALSE(splitter.pending());
  }
}

TEST_CASE("LW-10: events arrive whole byte by byte") {
  JsonSplitter splitter;
  std::vector<std::string> objects;
  for (const char c : kFirst + kSecond) {
    splitter.feed({&c, 1});
    for (auto& object : drain(splitter)) objects.push_back(object);
  }

  CHECK(objects == std::vector<std::string>{kFirst, kSecond});
}

TEST_CASE("CPP-7: half an event at the end of a stream is seen as pending") {
  JsonSplitter splitter;
  splitter.feed(kFirst.substr(0, 10));

  CHECK(drain(splitter).empty());
  CHECK(splitter.pending());
}

TEST_CASE("CPP-2: an event over the limit ends the stream") {
  JsonSplitter splitter(64);
  splitter.feed(R"({"a":")" + std::string(100, 'x'));

  const auto object = splitter.next();

  REQUIRE_FALSE(object);
  CHECK(object.error().kind == ErrorKind::Protocol);
  splitter.feed(kSecond);
  CHECK_FALSE(splitter.next());
}

TEST_CASE("an event of exactly the limit passes") {
  JsonSplitter splitter(kSecond.size());
  splitter.feed(kSecond);
  CHECK(drain(splitter).size() == 1);
}

TEST_CASE("bytes between events are refused") {
  for (const auto* garbage : {"null", "]", "x", "\"a\""}) {
    JsonSplitter splitter;
    splitter.feed(garbage + kSecond);
    CAPTURE(garbage);
    CHECK_FALSE(splitter.next());
  }
}

TEST_CASE("CPP-1: a list gives its items and its metadata whatever the chunks are") {
  for (std::size_t chunk = 1; chunk <= kList.size(); ++chunk) {
    ListMeta meta;
    const auto items = split_list(kList, chunk, &meta);

    CAPTURE(chunk);
    REQUIRE(items);
    CHECK(*items == std::vector<std::string>{R"({"a":"]}"})", R"({"b":{"items":[1]}})"});
    CHECK(meta.resource_version == "42");
    CHECK(meta.continue_token == "t");
  }
}

TEST_CASE("LW-7: an empty page may have a continuation") {
  for (const auto* items : {"[]", "null"}) {
    ListMeta meta;
    const auto found = split_list(std::string(R"({"metadata":{"continue":"t"},"items":)") + items + "}", 3, &meta);
    REQUIRE(found);
    CHECK(found->empty());
    CHECK(meta.continue_token == "t");
  }
}

TEST_CASE("a list that is cut anywhere is an error, never half a list") {
  const auto whole = kList.size() - 1;  // the last byte is white space
  for (std::size_t size = 0; size < whole; ++size) {
    CAPTURE(size);
    CHECK_FALSE(split_list(kList.substr(0, size), 7));
  }
}

TEST_CASE("a list with an item that is no object, or too large, is refused") {
  CHECK_FALSE(split_list(R"({"items":[1]})", 5));
  CHECK_FALSE(split_list(R"({"items":[{"a":"0123456789"}]})", 5, nullptr, 12));
  CHECK_FALSE(split_list(R"({"long":"0123456789","items":[]})", 5, nullptr, 12));
}

TEST_CASE("an item that its receiver refuses ends the list with that error") {
  ListSplitter splitter;
  const auto fed =
      splitter.feed(kList, [](std::string_view) -> Result<void> { return fail(ErrorKind::Invalid, "no"); });
  REQUIRE_FALSE(fed);
  CHECK(fed.error().message == "no");
}

}  // namespace acr::kube
