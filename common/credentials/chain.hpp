// SPDX-License-Identifier: Apache-2.0
// The order in which sources are asked.
#pragma once

#include <memory>
#include <vector>

#include "common/credentials/source.hpp"

namespace acr::credentials {

/// The name of a chain of which no source has answered.
inline constexpr const char* kNoSourceYet = "no source yet";

/// Asks each source in order. One that does not exist here (NotFound) leaves the word to the next, and so does one that
/// cannot be reached and has not answered since the start, such as the metadata service outside the cloud. Any other
/// failure ends the search, so that the identity does not change because of a short fault. Logs whenever the source
/// that answers changes. If none answers the error names all that was tried; it is NotFound if none exists.
class Chain final : public CredentialSource {
 public:
  explicit Chain(std::vector<std::unique_ptr<CredentialSource>> sources);
  async::awaitable<Result<alibaba::RamCredentials>> fetch(async::Deadline deadline) override;
  /// Has one changed that comes before the source that answered last, or that source itself?
  [[nodiscard]] bool has_changed() const override;
  /// Has the source that answered last?
  async::awaitable<bool> look_for_new_key(async::Deadline deadline) override;
  [[nodiscard]] bool is_long_term() const override;
  /// The source that answered last, else kNoSourceYet.
  [[nodiscard]] std::string name() const override;

 private:
  struct Link {
    std::unique_ptr<CredentialSource> source;
    bool has_answered = false;
  };
  void choose(Link& link, const std::string& source);

  std::vector<Link> links_;
  const Link* last_ = nullptr;
  std::string chosen_;
};

}  // namespace acr::credentials
