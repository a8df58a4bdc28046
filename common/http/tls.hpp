// SPDX-License-Identifier: Apache-2.0
// TLS contexts for clients and servers. A context is never changed once in use: reloading makes a new one (CPP-6).
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"
#include "common/base/secret.hpp"

namespace acr::http {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;
/// Asked at every new connection for the context to use; nullptr = no TLS possible now (a server then closes the
/// connection).
using TlsContextSource = std::function<TlsContext()>;

/// A certificate chain (PEM, leaf first) and its private key (PEM).
struct KeyPair {
  std::string certificate_chain;
  Secret private_key;
};

/// Whom a client trusts and as whom it appears.
struct ClientTrust {
  bool system_roots = false;
  std::string ca_bundle = {};  ///< PEM; any certificate in it is an anchor, as in Go (CPP-4)
  std::optional<KeyPair> client_pair = {};
  /// Later connections to a name take up the session of an earlier one: its certificate is then looked at again only
  /// after an hour.
  bool resume_sessions = false;
};

/// TLS 1.2 or newer, peer verification always on (SEC-9). An unreadable bundle or pair is an Error (Invalid).
Result<TlsContext> make_client_tls(const ClientTrust& trust);

/// Who may connect to a server, beyond having any certificate at all.
struct ClientCheck {
  std::string ca_bundle;    ///< PEM
  std::string common_name;  ///< empty = any certificate of that CA (SEC-6)
};

/// TLS 1.2 with ECDHE+AEAD or TLS 1.3, ALPN http/1.1 only, no tickets, no resumption, no renegotiation (CRT-10, ADM-1).
/// A key that does not belong to the certificate is an Error (Invalid).
Result<TlsContext> make_server_tls(const KeyPair& pair, const std::optional<ClientCheck>& check = {});

}  // namespace acr::http
