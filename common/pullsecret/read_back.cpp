// SPDX-License-Identifier: Apache-2.0
#include "common/pullsecret/read_back.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/base64.hpp"
#include "common/base/json.hpp"
#include "common/base/text.hpp"

namespace acr::pullsecret {
namespace {

/// What is wrong with an entry; empty if nothing.
std::string find_fault(const JsonValue& entry) {
  const auto auth = decode_base64(string_at(entry, "auth"));
  if (!auth) return "its auth is no base64";
  const auto colon = auth->find(':');
  if (colon == std::string::npos || colon == 0) return "its auth has no user";
  const std::string_view pair = *auth;
  if (pair.substr(0, colon) != string_at(entry, "username") || pair.substr(colon + 1) != string_at(entry, "password"))
    return "its auth is another login than its user and password";
  return {};
}

std::unexpected<Error> refuse(std::string_view why) {
  return fail(with_advice(
      {.kind = ErrorKind::Protocol, .message = fmt::format("cannot publish the registry logins: read back, {}", why)},
      "the pull Secrets stay as they are; please report this fault"));
}

}  // namespace

Result<void> read_back(const WantedSecret& wanted) {
  const auto document = parse_json(wanted.docker_config.reveal());
  const auto* auths = document ? find_member(*document, "auths") : nullptr;
  if (auths == nullptr || !auths->IsObject()) return refuse("they are no docker config");
  if (wanted.docker_config.size() > kMaxDockerConfigBytes) return refuse("they are more than a Secret holds");
  std::vector<std::string> hosts;
  for (const auto& entry : auths->GetObject()) {
    hosts.emplace_back(entry.name.GetString(), entry.name.GetStringLength());
    if (const auto fault = find_fault(entry.value); !fault.empty())
      return refuse(fmt::format("the entry of {} cannot be used: {}", printable(hosts.back()), fault));
  }
  if (hosts != wanted.hosts) return refuse("their hosts are not those that were meant");
  return {};
}

}  // namespace acr::pullsecret
