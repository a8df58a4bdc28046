// SPDX-License-Identifier: Apache-2.0
// The JSON that goes to the API server.
#include "common/pullsecret/secret_body.hpp"

#include <catch2/catch.hpp>

#include "common/base/base64.hpp"
#include "common/base/json.hpp"
#include "tests/unit/pullsecret/logins.hpp"

namespace acr::pullsecret {
namespace {

WantedSecret make_wanted(const std::vector<credentials::RegistryLogin>& logins) {
  return build_wanted_secret("pull", build_docker_config(logins, kNow), kNow);
}

TEST_CASE("the body of a create is the whole object") {
  const auto wanted = make_wanted({make_login("cri-a", {"a.test"})});
  const auto body = build_secret_body("web", wanted);
  const auto object = parse_json(body.reveal()).value();
  CHECK(string_at(object, "apiVersion") == "v1");
  CHECK(string_at(object, "kind") == "Secret");
  CHECK(string_at(object, "type") == "kubernetes.io/dockerconfigjson");
  CHECK(string_at(object, "metadata", "name") == "pull");
  CHECK(string_at(object, "metadata", "namespace") == "web");
  CHECK(find_path(object, "metadata", "resourceVersion") == nullptr);
  CHECK(string_at(object, "metadata", "labels", "app.kubernetes.io/managed-by") == "acr-credential-helper");
  CHECK(string_at(object, "metadata", "annotations", "acr-credential-helper/expires-at") == "2026-03-01T13:00:00Z");
  CHECK(string_at(object, "metadata", "annotations", "acr-credential-helper/refreshed-at") == "2026-03-01T12:00:00Z");
  CHECK(decode_base64(string_at(object, "data", ".dockerconfigjson")).value() == wanted.docker_config.reveal());
}

TEST_CASE("the body of an update holds the version that it replaces") {
  const auto body = build_secret_body("web", make_wanted({}), "41");
  const auto object = parse_json(body.reveal()).value();
  CHECK(string_at(object, "metadata", "resourceVersion") == "41");
  CHECK(find_path(object, "metadata", "annotations", "acr-credential-helper/expires-at") == nullptr);
}

TEST_CASE("a patch removes the expiry of an empty docker config") {
  const auto body = build_secret_patch(make_wanted({}), "41");
  const auto patch = parse_json(body.reveal()).value();
  CHECK(string_at(patch, "metadata", "resourceVersion") == "41");
  CHECK(string_at(patch, "metadata", "labels", "app.kubernetes.io/managed-by") == "acr-credential-helper");
  const auto* expiry = find_path(patch, "metadata", "annotations", "acr-credential-helper/expires-at");
  REQUIRE(expiry != nullptr);
  CHECK(expiry->IsNull());
  CHECK(find_member(patch, "kind") == nullptr);
}

TEST_CASE("entries that outlive the first to end say so, and a patch removes that once they do not") {
  const auto outlives = [](const Secret& body) {
    const auto object = parse_json(body.reveal()).value();
    const auto* found = find_path(object, "metadata", "annotations", "acr-credential-helper/entries-outlive");
    return found == nullptr ? "absent" : found->IsNull() ? "null" : std::string(found->GetString());
  };
  const auto mixed = make_wanted(
      {make_login("cri-b", {"b.test"}, "p", kLater + std::chrono::minutes{10}), make_login("cri-a", {"a.test"})});
  const auto written = mixed.digest.substr(0, 8) + ":0,600";
  CHECK(outlives(build_secret_body("web", mixed)) == written);
  CHECK(outlives(build_secret_patch(mixed, "41")) == written);
  const auto alike = make_wanted({make_login("cri-a", {"a.test"}), make_login("cri-b", {"b.test"})});
  CHECK(outlives(build_secret_body("web", alike)) == "absent");
  CHECK(outlives(build_secret_patch(alike, "41")) == "null");
}

}  // namespace
}  // namespace acr::pullsecret
