// SPDX-License-Identifier: Apache-2.0
// From the API server's JSON to projections, one object at a time. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/base/json.hpp"
#include "common/kube/object.hpp"

namespace acr::kube {

/// Each reads one object and ignores what it does not know. An object without metadata.name is an Error (Protocol).
Result<NamespaceInfo> parse_namespace(const JsonValue& object);
Result<ServiceAccountInfo> parse_service_account(const JsonValue& object);
/// An undecodable .dockerconfigjson has an empty digest and no hosts; it is no error, since users may write anything
/// there.
Result<SecretInfo> parse_secret(const JsonValue& object);
/// As parse_secret, with all of `data`; undecodable base64 is an Error (Protocol).
Result<SecretData> parse_secret_data(const JsonValue& object);
Result<ConfigMapInfo> parse_config_map(const JsonValue& object);
Result<WebhookConfigurationInfo> parse_webhook_configuration(const JsonValue& object);

/// The same by type, for templates.
template <class T>
Result<T> parse_object(const JsonValue& object) = delete;
template <>
inline Result<NamespaceInfo> parse_object(const JsonValue& object) {
  return parse_namespace(object);
}
template <>
inline Result<ServiceAccountInfo> parse_object(const JsonValue& object) {
  return parse_service_account(object);
}
template <>
inline Result<SecretInfo> parse_object(const JsonValue& object) {
  return parse_secret(object);
}
template <>
inline Result<SecretData> parse_object(const JsonValue& object) {
  return parse_secret_data(object);
}
template <>
inline Result<ConfigMapInfo> parse_object(const JsonValue& object) {
  return parse_config_map(object);
}
template <>
inline Result<WebhookConfigurationInfo> parse_object(const JsonValue& object) {
  return parse_webhook_configuration(object);
}

/// From the text of one object, such as the body of an answer.
template <class T>
Result<T> parse_text(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return fail(document.error());
  return parse_object<T>(*document);
}

/// Namespace and name of any object; an Error (Protocol) without a name.
Result<ObjectKey> parse_key(const JsonValue& object);

/// metadata.resourceVersion; empty if absent.
std::string_view parse_resource_version(const JsonValue& object);

/// Does this bookmark say that all objects of a streamed list have been sent (LW-8)?
bool is_end_of_list(const JsonValue& bookmark);

/// status.userInfo.username of a SelfSubjectReview.
Result<std::string> parse_username(std::string_view body);

/// `value` with the members of all objects sorted, without white space: equal texts mean equal values.
std::string normalise(const JsonValue& value);

}  // namespace acr::kube
