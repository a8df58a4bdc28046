// SPDX-License-Identifier: Apache-2.0
// Whom a client expects at the other end of a TLS connection, and what to say when it is somebody else.
#pragma once

#include <openssl/ssl.h>

#include <boost/system/error_code.hpp>
#include <string>

#include "common/base/error.hpp"

namespace acr::http {

/// Sets what the peer's certificate must be valid for: a DNS name (sent as SNI too) or an IP address (CPP-4).
Result<void> expect_peer(SSL* ssl, const std::string& name);

/// Why a handshake failed: what is wrong with the certificate if that was it, else `error` in words.
std::string handshake_reason(SSL* ssl, const boost::system::error_code& error);

}  // namespace acr::http
