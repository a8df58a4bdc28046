// SPDX-License-Identifier: Apache-2.0
#include "common/pullsecret/wanted_secret.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "common/base/crypto.hpp"
#include "common/base/text.hpp"

namespace acr::pullsecret {
namespace {

using Kind = SecretAction::Kind;

bool has_wanted_content(const kube::SecretInfo& current, const WantedSecret& wanted) {
  return current.digest == wanted.digest && read_end_marks(current) == wanted.end_marks;
}

SecretAction plan_own(const kube::SecretInfo& current, const WantedSecret& wanted) {
  if (current.type != kube::kDockerConfigType) return {.kind = Kind::Replace, .dropped_hosts = {}, .reason = {}};
  if (has_wanted_content(current, wanted)) return {};
  return {.kind = current.immutable ? Kind::Replace : Kind::Update, .dropped_hosts = {}, .reason = {}};
}

SecretAction plan_foreign(const kube::SecretInfo& current, const WantedSecret& wanted) {
  constexpr std::size_t kQuotedBytes = 80;
  if (current.type != kube::kDockerConfigType) {
    return {.kind = Kind::Conflict,
            .dropped_hosts = {},
            .reason = fmt::format("its type is {}, not {}, and a type cannot be changed",
                                  printable(current.type, kQuotedBytes), kube::kDockerConfigType)};
  }
  if (current.immutable) return {.kind = Kind::Conflict, .dropped_hosts = {}, .reason = "it is immutable"};
  SecretAction action{.kind = Kind::Adopt, .dropped_hosts = {}, .reason = {}};
  auto old_hosts = current.registry_hosts;
  std::sort(old_hosts.begin(), old_hosts.end());
  std::set_difference(old_hosts.begin(), old_hosts.end(), wanted.hosts.begin(), wanted.hosts.end(),
                      std::back_inserter(action.dropped_hosts));
  return action;
}

}  // namespace

WantedSecret build_wanted_secret(std::string name, const DockerConfig& config, WallTime refreshed_at) {
  auto digest = encode_hex(sha256(config.json.reveal()));
  auto end_marks = build_end_marks(digest, config.ends);
  return {.name = std::move(name),
          .docker_config = config.json,
          .earliest_expiry = config.earliest_expiry,
          .refreshed_at = refreshed_at,
          .digest = std::move(digest),
          .hosts = config.hosts,
          .ends = config.ends,
          .end_marks = std::move(end_marks)};
}

SecretAction plan_secret(const std::optional<kube::SecretInfo>& current, const WantedSecret& wanted) {
  if (!current) return {.kind = Kind::Create, .dropped_hosts = {}, .reason = {}};
  if (current->terminating) return {.kind = Kind::Wait, .dropped_hosts = {}, .reason = {}};
  return current->managed ? plan_own(*current, wanted) : plan_foreign(*current, wanted);
}

bool may_delete(const kube::SecretInfo& current) {
  return current.managed;
}

}  // namespace acr::pullsecret
