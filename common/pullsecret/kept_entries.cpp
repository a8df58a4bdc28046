// SPDX-License-Identifier: Apache-2.0
#include "common/pullsecret/kept_entries.hpp"

#include <algorithm>
#include <optional>

#include "common/base/base64.hpp"
#include "common/base/json.hpp"

namespace acr::pullsecret {
namespace {

using credentials::RegistryLogin;

/// As the kubelet reads an entry: `auth` goes before the other fields and is split at its first colon.
std::optional<RegistryLogin> read_entry(const std::string& host, const JsonValue& entry, WallTime ends) {
  RegistryLogin login{.hosts = {host}, .expires = ends, .instance_key = "entry for " + host};
  const auto auth = string_at(entry, "auth");
  if (auth.empty()) {
    login.username = string_at(entry, "username");
    login.password = Secret(std::string(string_at(entry, "password")));
    return login;
  }
  const auto pair = decode_base64(auth);
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  login.username = pair->substr(0, colon);
  login.password = Secret(pair->substr(colon + 1));
  return login;
}

/// Those entries of a docker config; `entries` in the order of their hosts.
std::vector<RegistryLogin> read_entries(const Secret& docker_config, const std::vector<KeptEntry>& entries) {
  std::vector<RegistryLogin> logins;
  const auto document = parse_json(docker_config.reveal());
  const auto* auths = document ? find_member(*document, "auths") : nullptr;
  if (auths == nullptr || !auths->IsObject()) return logins;
  for (const auto& member : auths->GetObject()) {
    const std::string host(member.name.GetString(), member.name.GetStringLength());
    const auto entry = std::ranges::lower_bound(entries, host, {}, &KeptEntry::host);
    if (entry == entries.end() || entry->host != host) continue;
    if (auto login = read_entry(host, member.value, entry->ends)) logins.push_back(std::move(*login));
  }
  return logins;
}

}  // namespace

WantedSecret keep_entries(const WantedSecret& wanted, const Secret& content, const std::vector<KeptEntry>& kept,
                          WallTime now) {
  std::vector<KeptEntry> own;
  for (std::size_t i = 0; i < wanted.hosts.size(); ++i) own.push_back({wanted.hosts[i], wanted.ends[i]});
  // What is new stands first: where a host is in both, or where both do not fit, it is that which stays.
  auto logins = read_entries(wanted.docker_config, own);
  std::ranges::move(read_entries(content, kept), std::back_inserter(logins));
  return build_wanted_secret(wanted.name, build_docker_config(logins, now), wanted.refreshed_at);
}

}  // namespace acr::pullsecret
