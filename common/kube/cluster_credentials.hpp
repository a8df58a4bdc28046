// SPDX-License-Identifier: Apache-2.0
// Our token and trust towards the API server, reread from their files while the process runs (LW-26, LW-27).
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "common/async/awaitable.hpp"
#include "common/base/error.hpp"
#include "common/base/secret.hpp"
#include "common/http/tls.hpp"
#include "common/kube/kubeconfig.hpp"

namespace acr::kube {

/// Reads a whole file.
using FileReader = std::function<Result<Secret>(const std::string& path)>;

/// A FileReader for real files of at most 1 MiB. Errors: Invalid, naming the path and the reason.
Result<Secret> read_file(const std::string& path);

/// The bearer token. A file is read at most once a minute; if it cannot be read or is empty the last good token serves
/// on.
class BearerToken {
 public:
  BearerToken(TextSource source, FileReader read) : source_(std::move(source)), read_(std::move(read)) {}

  /// Empty if no token is configured. An Error only if there has never been a good one.
  Result<Secret> get(async::Deadline now);

  /// The server refused the token: read it anew at the next get(). Returns false if there is no file, so that it cannot
  /// change.
  bool expire();

 private:
  TextSource source_;
  FileReader read_;
  Secret token_;
  std::optional<async::Deadline> read_at_;
};

/// The TLS context for new connections, made anew when CA or client pair have changed. Checked every five minutes;
/// what cannot be read or does not parse is kept as it was.
class ClusterTrust {
 public:
  ClusterTrust(const ClusterAccess& access, FileReader read);

  /// Reads everything for the first time. Errors: Invalid.
  Result<void> load(async::Deadline now);

  /// Looks for changes if it is time; true if there is a new context and idle connections must go.
  bool refresh(async::Deadline now);

  /// nullptr before load() or without TLS.
  [[nodiscard]] http::TlsContext context() const { return context_; }

 private:
  Result<http::ClientTrust> read_trust() const;

  bool tls_;
  TextSource ca_;
  TextSource certificate_;
  TextSource key_;
  FileReader read_;
  std::string digest_;
  http::TlsContext context_;
  async::Deadline checked_at_{};
};

}  // namespace acr::kube
