// SPDX-License-Identifier: Apache-2.0
#include "webhook/certificate_files.hpp"

#include "certs/judge.hpp"
#include "common/async/sleep.hpp"
#include "common/base/crypto.hpp"
#include "common/base/log.hpp"
#include "common/kube/cluster_credentials.hpp"

namespace acr::webhook {
namespace {

using namespace std::chrono_literals;

constexpr auto kPoll = 10s;

std::string digest_of(const http::KeyPair& pair) {
  return sha256(pair.certificate_chain) + sha256(pair.private_key.reveal());
}

}  // namespace

async::awaitable<void> CertificateFiles::run() {
  for (;;) {
    reload();
    co_await async::sleep_for(kPoll);
  }
}

Result<http::KeyPair> CertificateFiles::read_pair() const {
  const auto certificate = kube::read_file(directory_ + "/tls.crt");
  if (!certificate) return fail(certificate.error());
  auto key = kube::read_file(directory_ + "/tls.key");
  if (!key) return fail(std::move(key.error()));
  const auto verdict = certs::judge_leaf(certificate->reveal(), *key, {}, std::chrono::system_clock::now());
  if (!certs::is_usable(verdict))
    return fail(ErrorKind::Invalid, directory_ + ": " + std::string(certs::to_string(verdict)));
  return http::KeyPair{.certificate_chain = std::string(certificate->reveal()), .private_key = std::move(*key)};
}

void CertificateFiles::reload() {
  const auto pair = read_pair();
  if (!pair) return complain(pair.error().message);
  auto digest = digest_of(*pair);
  if (digest == used_digest_) return;
  if (const auto used = serving_.use(*pair, "files"); !used) return complain(used.error().message);
  used_digest_ = std::move(digest);
  complaint_.clear();
}

void CertificateFiles::complain(const std::string& text) {
  serving_.count_read_error();
  if (text == complaint_) return;
  complaint_ = text;
  log::warn("the certificate in the folder cannot be used", {log::kv("why", text)});
}

}  // namespace acr::webhook
