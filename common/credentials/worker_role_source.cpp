// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/worker_role_source.hpp"

namespace acr::credentials {

async::awaitable<Result<alibaba::RamCredentials>> WorkerRoleSource::fetch(async::Deadline deadline) {
  return metadata_.fetch_role_credentials(deadline);
}

}  // namespace acr::credentials
