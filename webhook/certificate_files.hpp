// SPDX-License-Identifier: Apache-2.0
// Serves a certificate that somebody else puts into a folder, such as cert-manager by a mounted Secret (--cert-dir).
#pragma once

#include <string>

#include "common/async/awaitable.hpp"
#include "webhook/serving_certificate.hpp"

namespace acr::webhook {

class CertificateFiles {
 public:
  /// Reads `directory`/tls.crt and tls.key. `serving` must outlive it.
  CertificateFiles(std::string directory, ServingCertificate& serving)
      : directory_(std::move(directory)), serving_(serving) {}

  /// Looks every 10 s; a pair that does not fit together, as between two writes, is left for the next look (LW-28).
  /// Until cancelled.
  async::awaitable<void> run();

  /// One look.
  void reload();

 private:
  Result<http::KeyPair> read_pair() const;
  void complain(const std::string& text);

  std::string directory_;
  ServingCertificate& serving_;
  std::string used_digest_;
  std::string complaint_;  ///< logged once per text
};

}  // namespace acr::webhook
