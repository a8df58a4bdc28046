// SPDX-License-Identifier: Apache-2.0
// Takes up the TLS session of an earlier connection to the same peer, which spares both sides certificates and
// signatures.
#pragma once

#include <openssl/ssl.h>

#include <string>

namespace acr::http {

/// From now on connections of this client context keep their sessions, the newest one for each name.
void keep_sessions(SSL_CTX* context);

/// Before the handshake of a connection that expects `name` (expect_peer): takes up a session of that name, if its
/// context keeps any. A server that does not know the session any more makes a full handshake of it.
void resume_session(SSL* ssl, const std::string& name);

}  // namespace acr::http
