// SPDX-License-Identifier: Apache-2.0
// The certificate that new TLS connections get. Swapped whole; connections that are open keep theirs (CRT-8).
#pragma once

#include <optional>
#include <string>

#include "common/base/metrics.hpp"
#include "common/base/time.hpp"
#include "common/http/tls.hpp"

namespace acr::webhook {

class ServingCertificate {
 public:
  /// `client_ca_file` empty = any client may connect (SEC-6). `metrics` must outlive it.
  ServingCertificate(std::string client_ca_file, std::string client_cn, Metrics& metrics);

  /// From now on serves `pair`, which comes from `source` ("self-made" or "files"). On an Error (Invalid) the one
  /// before stays.
  Result<void> use(const http::KeyPair& pair, const char* source = "self-made");
  /// A certificate of the user's own issuer could not be read or used.
  void count_read_error() { read_errors_.Increment(); }

  /// nullptr before the first use().
  [[nodiscard]] http::TlsContext context() const { return context_; }

  /// An Error with the reason if a client would refuse it at `now`.
  [[nodiscard]] Result<void> check(WallTime now) const;

 private:
  [[nodiscard]] Result<std::optional<http::ClientCheck>> read_client_check() const;

  std::string client_ca_file_;
  std::string client_cn_;
  GaugeFamily& expiry_;
  prometheus::Counter& read_errors_;
  http::TlsContext context_;
  WallTime not_before_;
  WallTime not_after_;
};

}  // namespace acr::webhook
