// SPDX-License-Identifier: Apache-2.0
// Every request as the API server sees it.
#include "common/kube/requests.hpp"

#include <catch2/catch.hpp>

namespace acr::kube {
namespace {

using namespace std::chrono_literals;

const ObjectKey kWeb{"shop", "web"};

}  // namespace

TEST_CASE("lists name their position and their selection") {
  const Selection all{.resource = kServiceAccounts};
  CHECK(build_list_request(all).target == "/api/v1/serviceaccounts");
  CHECK(build_list_request(all, {.resource_version = "0", .limit = 500}).target ==
        "/api/v1/serviceaccounts?limit=500&resourceVersion=0&resourceVersionMatch=NotOlderThan");
  CHECK(build_list_request({.resource = kServiceAccounts, .namespace_ = "shop", .label_selector = "a=b,c"}).target ==
        "/api/v1/namespaces/shop/serviceaccounts?labelSelector=a%3Db%2Cc");
  CHECK(build_list_request({.resource = kNamespaces}).target == "/api/v1/namespaces");
}

TEST_CASE("LW-7: a continuation replaces the resourceVersion") {
  const auto request =
      build_list_request({.resource = kSecrets}, {.resource_version = "5", .limit = 500, .continue_token = "a/b=="});
  CHECK(request.target == "/api/v1/secrets?limit=500&continue=a%2Fb%3D%3D");
}

TEST_CASE("SEC-2: one name over all namespaces, and one object, are selected by metadata.name") {
  CHECK(build_list_request({.resource = kSecrets, .field_selector = "metadata.name=pull"}).target ==
        "/api/v1/secrets?fieldSelector=metadata.name%3Dpull");
  CHECK(build_list_request(select_by_name(kConfigMaps, {"kube-system", "acr-configuration"})).target ==
        "/api/v1/namespaces/kube-system/configmaps?fieldSelector=metadata.name%3Dacr-configuration");
  CHECK(build_list_request(select_by_name(kMutatingWebhookConfigurations, {"", "x"})).target ==
        "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations?fieldSelector=metadata.name%3Dx");
}

TEST_CASE("LW-11: a watch asks for bookmarks and a time limit, and never for compression") {
  const auto request = build_watch_request({.resource = kSecrets, .field_selector = "metadata.name=pull"}, "17", 300s);
  CHECK(request.target ==
        "/api/v1/"
        "secrets?fieldSelector=metadata.name%3Dpull&watch=true&allowWatchBookmarks=true&resourceVersion=17&"
        "timeoutSeconds=300");
  CHECK_FALSE(request.headers.has("Accept-Encoding"));
}

TEST_CASE("LW-8: a streamed list is a watch that begins with all objects") {
  const auto request = build_streamed_list_request({.resource = kNamespaces}, "0", 300s);
  CHECK(request.target ==
        "/api/v1/namespaces?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&watch=true&"
        "allowWatchBookmarks=true&resourceVersion=0&timeoutSeconds=300");
  CHECK(build_streamed_list_request({.resource = kNamespaces}, "", 300s).target.find("resourceVersion=") ==
        std::string::npos);
  CHECK(describe_failure(request) == "cannot list namespaces");
}

TEST_CASE("LW-20: metadata alone is asked for by the Accept header, with a fallback") {
  const Selection metadata{.resource = kNamespaces, .representation = Representation::MetadataOnly};
  CHECK(build_list_request(metadata).headers.get("Accept") ==
        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json");
  CHECK(build_watch_request(metadata, "1", 300s).headers.get("Accept") ==
        "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json");
  CHECK(build_list_request({.resource = kServiceAccounts}).headers.get("Accept") == "application/json");
}

TEST_CASE("writes name their field manager and their content type") {
  const auto create = build_create_request(kSecrets, "shop", "{}");
  CHECK(create.method == "POST");
  CHECK(create.target == "/api/v1/namespaces/shop/secrets?fieldManager=acr-credential-helper");
  CHECK(create.headers.get("Content-Type") == "application/json");
  CHECK(create.body == "{}");

  const auto update = build_update_request(kLeases, {"kube-system", "l"}, "{}");
  CHECK(update.method == "PUT");
  CHECK(update.target ==
        "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/l?fieldManager=acr-credential-helper");

  const auto merge = build_merge_patch_request(kServiceAccounts, kWeb, "{}");
  CHECK(merge.method == "PATCH");
  CHECK(merge.target == "/api/v1/namespaces/shop/serviceaccounts/web?fieldManager=acr-credential-helper");
  CHECK(merge.headers.get("Content-Type") == "application/merge-patch+json");
  CHECK(build_json_patch_request(kServiceAccounts, kWeb, "[]").headers.get("Content-Type") ==
        "application/json-patch+json");
}

TEST_CASE("a delete is conditional on the object that was seen") {
  CHECK(build_delete_request(kSecrets, kWeb).body.empty());
  const auto request = build_delete_request(kSecrets, kWeb, {.uid = "u", .resource_version = "3"});
  CHECK(request.method == "DELETE");
  CHECK(request.target == "/api/v1/namespaces/shop/secrets/web");
  CHECK(request.body ==
        R"({"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u","resourceVersion":"3"}})");
  CHECK(request.headers.get("Content-Type") == "application/json");
}

TEST_CASE("names from outside cannot leave their path segment") {
  CHECK(build_get_request(kSecrets, {"a/../b", "c?d#e%"}).target ==
        "/api/v1/namespaces/a%2F..%2Fb/secrets/c%3Fd%23e%25");
}

TEST_CASE("an error says verb, resource and object") {
  CHECK(describe_failure(build_get_request(kSecrets, kWeb)) == "cannot get secrets shop/web");
  CHECK(describe_failure(build_list_request({.resource = kSecrets, .field_selector = "metadata.name=x"})) ==
        "cannot list secrets");
  CHECK(describe_failure(build_list_request({.resource = kSecrets, .namespace_ = "shop"})) ==
        "cannot list secrets in shop");
  CHECK(describe_failure(build_watch_request({.resource = kNamespaces}, "1", 1s)) == "cannot watch namespaces");
  CHECK(describe_failure(build_get_request(kNamespaces, {"", "shop"})) == "cannot get namespaces shop");
  CHECK(describe_failure(build_create_request(kLeases, "shop", "")) == "cannot create leases in shop");
  CHECK(describe_failure(build_merge_patch_request(kServiceAccounts, kWeb, "")) ==
        "cannot patch serviceaccounts shop/web");
  CHECK(describe_failure(build_update_request(kMutatingWebhookConfigurations, {"", "w"}, "")) ==
        "cannot update mutatingwebhookconfigurations w");
  CHECK(describe_failure(build_delete_request(kSecrets, kWeb)) == "cannot delete secrets shop/web");
  CHECK(describe_failure({.target = "/version"}) == "cannot list /version");
}

}  // namespace acr::kube
