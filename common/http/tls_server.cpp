// SPDX-License-Identifier: Apache-2.0
#include <openssl/x509.h>

#include <boost/asio/ssl/verify_context.hpp>
#include <boost/asio/ssl/verify_mode.hpp>

#include "common/http/tls.hpp"
#include "common/http/tls_context.hpp"

namespace acr::http {
namespace {

constexpr std::string_view kHttp11 = "\x08http/1.1";

/// ADM-1: http/1.1 or nothing; a client that offers only h2 learns it from the alert.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
  unsigned char* match = nullptr;
  const auto* ours = reinterpret_cast<const unsigned char*>(kHttp11.data());
  const auto found =
      SSL_select_next_proto(&match, length, ours, static_cast<unsigned>(kHttp11.size()), offered, offered_length);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = match;
  return SSL_TLSEXT_ERR_OK;
}

std::string common_name_of(X509* certificate) {
  char text[256] = {};
  const int length = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text, sizeof(text));
  return length < 0 ? std::string() : std::string(text, static_cast<std::size_t>(length));
}

bool accepts(const std::string& common_name, bool chain_is_good, boost::asio::ssl::verify_context& verification) {
  X509_STORE_CTX* const chain = verification.native_handle();
  if (!chain_is_good || common_name.empty() || X509_STORE_CTX_get_error_depth(chain) != 0) return chain_is_good;
  if (common_name_of(X509_STORE_CTX_get_current_cert(chain)) == common_name) return true;
  X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
  return false;
}

Result<void> require_client(boost::asio::ssl::context& context, const ClientCheck& check) {
  if (const auto trusted = trust_bundle(context.native_handle(), check.ca_bundle); !trusted)
    return fail(trusted.error());
  const auto anchors = read_certificates(check.ca_bundle, "the client CA bundle");
  if (!anchors) return fail(anchors.error());
  for (const auto& anchor : *anchors) SSL_CTX_add_client_CA(context.native_handle(), anchor.get());
  context.set_verify_mode(boost::asio::ssl::verify_peer | boost::asio::ssl::verify_fail_if_no_peer_cert);
  context.set_verify_callback([name = check.common_name](bool good, boost::asio::ssl::verify_context& verification) {
    return accepts(name, good, verification);
  });
  return {};
}

}  // namespace

Result<TlsContext> make_server_tls(const KeyPair& pair, const std::optional<ClientCheck>& check) {
  auto context = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
  SSL_CTX* const raw = context->native_handle();
  set_common_rules(raw);
  SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20");
  // A resumed session would skip the check of the client's certificate (CPP-5).
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(raw, 0);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  if (const auto used = use_pair(raw, pair); !used) return fail(used.error());
  if (check) {
    if (const auto required = require_client(*context, *check); !required) return fail(required.error());
  }
  return context;
}

}  // namespace acr::http
