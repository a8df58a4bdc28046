// SPDX-License-Identifier: Apache-2.0
#include "controller/secret_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "common/base/duration.hpp"

namespace acr::controller {

const char* to_word(pullsecret::SecretAction::Kind kind) {
  using Kind = pullsecret::SecretAction::Kind;
  switch (kind) {
    case Kind::None:
      return "none";
    case Kind::Create:
      return "create";
    case Kind::Update:
      return "update";
    case Kind::Adopt:
      return "adopt";
    case Kind::Replace:
      return "replace";
    case Kind::Conflict:
      return "conflict";
    case Kind::Wait:
      return "wait";
  }
  return "unknown";
}

kube::Event build_conflict_event(const kube::ObjectKey& key, const kube::SecretInfo* secret,
                                 const pullsecret::SecretAction& action) {
  return {.regarding = {.api_version = "v1", .kind = "Secret", .key = key, .uid = secret ? secret->uid : ""},
          .severity = kube::Severity::Warning,
          .reason = "AdoptionConflict",
          .action = "Write",
          .note = action.reason +
                  "; it is left alone and this namespace gets no pull credentials: delete or rename "
                  "it, then ours appears at once"};
}

kube::Event build_adoption_event(const kube::SecretInfo& secret, const pullsecret::SecretAction& action) {
  std::string hosts;
  for (const auto& host : action.dropped_hosts) hosts += (hosts.empty() ? "" : ", ") + host;
  return {.regarding = {.api_version = "v1", .kind = "Secret", .key = secret.key, .uid = secret.uid},
          .reason = "Adopted",
          .action = "Write",
          .note = hosts.empty() ? "taken over; it holds the logins of the configuration now"
                                : "taken over; these hosts are no longer in it: " + hosts};
}

std::vector<kube::Event> build_publishing_events(const kube::ObjectReference& config_map,
                                                 const pullsecret::DockerConfig& config) {
  constexpr std::size_t kQuotedHosts = 5;
  std::vector<kube::Event> events;
  const auto add = [&](const char* reason, const std::string& instance, std::string note) {
    events.push_back({.regarding = config_map,
                      .severity = kube::Severity::Warning,
                      .reason = reason,
                      .action = "Publish",
                      .note = std::move(note),
                      .part = instance});
  };
  std::map<std::string, std::set<std::string>> reasons;
  for (const auto& [instance, reason] : config.left_out) reasons[instance].insert(reason);
  for (const auto& [instance, why] : reasons) {
    add("CredentialRefreshFailed", instance,
        fmt::format(
            "{}: its login is not in the pull Secrets, or not for all hosts: {}; the logins of other instances are. "
            "Correct or shorten acr-registry-info",
            instance, fmt::join(why, "; ")));
  }
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> hosts;
  for (const auto& [host, kept, dropped] : config.clashes) hosts[{dropped, kept}].push_back(host);
  for (const auto& [instances, claimed] : hosts) {
    const auto& [dropped, kept] = instances;
    const auto more = claimed.size() > kQuotedHosts ? fmt::format(" and {} more", claimed.size() - kQuotedHosts) : "";
    add("ConfigurationInvalid", dropped,
        fmt::format(
            "{} and {} both claim {}{}: images there are pulled with the login of {}; list in domains of each item "
            "the hosts that it is for",
            kept, dropped, fmt::join(std::span(claimed).first(std::min(claimed.size(), kQuotedHosts)), ", "), more,
            kept));
  }
  return events;
}

kube::Event build_delay_event(kube::ObjectReference config_map, const RefreshDelay& delay, double qps) {
  return {.regarding = std::move(config_map),
          .severity = kube::Severity::Warning,
          .reason = "RefreshTooSlow",
          .action = "Refresh",
          .note = fmt::format(
              "{} pull Secrets at --refresh-qps {} take {}, more than a third of expiring-threshold ({}): "
              "logins may end before they are replaced; give at least --refresh-qps {}, or 0",
              delay.secrets, qps, format_duration(delay.takes), format_duration(delay.allowed), delay.needed_qps)};
}

}  // namespace acr::controller
