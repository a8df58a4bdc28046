// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/managed_role_source.hpp"

#include <fmt/format.h>

#include "common/credentials/addon_token.hpp"

namespace acr::credentials {
namespace {

/// Real ones have 2 to 4 KiB.
constexpr std::size_t kFileLimit = 64UL * 1024;
constexpr std::string_view kSecretName = "addon.aliyuncsmanagedacrrole.token";

}  // namespace

ManagedRoleSource::ManagedRoleSource(std::string token_file, alibaba::CloudTime time)
    : file_(std::move(token_file), kFileLimit), time_(std::move(time)) {}

async::awaitable<Result<alibaba::RamCredentials>> ManagedRoleSource::fetch(async::Deadline) {
  const auto text = file_.read();
  if (!text) {
    auto error = text.error();
    if (error.kind == ErrorKind::Denied) error.kind = ErrorKind::NotFound;
    if (error.kind == ErrorKind::NotFound)
      error =
          with_advice(std::move(error),
                      fmt::format("ACK keeps this token in Secret {}, which the pod must mount there", kSecretName));
    if (error.kind == ErrorKind::Unavailable) error.kind = ErrorKind::Protocol;  // the file is there
    co_return fail(with_context(std::move(error), "cannot use the managed role"));
  }
  auto credentials = parse_addon_token(text->reveal());
  const auto context = fmt::format("cannot use the addon token of {}", file_.path());
  if (!credentials) co_return fail(with_context(credentials.error(), context));
  if (time_.is_known() && *credentials->expires <= time_.now()) {
    co_return fail(
        with_advice({.kind = ErrorKind::Unauthenticated,
                     .message = fmt::format("{}: it has expired at {}; ACK should have renewed Secret {} before",
                                            context, format_rfc3339(*credentials->expires), kSecretName)},
                    "check that the role AliyunCSManagedAcrRole is still authorised, and the clock of this node"));
  }
  co_return credentials;
}

}  // namespace acr::credentials
