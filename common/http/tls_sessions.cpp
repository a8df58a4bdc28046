// SPDX-License-Identifier: Apache-2.0
#include "common/http/tls_sessions.hpp"

#include <map>
#include <memory>

#include "common/async/clock.hpp"

namespace acr::http {
namespace {

/// A resumed connection shows no certificate, so now and then a full handshake has to.
constexpr std::chrono::hours kVerifyEvery{1};

struct FreeSession {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

using Session = std::unique_ptr<SSL_SESSION, FreeSession>;

/// OpenSSL spoils the session of a connection that is closed without a word, so none shares it with another.
Session copy_of(SSL_SESSION* session) {
  return Session(SSL_SESSION_dup(session));
}

struct Kept {
  Session session;
  async::Clock::time_point verified_at;
};

/// What one context keeps.
using Sessions = std::map<std::string, Kept>;

/// What a connection must remember until its session arrives.
struct Expected {
  std::string name;
  async::Clock::time_point verified_at;
};

template <class T>
void free_extra(void*, void* object, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<T*>(object);
}

int sessions_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_extra<Sessions>);
  return index;
}

int expected_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_extra<Expected>);
  return index;
}

Sessions* sessions_of(SSL* ssl) {
  return static_cast<Sessions*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), sessions_index()));
}

int keep_session(SSL* ssl, SSL_SESSION* session) {
  const auto* expected = static_cast<Expected*>(SSL_get_ex_data(ssl, expected_index()));
  auto* sessions = sessions_of(ssl);
  if (expected == nullptr || sessions == nullptr) return 0;
  if (auto copy = copy_of(session))
    (*sessions)[expected->name] = {.session = std::move(copy), .verified_at = expected->verified_at};
  return 0;
}

}  // namespace

void keep_sessions(SSL_CTX* context) {
  SSL_CTX_set_ex_data(context, sessions_index(), new Sessions);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_session);
}

void resume_session(SSL* ssl, const std::string& name) {
  auto* sessions = sessions_of(ssl);
  if (sessions == nullptr) return;
  const auto now = async::Clock::now();
  auto verified_at = now;
  const auto kept = sessions->find(name);
  if (kept != sessions->end() && now - kept->second.verified_at < kVerifyEvery) {
    const auto session = copy_of(kept->second.session.get());
    if (session && SSL_set_session(ssl, session.get()) == 1) verified_at = kept->second.verified_at;
  }
  SSL_set_ex_data(ssl, expected_index(), new Expected{.name = name, .verified_at = verified_at});
}

}  // namespace acr::http
