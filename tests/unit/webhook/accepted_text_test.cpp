// SPDX-License-Identifier: Apache-2.0
#include "webhook/accepted_text.hpp"

#include <catch2/catch.hpp>

#include "common/base/base64.hpp"

namespace acr::webhook {
namespace {

Result<AcceptedText> read(const std::string& configuration) {
  return kube::parse_text<AcceptedText>(
      R"({"kind":"Secret","metadata":{"name":"acr-credential-helper-state","namespace":"kube-system","resourceVersion":"7"},"data":{"configuration":")" +
      encode_base64(configuration) + R"(","logins":")" + encode_base64("[]") + R"("}})");
}

TEST_CASE("the state Secret's configuration is read", "[webhook]") {
  const auto text = read(R"({"watch-namespace":"web","service-account":"*"})");
  REQUIRE(text);
  CHECK(text->key == kube::ObjectKey{"kube-system", "acr-credential-helper-state"});
  CHECK(text->resource_version == "7");
  CHECK(text->data == kube::TextMap{{"service-account", "*"}, {"watch-namespace", "web"}});
}

TEST_CASE("a damaged or missing text counts as none", "[webhook]") {
  for (const auto* damaged : {"", "{", "[]", R"({"a":1})"}) CHECK_FALSE(read(damaged)->data);
  CHECK_FALSE(
      kube::parse_text<AcceptedText>(R"({"metadata":{"name":"acr-credential-helper-state","namespace":"kube-system"}})")
          ->data);
}

}  // namespace
}  // namespace acr::webhook
