// SPDX-License-Identifier: Apache-2.0
// What an API server does with our certificates: verifies the chain against a bundle for a name at a time.
#pragma once

#include <string>
#include <string_view>

#include "common/base/time.hpp"

namespace acr::certs::test {

/// "ok", or OpenSSL's words for what is wrong.
std::string verify(std::string_view chain_pem, std::string_view bundle_pem, const std::string& name, WallTime at);

/// OpenSSL's text form of the first certificate.
std::string print_certificate(std::string_view pem);

}  // namespace acr::certs::test
