// SPDX-License-Identifier: Apache-2.0
// Request signing ACS3-HMAC-SHA256 ("V3"), for RPC and ROA calls alike. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/alibaba/credentials.hpp"
#include "common/http/message.hpp"

namespace acr::alibaba {

/// One call of an OpenAPI product before it is signed.
struct OpenApiCall {
  std::string method = "POST";
  std::string host = {};                          ///< filled in by OpenApi; with ":port" if a port is used
  std::string path = "/";                         ///< each segment already percent-encoded
  std::map<std::string, std::string> query = {};  ///< plain text, encoded by the signer
  std::string body = {};
  std::string content_type = {};  ///< only with a body
  std::string action;
  std::string version;
};

/// RFC 3986: unreserved characters stay, every other byte becomes %XX in upper case.
std::string encode_percent(std::string_view text);

/// "k=v&k2=v2" in byte order of the keys, both sides encoded; what is signed is also what goes on the wire.
std::string build_canonical_query(const std::map<std::string, std::string>& query);

/// The headers that are signed, lower-case names in order: host, content-type (with a body) and x-acs-*.
std::map<std::string, std::string> build_signed_headers(const OpenApiCall& call, const RamCredentials& credentials,
                                                        WallTime now, std::string_view nonce);

/// "a;b;c".
std::string join_header_names(const std::map<std::string, std::string>& headers);

std::string build_canonical_request(const OpenApiCall& call, const std::map<std::string, std::string>& headers);
std::string build_string_to_sign(std::string_view canonical_request);

/// The value of the Authorization header.
std::string build_authorization(const RamCredentials& credentials, const std::map<std::string, std::string>& headers,
                                std::string_view string_to_sign);

/// The whole signed request. `nonce` must be new for every attempt (a repeated one gives SignatureNonceUsed).
http::Request sign_v3(const OpenApiCall& call, const RamCredentials& credentials, WallTime now, std::string_view nonce);

}  // namespace acr::alibaba
