// SPDX-License-Identifier: Apache-2.0
// How a role is asked for: session name and duration, and what becomes of a duration that the role does not allow.
#pragma once

#include <chrono>
#include <string>

#include "common/alibaba/sts.hpp"
#include "common/base/error.hpp"

namespace acr::credentials {

/// The name by which our sessions are found in the cloud's audit log.
inline constexpr const char* kSessionName = "acr-credential-helper";

class RoleSession {
 public:
  RoleSession(std::string role_arn, std::chrono::seconds duration);

  [[nodiscard]] const alibaba::RoleRequest& request() const { return role_; }

  /// Was `error` the refusal of a duration of more than an hour, the least that every role allows? Then request() asks
  /// for an hour from now on, and warning() says so: a shorter life is better than none.
  bool shorten(const Error& error);

  /// Empty while the wanted duration is used.
  [[nodiscard]] const std::string& warning() const { return warning_; }

 private:
  alibaba::RoleRequest role_;
  std::string warning_;
};

/// STS serves all accounts from every region, so the own one is asked, inside the VPC; `otherwise` while it is unknown.
std::string choose_sts_region(const alibaba::OpenApi& openapi, const std::string& otherwise);

}  // namespace acr::credentials
