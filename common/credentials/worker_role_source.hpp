// SPDX-License-Identifier: Apache-2.0
// The RAM role of the node, by the ECS metadata service.
#pragma once

#include "common/alibaba/metadata.hpp"
#include "common/credentials/source.hpp"

namespace acr::credentials {

class WorkerRoleSource final : public CredentialSource {
 public:
  /// `metadata` must outlive it.
  explicit WorkerRoleSource(alibaba::MetadataService& metadata) : metadata_(metadata) {}
  async::awaitable<Result<alibaba::RamCredentials>> fetch(async::Deadline deadline) override;
  [[nodiscard]] std::string name() const override { return "worker role"; }

 private:
  alibaba::MetadataService& metadata_;
};

}  // namespace acr::credentials
