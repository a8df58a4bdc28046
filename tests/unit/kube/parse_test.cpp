// SPDX-License-Identifier: Apache-2.0
// Objects of the API server and what we keep of them.
#include "common/kube/parse.hpp"

#include <catch2/catch.hpp>

#include "common/base/base64.hpp"
#include "common/base/crypto.hpp"

namespace acr::kube {
namespace {

template <class T>
T parsed(const std::string& text) {
  auto object = parse_text<T>(text);
  REQUIRE(object);
  return *object;
}

}  // namespace

TEST_CASE("a Namespace keeps its labels and only our annotations") {
  const auto info = parsed<NamespaceInfo>(
      R"({"metadata":{"name":"shop","uid":"u","resourceVersion":"5","labels":{"team":"a","acr-credential-helper/exclude":"true"},
          "annotations":{"acr-credential-helper/exclude":"true","kubectl.kubernetes.io/last-applied-configuration":"{}"}},"status":{"phase":"Active"}})");

  CHECK(info == NamespaceInfo{.name = "shop",
                              .uid = "u",
                              .resource_version = "5",
                              .labels = {{"acr-credential-helper/exclude", "true"}, {"team", "a"}},
                              .annotations = {{"acr-credential-helper/exclude", "true"}}});
  CHECK(key_of(info) == ObjectKey{"", "shop"});
}

TEST_CASE("LW-20: a Namespace is terminating by its deletionTimestamp or by its phase") {
  CHECK(parsed<NamespaceInfo>(
            R"({"kind":"PartialObjectMetadata","metadata":{"name":"a","deletionTimestamp":"2026-01-01T00:00:00Z"}})")
            .terminating);
  CHECK(parsed<NamespaceInfo>(R"({"metadata":{"name":"a"},"status":{"phase":"Terminating"}})").terminating);
  CHECK_FALSE(parsed<NamespaceInfo>(R"({"metadata":{"name":"a","deletionTimestamp":null}})").terminating);
}

TEST_CASE("a ServiceAccount keeps the order of its pull secrets, duplicates and nameless ones too") {
  const auto info = parsed<ServiceAccountInfo>(
      R"({"metadata":{"name":"web","namespace":"shop","uid":"u","resourceVersion":"5"},"secrets":[{"name":"s"}],
          "imagePullSecrets":[{"name":"b"},{"name":"a"},{"name":"b"},{}]})");

  CHECK(info.key == ObjectKey{"shop", "web"});
  CHECK(info.image_pull_secrets == std::vector<std::string>{"b", "a", "b", ""});
  CHECK_FALSE(info.excluded);
}

TEST_CASE("no pull secrets may be absent, null or empty") {
  for (const auto* list : {"", R"(,"imagePullSecrets":null)", R"(,"imagePullSecrets":[])"}) {
    CHECK(parsed<ServiceAccountInfo>(std::string(R"({"metadata":{"name":"web"})") + list + "}")
              .image_pull_secrets.empty());
  }
}

TEST_CASE("a ServiceAccount is excluded by label or annotation, and only by the text true") {
  const auto excluded = [](const std::string& metadata) {
    return parsed<ServiceAccountInfo>(R"({"metadata":{"name":"web",)" + metadata + "}}").excluded;
  };
  CHECK(excluded(R"("labels":{"acr-credential-helper/exclude":"true"})"));
  CHECK(excluded(R"("annotations":{"acr-credential-helper/exclude":"true"})"));
  CHECK_FALSE(excluded(R"("labels":{"acr-credential-helper/exclude":"false"})"));
  CHECK_FALSE(excluded(R"("labels":{"acr-credential-helper/exclude":true})"));
  CHECK_FALSE(excluded(R"("labels":null)"));
}

TEST_CASE("a Secret keeps a digest and the hosts of its content, not the content") {
  const std::string config = R"({"auths":{"b.example":{"auth":"x"},"a.example":{}}})";
  const auto info = parsed<SecretInfo>(
      R"({"metadata":{"name":"p","namespace":"shop","labels":{"app.kubernetes.io/managed-by":"acr-credential-helper"},
          "annotations":{"acr-credential-helper/expires-at":"t","other":"x"}},"type":"kubernetes.io/dockerconfigjson","immutable":true,
          "data":{".dockerconfigjson":")" +
      encode_base64(config) + R"("}})");

  CHECK(info.managed);
  CHECK(info.immutable);
  CHECK(info.type == kDockerConfigType);
  CHECK(info.digest == encode_hex(sha256(config)));
  CHECK(info.registry_hosts == std::vector<std::string>{"a.example", "b.example"});
  CHECK(info.annotations == TextMap{{"acr-credential-helper/expires-at", "t"}});
}

TEST_CASE("WR-9: a Secret that somebody else wrote is read, whatever is in it") {
  CHECK_FALSE(
      parsed<SecretInfo>(R"({"metadata":{"name":"p","labels":{"app.kubernetes.io/managed-by":"Helm"}}})").managed);
  CHECK(parsed<SecretInfo>(R"({"metadata":{"name":"p"}})").digest.empty());
  CHECK(parsed<SecretInfo>(R"({"metadata":{"name":"p"},"data":{".dockerconfigjson":"%%"}})").digest.empty());
  const auto broken = parsed<SecretInfo>(R"({"metadata":{"name":"p"},"data":{".dockerconfigjson":"bm8ganNvbg=="}})");
  CHECK_FALSE(broken.digest.empty());
  CHECK(broken.registry_hosts.empty());
}

TEST_CASE("a Secret of our own comes with its content decoded") {
  const auto secret =
      parsed<SecretData>(R"({"metadata":{"name":"ca","namespace":"n"},"data":{"tls.key":"a2V5","empty":""}})");
  CHECK(secret.data.at("tls.key").reveal() == "key");
  CHECK(secret.data.at("empty").empty());
  CHECK(key_of(secret) == ObjectKey{"n", "ca"});

  const auto broken =
      parse_text<SecretData>(R"({"metadata":{"name":"ca","namespace":"n"},"data":{"tls.key":"S3CR3T-not-base64"}})");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message.find("data.tls.key") != std::string::npos);
  CHECK(broken.error().message.find("S3CR3T") == std::string::npos);
}

TEST_CASE("a ConfigMap keeps its data and knows of binary data") {
  const auto map = parsed<ConfigMapInfo>(
      R"({"metadata":{"name":"c","namespace":"n"},"data":{"a":"1\n2"},"binaryData":{"b":"AA=="}})");
  CHECK(map.data == TextMap{{"a", "1\n2"}});
  CHECK(map.binary_keys == std::set<std::string>{"b"});
  CHECK(parsed<ConfigMapInfo>(R"({"metadata":{"name":"c"},"binaryData":{}})").binary_keys.empty());
}

TEST_CASE("equal webhooks have equal texts, whatever the order of their members") {
  const auto one = parsed<WebhookConfigurationInfo>(
      R"({"metadata":{"name":"w"},"webhooks":[{"name":"a","rules":[{"x":1,"a":[2,1]}]}]})");
  const auto other = parsed<WebhookConfigurationInfo>(
      R"({"webhooks": [ {"rules": [{"a":[2,1], "x":1}], "name":"a"} ], "metadata":{"name":"w"}})");
  CHECK(one.webhooks == other.webhooks);
  CHECK(one.webhooks == R"([{"name":"a","rules":[{"a":[2,1],"x":1}]}])");
  CHECK(parsed<WebhookConfigurationInfo>(R"({"metadata":{"name":"w"}})").webhooks == "[]");
}

TEST_CASE("an object without a name is refused by every parser") {
  const std::string nameless = R"({"metadata":{"namespace":"n","name":""}})";
  CHECK_FALSE(parse_text<NamespaceInfo>(nameless));
  CHECK_FALSE(parse_text<ServiceAccountInfo>(nameless));
  CHECK_FALSE(parse_text<SecretInfo>(nameless));
  CHECK_FALSE(parse_text<SecretData>(nameless));
  CHECK_FALSE(parse_text<ConfigMapInfo>(nameless));
  CHECK_FALSE(parse_text<WebhookConfigurationInfo>("[]"));
}

TEST_CASE("no prefix of an object is taken for the object") {
  const std::string text = R"({"metadata":{"name":"web","namespace":"shop"},"imagePullSecrets":[{"name":"a"}]})";
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK_FALSE(parse_text<ServiceAccountInfo>(text.substr(0, size)));
}

TEST_CASE("LW-8: only a bookmark with the annotation ends a streamed list") {
  const auto ends = [](const std::string& text) { return is_end_of_list(*parse_json(text)); };
  CHECK(ends(R"({"metadata":{"resourceVersion":"9","annotations":{"k8s.io/initial-events-end":"true"}}})"));
  CHECK_FALSE(ends(R"({"metadata":{"resourceVersion":"9","annotations":{"k8s.io/initial-events-end":"false"}}})"));
  CHECK_FALSE(ends(R"({"metadata":{"resourceVersion":"9"}})"));
}

TEST_CASE("a SelfSubjectReview says who we are") {
  CHECK(*parse_username(R"({"status":{"userInfo":{"username":"system:serviceaccount:kube-system:acr"}}})") ==
        "system:serviceaccount:kube-system:acr");
  CHECK_FALSE(parse_username("{}"));
}

}  // namespace acr::kube
