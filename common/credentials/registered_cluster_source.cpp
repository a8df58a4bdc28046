// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/registered_cluster_source.hpp"

namespace acr::credentials {

RegisteredClusterSource::RegisteredClusterSource(SecretReader reader)
    : key_(kRegisteredClusterSecret, "registered cluster", std::move(reader)) {}

async::awaitable<Result<alibaba::RamCredentials>> RegisteredClusterSource::fetch(async::Deadline deadline) {
  auto credentials = co_await key_.fetch(deadline);
  if (!credentials && credentials.error().kind == ErrorKind::Denied) credentials.error().kind = ErrorKind::NotFound;
  co_return credentials;
}

}  // namespace acr::credentials
