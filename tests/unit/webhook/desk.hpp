// SPDX-License-Identifier: Apache-2.0
// The admission routes with a cluster made of values: no socket, no API server.
#pragma once

#include <boost/asio/io_context.hpp>
#include <string>

#include "webhook/admission.hpp"
#include "webhook/cluster.hpp"

namespace acr::webhook::test {

inline constexpr const char* kSecretName = "acr-credential-secret-aggregation";
inline constexpr const char* kController = "system:serviceaccount:kube-system:aliyun-acr-credential-helper";

class Desk {
 public:
  boost::asio::io_context io;
  Metrics metrics{"webhook"};
  Stores stores;
  Configuration configuration{stores.config_maps, stores.states, metrics};
  Namespaces namespaces{io.get_executor(), stores.namespaces};
  Admission admission{configuration,
                      namespaces,
                      {.own_namespace = "kube-system",
                       .secret_name = kSecretName,
                       .controller_username = kController,
                       .configuration = {"kube-system", "acr-configuration"}},
                      metrics};

  /// Both stores are listed: the ConfigMap with this data, or none; nothing was ever accepted.
  void configure(std::optional<kube::TextMap> data);
  void add_namespace(kube::NamespaceInfo info);

  /// POSTs a body as an API server does.
  http::Response post(std::string body, std::string target = "/mutate-v1-serviceaccount?timeout=10s");
  http::Response send(const http::Request& request);
};

/// What an answer says.
struct ReadAnswer {
  std::string api_version, kind, uid;
  bool allowed = false;
  bool has_patch_member = false, has_patch_type_member = false;
  std::string patch;  ///< decoded
  std::string decision;
  std::string message;
  std::vector<std::string> warnings;
};
ReadAnswer read_answer(const http::Response& response);

/// A review of a ServiceAccount; `object` and `old_object` are JSON.
struct ReviewText {
  std::string operation = "CREATE";
  std::string namespace_ = "web";
  std::string name = "api";
  std::string username = "deploy-admin";
  std::string object = R"({"metadata":{"name":"api","namespace":"web"}})";
  std::string old_object = "null";
  std::string field_manager = "kubectl-apply";
  std::string kind = "ServiceAccount";
  std::string resource = "serviceaccounts";
};
std::string to_json(const ReviewText& text);

}  // namespace acr::webhook::test
