// SPDX-License-Identifier: Apache-2.0
// Where the API server is and how we are known to it, as written in a kubeconfig or found inside a pod. Pure: files are
// named here and read by cluster_credentials.hpp.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/base/secret.hpp"
#include "common/http/message.hpp"

namespace acr::kube {

/// Text given inline or by a file; inline wins (LW-29).
struct TextSource {
  Secret text = {};
  std::string file = {};

  [[nodiscard]] bool empty() const { return text.empty() && file.empty(); }
};

struct ClusterAccess {
  http::Origin origin = {};
  std::string path_prefix = {};  ///< "" or "/k8s/clusters/x" without a slash at the end
  TextSource ca = {};            ///< PEM; empty: the system's roots (kubeconfig only)
  TextSource token = {};
  TextSource client_certificate = {};  ///< PEM; with client_key or not at all
  TextSource client_key = {};
  std::string tls_server_name = {};  ///< empty: the origin's host
  std::string namespace_name = {};   ///< of the context, or of the pod; may be empty
};

/// Reads the current context of a kubeconfig, or `context` if not empty. `file` is its path: relative paths in it are
/// relative to it, errors (Invalid) name it with the context and the field. Refused with a clear message: exec,
/// auth-provider, username/password, insecure-skip-tls-verify, proxy-url.
Result<ClusterAccess> parse_kubeconfig(std::string_view text, const std::string& file, std::string_view context = {});

/// What a pod knows (LW-25): the values of KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, and the folder with
/// ca.crt and token. An Error (Invalid) if host or port is missing. The CA is never left out: no CA, no connection.
Result<ClusterAccess> in_cluster_access(std::string_view service_host, std::string_view service_port,
                                        const std::string& folder = "/var/run/secrets/kubernetes.io/serviceaccount");

}  // namespace acr::kube
