// SPDX-License-Identifier: Apache-2.0
// Requests to the API server as values. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/http/message.hpp"
#include "common/kube/object.hpp"

namespace acr::kube {

/// A kind of object as the API server's paths name it.
struct Resource {
  std::string_view api_prefix;  ///< "/api/v1", "/apis/coordination.k8s.io/v1"
  std::string_view plural;
  bool namespaced = true;

  friend bool operator==(const Resource&, const Resource&) = default;
};

inline constexpr Resource kNamespaces{"/api/v1", "namespaces", false};
inline constexpr Resource kServiceAccounts{"/api/v1", "serviceaccounts"};
inline constexpr Resource kSecrets{"/api/v1", "secrets"};
inline constexpr Resource kConfigMaps{"/api/v1", "configmaps"};
inline constexpr Resource kServices{"/api/v1", "services"};
inline constexpr Resource kEvents{"/apis/events.k8s.io/v1", "events"};
inline constexpr Resource kLeases{"/apis/coordination.k8s.io/v1", "leases"};
inline constexpr Resource kMutatingWebhookConfigurations{"/apis/admissionregistration.k8s.io/v1",
                                                         "mutatingwebhookconfigurations", false};
inline constexpr Resource kValidatingWebhookConfigurations{"/apis/admissionregistration.k8s.io/v1",
                                                           "validatingwebhookconfigurations", false};
inline constexpr Resource kMutatingAdmissionPolicies{"/apis/admissionregistration.k8s.io/v1",
                                                     "mutatingadmissionpolicies", false};
inline constexpr Resource kMutatingAdmissionPolicyBindings{"/apis/admissionregistration.k8s.io/v1",
                                                           "mutatingadmissionpolicybindings", false};
inline constexpr Resource kSelfSubjectReviews{"/apis/authentication.k8s.io/v1", "selfsubjectreviews", false};

enum class Representation { Full, MetadataOnly };  ///< LW-20

/// Which objects: a list or a watch covers these.
struct Selection {
  Resource resource;
  std::string namespace_ = {};      ///< empty: all namespaces
  std::string field_selector = {};  ///< "metadata.name=x"; needed where RBAC names the object (SEC-2)
  std::string label_selector = {};
  Representation representation = Representation::Full;
};

/// The selection of one object by its name; watching it is allowed under RBAC resourceNames (SEC-2).
Selection select_by_name(Resource resource, const ObjectKey& key);

/// Where a page of a list begins.
struct ListPosition {
  std::string resource_version = {};  ///< "" = consistent read, "0" = whatever is cached, else "not older than"
  unsigned limit = 0;                 ///< 0 = all at once
  std::string continue_token = {};    ///< replaces resource_version (LW-7)
};

http::Request build_list_request(const Selection& selection, const ListPosition& position = {});

/// Bookmarks asked for, never compressed (LW-11); `timeout` is when the server ends the stream.
http::Request build_watch_request(const Selection& selection, std::string_view resource_version,
                                  std::chrono::seconds timeout);

/// A watch that begins with all objects (LW-8), at least as new as `resource_version` ("" = the newest); an event that
/// is_end_of_list() follows the last of them.
http::Request build_streamed_list_request(const Selection& selection, std::string_view resource_version,
                                          std::chrono::seconds timeout);

http::Request build_get_request(Resource resource, const ObjectKey& key);

/// All writes carry kOwnFieldManager; `body` is JSON.
http::Request build_create_request(Resource resource, std::string_view namespace_name, std::string body);
http::Request build_update_request(Resource resource, const ObjectKey& key, std::string body);
/// RFC 7386. With metadata.resourceVersion in the body a race is a 409 Conflict (WR-1).
http::Request build_merge_patch_request(Resource resource, const ObjectKey& key, std::string body);
/// RFC 6902.
http::Request build_json_patch_request(Resource resource, const ObjectKey& key, std::string body);

/// Only the very object that was seen is deleted; empty fields are no condition.
struct Preconditions {
  std::string uid = {};
  std::string resource_version = {};
};
http::Request build_delete_request(Resource resource, const ObjectKey& key, const Preconditions& only_if = {});

/// "cannot patch serviceaccounts default/web": the beginning of an error about `request`, read from its method and
/// path.
std::string describe_failure(const http::Request& request);

/// Percent-encoded for a path segment or a query value.
std::string encode_url(std::string_view text);

}  // namespace acr::kube
