// SPDX-License-Identifier: Apache-2.0
#include "common/kube/field_manager.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace acr::kube {
namespace {

std::string last_of(const std::string& entries, std::string_view field = "f:imagePullSecrets") {
  const auto object = parse_json(R"({"metadata":{"name":"web","managedFields":)" + entries + "}}");
  REQUIRE(object);
  return parse_foreign_manager(*object, field);
}

constexpr const char* kList = R"("fieldsV1":{"f:imagePullSecrets":{}})";

std::string entry(const std::string& manager, const std::string& time, const std::string& fields = kList) {
  return R"({"manager":")" + manager + R"(","operation":"Update","time":")" + time + R"(",)" + fields + "}";
}

}  // namespace

TEST_CASE("the manager that owns the field is named, the latest of several, and never ourselves") {
  CHECK(last_of("[" + entry("gitops", "2026-01-01T00:00:00Z") + "]") == "gitops");
  CHECK(last_of("[" + entry("new", "2026-01-02T00:00:00Z") + "," + entry("old", "2026-01-01T23:59:59Z") + "]") ==
        "new");
  CHECK(last_of("[" + entry("gitops", "2026-01-01T00:00:00Z") + "," +
                entry("acr-credential-helper", "2026-01-02T00:00:00Z") + "]") == "gitops");
}

TEST_CASE("the owner of another field is not accused") {
  const auto labels = entry("kubectl-label", "2026-01-02T00:00:00Z", R"("fieldsV1":{"f:metadata":{"f:labels":{}}})");
  CHECK(last_of("[" + labels + "]").empty());
  CHECK(last_of("[" + entry("gitops", "2026-01-01T00:00:00Z") + "]", "f:data").empty());
}

TEST_CASE("managedFields that are absent or odd name nobody") {
  for (const auto* entries : {"null", "[]", "{}", "[1,null]", R"([{"manager":7,"fieldsV1":{"f:imagePullSecrets":{}}}])",
                              R"([{"manager":"a"}])", R"([{"manager":"a","fieldsV1":[]}])"}) {
    CHECK(last_of(entries).empty());
  }
}

TEST_CASE("a name that anyone may choose is made safe (SEC-11)") {
  CHECK(last_of("[" + entry(R"(a\nb)", "") + "]") == R"(a\x0ab)");
  CHECK(last_of("[" + entry(std::string(500, 'x'), "") + "]").size() <= 131);
}

TEST_CASE("a metric knows field managers by a bounded word") {
  CHECK(manager_word("argocd-controller") == "argocd-controller");
  CHECK(manager_word("kubectl-client-side-apply") == "kubectl");
  CHECK(manager_word("aliyun-acr-credential-helper") == "aliyun-acr-credential-helper");
  CHECK(manager_word("my-own-tool-7f3") == "other");
  CHECK(manager_word("").compare("none") == 0);
}

}  // namespace acr::kube
