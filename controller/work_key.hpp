// SPDX-License-Identifier: Apache-2.0
// What the controller's work queue holds: names of things to look at, never their content.
#pragma once

#include <compare>
#include <string>

namespace acr::controller {

/// Label `name` of the work queue's metrics.
inline constexpr const char* kQueueName = "acr-controller";

/// One thing to bring to its wanted state.
struct WorkKey {
  enum class Kind {
    ServiceAccount,  ///< its imagePullSecrets
    Namespace,       ///< its aggregated Secret
    Authority,       ///< the webhook's CA Secret
    Registration,    ///< the webhook configurations
    State,           ///< the state Secret
  };
  Kind kind = Kind::Namespace;
  std::string namespace_ = {};
  std::string name = {};  ///< of the ServiceAccount; empty for the other kinds

  friend auto operator<=>(const WorkKey&, const WorkKey&) = default;
};

inline WorkKey namespace_key(std::string name) {
  return {WorkKey::Kind::Namespace, std::move(name), {}};
}
inline WorkKey service_account_key(std::string namespace_name, std::string name) {
  return {WorkKey::Kind::ServiceAccount, std::move(namespace_name), std::move(name)};
}

/// The word for logs and metrics.
constexpr const char* to_string(WorkKey::Kind kind) {
  switch (kind) {
    case WorkKey::Kind::ServiceAccount:
      return "service_account";
    case WorkKey::Kind::Namespace:
      return "namespace";
    case WorkKey::Kind::Authority:
      return "authority";
    case WorkKey::Kind::Registration:
      return "registration";
    case WorkKey::Kind::State:
      return "state";
  }
  return "unknown";
}

}  // namespace acr::controller
