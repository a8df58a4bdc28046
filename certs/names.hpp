// SPDX-License-Identifier: Apache-2.0
// The names a certificate is for. Go clients look at subjectAltName only, never at the common name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace acr::certs {

struct HostNames {
  std::vector<std::string> dns;
  std::vector<std::string> ips;  ///< IPv4 or IPv6 text without brackets

  friend bool operator==(const HostNames&, const HostNames&) = default;
};

/// `svc`, `svc.ns`, `svc.ns.svc` of a Service: the API server verifies the last one (CRT-4).
HostNames names_of_service(std::string_view service_namespace, std::string_view service);

/// The one name or address of a URL's host; brackets around IPv6 are tolerated.
HostNames names_of_host(std::string_view host);

}  // namespace acr::certs
