// SPDX-License-Identifier: Apache-2.0
#include "webhook/stored_texts.hpp"

#include <catch2/catch.hpp>

#include "common/base/base64.hpp"
#include "common/base/gzip.hpp"

namespace acr::webhook {
namespace {

Result<StoredTexts> read(const std::string& key, const std::string& value) {
  return kube::parse_text<StoredTexts>(
      R"({"kind":"Secret","metadata":{"name":"acr-credential-helper-state","namespace":"kube-system","resourceVersion":"7"},"data":{")" +
      key + R"(":")" + encode_base64(value) + R"(","logins":")" + encode_base64("[]") + R"("}})");
}

TEST_CASE("the state Secret's texts are read, compressed ones too", "[webhook]") {
  const std::string json = R"({"watch-namespace":"web","service-account":"*"})";
  const config::Remembered accepted{.accepted = kube::TextMap{{"service-account", "*"}, {"watch-namespace", "web"}}};
  const auto text = read("configuration", json);
  REQUIRE(text);
  CHECK(text->key == kube::ObjectKey{"kube-system", "acr-credential-helper-state"});
  CHECK(text->resource_version == "7");
  CHECK(text->texts == accepted);
  CHECK(read("configuration.gz", compress_gzip(json))->texts == accepted);
  const config::ConfigMapText first{.data = {}, .binary_keys = {"acr-registry-info"}};
  CHECK(read("first-start", R"({"data":{},"binaryKeys":["acr-registry-info"]})")->texts ==
        config::Remembered{.first_start = first});
}

TEST_CASE("a damaged or missing text counts as none", "[webhook]") {
  for (const auto* damaged : {"", "{", "[]", R"({"a":1})"})
    CHECK(read("configuration", damaged)->texts == config::Remembered{});
  CHECK(
      kube::parse_text<StoredTexts>(R"({"metadata":{"name":"acr-credential-helper-state","namespace":"kube-system"}})")
          ->texts == config::Remembered{});
}

}  // namespace
}  // namespace acr::webhook
