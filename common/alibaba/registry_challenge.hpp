// SPDX-License-Identifier: Apache-2.0
// What a registry says to whoever has not logged in: where it wants the login, and as which registry. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/http/message.hpp"

namespace acr::alibaba {

/// The Bearer challenge of a registry. Everything in it is the peer's word.
struct RegistryChallenge {
  std::string realm;             ///< the URL of the token service, see parse_realm()
  std::string service;           ///< "registry.aliyuncs.com:cn-hangzhou:china:cri-x"
  std::string scope = {};        ///< "repository:ns/app:pull"; empty if none was asked for
  std::string region_id = {};    ///< out of `service`; empty if it has none
  std::string instance_id = {};  ///< "cri-..." out of `service`; empty for Personal Edition and whatever names none

  friend bool operator==(const RegistryChallenge&, const RegistryChallenge&) = default;
};

/// The value of WWW-Authenticate (RFC 9110, 11.6.1): at most 4 KiB, 8 challenges, 16 parameters each. The first
/// challenge of scheme Bearer counts, others beside it are passed over. Error (Protocol): it breaks the grammar
/// anywhere, or that challenge lacks realm or service, or says a parameter twice. The error quotes nothing of it.
Result<RegistryChallenge> parse_challenge(std::string_view header);

/// Where a login may be sent.
struct Realm {
  http::Origin origin;
  std::string target;  ///< path and query

  friend bool operator==(const Realm&, const Realm&) = default;
};

/// Error (Denied) unless it is an https URL without a query, on the usual port, of a host dockerauth… below
/// aliyuncs.com: the realm is the word of whoever answers, and the login must not go to a stranger. Its region may
/// differ from the registry's, so it is never built but always read.
Result<Realm> parse_realm(std::string_view realm);

}  // namespace acr::alibaba
