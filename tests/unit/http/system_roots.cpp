// SPDX-License-Identifier: Apache-2.0
// Which chains the system's roots make good, and which of them then stand in memory.
#include "common/http/system_roots.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "common/http/tls_context.hpp"
#include "tests/fakes/certificates.hpp"
#include "tests/fakes/mounted_volume.hpp"

using namespace acr;
using namespace acr::http;
using fakes::Authority;

namespace {

/// The system's roots are what this file holds.
class Roots {
 public:
  explicit Roots(const std::string& pem) {
    write(pem);
    ::setenv("SSL_CERT_FILE", volume_.path().c_str(), 1);
    ::setenv("SSL_CERT_DIR", volume_.path().parent_path().c_str(), 1);
  }
  ~Roots() {
    ::unsetenv("SSL_CERT_FILE");
    ::unsetenv("SSL_CERT_DIR");
  }
  Roots(const Roots&) = delete;
  Roots& operator=(const Roots&) = delete;

  void write(const std::string& pem) { volume_.publish(pem); }

 private:
  fakes::MountedVolume volume_{"roots.pem"};
};

/// A client's view of a server's chain (PEM, leaf first).
int verdict_on(const TlsContext& client, const std::string& chain_pem) {
  const auto chain = read_certificates(chain_pem, "the chain").value();
  STACK_OF(X509)* const others = sk_X509_new_null();
  for (const auto& certificate : chain) sk_X509_push(others, certificate.get());
  X509_STORE_CTX* const verifying = X509_STORE_CTX_new();
  X509_STORE_CTX_init(verifying, SSL_CTX_get_cert_store(client->native_handle()), chain.front().get(), others);
  X509_verify_cert(verifying);
  const int verdict = X509_STORE_CTX_get_error(verifying);
  X509_STORE_CTX_free(verifying);
  sk_X509_free(others);
  return verdict;
}

int roots_in_memory(const TlsContext& client) {
  return sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(client->native_handle())));
}

}  // namespace

TEST_CASE("only the root that a chain ends at is read") {
  const Authority ours("ours");
  const Authority between = ours.intermediate("between");
  const Roots roots(Authority("first").pem() + "a comment\n" + ours.pem() + Authority("last").pem());
  const auto client = make_client_tls({.system_roots = true}).value();
  CHECK(roots_in_memory(client) == 0);

  CHECK(verdict_on(client, between.issue().certificate_chain) == X509_V_OK);
  CHECK(roots_in_memory(client) == 1);
  CHECK(verdict_on(client, ours.issue().certificate_chain) == X509_V_OK);
  CHECK(roots_in_memory(client) == 1);
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("a chain that ends at none of the roots is refused") {
  const Roots roots(Authority("ours").pem());
  const auto client = make_client_tls({.system_roots = true}).value();
  CHECK(verdict_on(client, Authority("theirs").issue().certificate_chain) == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
  // The name alone makes no root.
  CHECK(verdict_on(client, Authority("ours").issue().certificate_chain) != X509_V_OK);
}

TEST_CASE("roots of one name are all tried, whatever stands between them") {
  const Authority older("ours");
  const Authority newer("ours");
  const Roots roots(older.pem() +
                    "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
                    "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n" +
                    newer.pem());
  const auto client = make_client_tls({.system_roots = true}).value();
  CHECK(verdict_on(client, newer.issue().certificate_chain) == X509_V_OK);
  CHECK(verdict_on(client, older.issue().certificate_chain) == X509_V_OK);
}

TEST_CASE("roots before a place where the file is cut count, and a folder in its place holds none") {
  const Authority ours("ours");
  const auto cut = Authority("cut").pem();
  Roots roots(ours.pem() + cut.substr(0, cut.size() / 2));
  const auto client = make_client_tls({.system_roots = true}).value();
  CHECK(verdict_on(client, ours.issue().certificate_chain) == X509_V_OK);
  CHECK(verdict_on(client, Authority("theirs").issue().certificate_chain) != X509_V_OK);
  ::setenv("SSL_CERT_FILE", "/", 1);
  CHECK(verdict_on(client, Authority("others").issue().certificate_chain) != X509_V_OK);
}

TEST_CASE("a root that the system learns later counts from then on, beside a bundle of one's own") {
  const Authority ours("ours");
  const Authority own("own");
  Roots roots("");
  const auto client = make_client_tls({.system_roots = true, .ca_bundle = own.pem()}).value();
  CHECK(verdict_on(client, own.issue().certificate_chain) == X509_V_OK);
  CHECK(verdict_on(client, ours.issue().certificate_chain) != X509_V_OK);
  roots.write(ours.pem());
  CHECK(verdict_on(client, ours.issue().certificate_chain) == X509_V_OK);
}
