// SPDX-License-Identifier: Apache-2.0
#include "certs/names.hpp"

#include <openssl/x509v3.h>

#include <fmt/format.h>

#include "certs/openssl.hpp"

namespace acr::certs {
namespace {

bool is_address(const std::string& text) {
  const openssl::Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> octets(a2i_IPADDRESS(text.c_str()));
  return octets != nullptr;
}

}  // namespace

HostNames names_of_service(std::string_view service_namespace, std::string_view service) {
  return {.dns = {std::string(service), fmt::format("{}.{}", service, service_namespace),
                  fmt::format("{}.{}.svc", service, service_namespace)},
          .ips = {}};
}

HostNames names_of_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::string text(host);
  if (is_address(text)) return {.dns = {}, .ips = {std::move(text)}};
  return {.dns = {std::move(text)}, .ips = {}};
}

}  // namespace acr::certs
