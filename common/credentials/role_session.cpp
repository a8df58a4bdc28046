// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/role_session.hpp"

#include <fmt/format.h>

#include "common/base/log.hpp"

namespace acr::credentials {
namespace {

/// A role's MaxSessionDuration is at least this.
constexpr std::chrono::seconds kAlwaysAllowed{3600};

}  // namespace

RoleSession::RoleSession(std::string role_arn, std::chrono::seconds duration)
    : role_{.role_arn = std::move(role_arn), .session_name = kSessionName, .duration = duration} {}

bool RoleSession::shorten(const Error& error) {
  if (error.code != "InvalidParameter.DurationSeconds" || role_.duration <= kAlwaysAllowed) return false;
  warning_ = fmt::format(
      "expireDuration {} is more than role {} allows ({}, RequestId {}), so {} s are used; lower expireDuration, or "
      "raise the role's maximum session duration and then edit the item or restart, so that it is asked for again",
      role_.duration.count(), role_.role_arn, error.code, error.request_id, kAlwaysAllowed.count());
  role_.duration = kAlwaysAllowed;
  log::warn("a role allows only shorter sessions", {log::kv("warning", warning_)});
  return true;
}

std::string choose_sts_region(const alibaba::OpenApi& openapi, const std::string& otherwise) {
  return openapi.own_region().empty() ? otherwise : openapi.own_region();
}

}  // namespace acr::credentials
