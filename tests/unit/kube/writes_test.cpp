// SPDX-License-Identifier: Apache-2.0
#include "common/kube/writes.hpp"

#include <catch2/catch.hpp>

#include "common/kube/parse.hpp"

namespace acr::kube {

TEST_CASE("WR-1: pull secrets are written as the whole list under the version that was read") {
  CHECK(build_image_pull_secrets_patch("42", {"theirs", "ours"}) ==
        R"({"metadata":{"resourceVersion":"42"},"imagePullSecrets":[{"name":"theirs"},{"name":"ours"}]})");
  CHECK(build_image_pull_secrets_patch("42", {}) == R"({"metadata":{"resourceVersion":"42"},"imagePullSecrets":[]})");
}

TEST_CASE("WR-1: a nameless entry is given back as it was") {
  CHECK(build_image_pull_secrets_patch("42", {"", "ours"}) ==
        R"({"metadata":{"resourceVersion":"42"},"imagePullSecrets":[{},{"name":"ours"}]})");
}

TEST_CASE("CPP-11: a Secret is written in base64 and reads back the same") {
  const SecretWrite write{.key = {"shop", "pull"},
                          .resource_version = "3",
                          .type = std::string(kDockerConfigType),
                          .labels = {{std::string(kManagedByLabel), std::string(kManagedByValue)}},
                          .annotations = {{"acr-credential-helper/expires-at", "t"}},
                          .data = {{std::string(kDockerConfigKey), Secret(R"({"auths":{"a":{}}})")}}};
  const auto secret = parse_text<SecretData>(build_secret_body(write));

  REQUIRE(secret);
  CHECK(secret->meta.key == write.key);
  CHECK(secret->meta.resource_version == "3");
  CHECK(secret->meta.type == kDockerConfigType);
  CHECK(secret->meta.managed);
  CHECK(secret->meta.annotations == write.annotations);
  CHECK(secret->meta.registry_hosts == std::vector<std::string>{"a"});
  CHECK(secret->data == write.data);
}

TEST_CASE("a new Secret names no version") {
  CHECK(build_secret_body({.key = {"a", "b"}}) ==
        R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"b","namespace":"a"},"type":"Opaque","data":{}})");
}

TEST_CASE("a ConfigMap reads back the same") {
  const auto map =
      parse_text<ConfigMapInfo>(build_config_map_body({.key = {"a", "b"}, .data = {{"k", "line\n\"quoted\""}}}));
  REQUIRE(map);
  CHECK(map->data == TextMap{{"k", "line\n\"quoted\""}});
}

TEST_CASE("a registration is switched by its webhooks alone") {
  CHECK(build_webhooks_patch("9", "[]") == R"({"metadata":{"resourceVersion":"9"},"webhooks":[]})");
  CHECK(
      build_webhook_configuration_body("MutatingWebhookConfiguration", "acr", R"([{"name":"x"}])") ==
      R"({"apiVersion":"admissionregistration.k8s.io/v1","kind":"MutatingWebhookConfiguration","metadata":{"name":"acr",)"
      R"("labels":{"app.kubernetes.io/managed-by":"acr-credential-helper"}},"webhooks":[{"name":"x"}]})");
}

TEST_CASE("annotations are patched under a version, or unconditionally") {
  CHECK(build_annotations_patch("9", {{"a", "b"}}) ==
        R"({"metadata":{"resourceVersion":"9","annotations":{"a":"b"}}})");
  CHECK(build_annotations_patch("", {{"a", "b"}}) == R"({"metadata":{"annotations":{"a":"b"}}})");
}

TEST_CASE("who am I is asked with an empty review") {
  CHECK(build_self_subject_review_body() == R"({"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"})");
}

}  // namespace acr::kube
