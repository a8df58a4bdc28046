// SPDX-License-Identifier: Apache-2.0
// The order in which sources are asked.
#pragma once

#include <memory>
#include <vector>

#include "common/credentials/source.hpp"

namespace acr::credentials {

/// Asks each source in order; one that does not exist here (NotFound) leaves the word to the next. One that exists but
/// fails ends the search with its error, so that the identity does not change because of a short fault. Logs whenever
/// the source that answers changes. If none exists the error is NotFound and names what was tried.
class Chain final : public CredentialSource {
 public:
  explicit Chain(std::vector<std::unique_ptr<CredentialSource>> sources) : sources_(std::move(sources)) {}
  async::awaitable<Result<alibaba::RamCredentials>> fetch(async::Deadline deadline) override;
  /// The source that answered last, else "no source yet".
  [[nodiscard]] std::string name() const override;

 private:
  std::vector<std::unique_ptr<CredentialSource>> sources_;
  std::string chosen_;
};

}  // namespace acr::credentials
