// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/chain.hpp"

#include "common/base/log.hpp"

namespace acr::credentials {

async::awaitable<Result<alibaba::RamCredentials>> Chain::fetch(async::Deadline deadline) {
  std::string absent;
  for (const auto& source : sources_) {
    auto credentials = co_await source->fetch(deadline);
    if (credentials) {
      if (chosen_ != credentials->source) {
        log::info("the source of RAM credentials was chosen",
                  {log::kv("source", credentials->source), log::kv("before", chosen_)});
        chosen_ = credentials->source;
      }
      co_return credentials;
    }
    if (credentials.error().kind != ErrorKind::NotFound) co_return credentials;
    if (!absent.empty()) absent += "; ";
    absent += source->name() + ": " + credentials.error().message;
  }
  co_return fail(ErrorKind::NotFound,
                 "cannot obtain RAM credentials: " + (absent.empty() ? "no source is configured" : absent));
}

std::string Chain::name() const {
  return chosen_.empty() ? "no source yet" : chosen_;
}

}  // namespace acr::credentials
