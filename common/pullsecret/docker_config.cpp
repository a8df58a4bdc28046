// SPDX-License-Identifier: Apache-2.0
#include "common/pullsecret/docker_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "common/base/base64.hpp"

namespace acr::pullsecret {
namespace {

using credentials::HostsFrom;
using credentials::RegistryLogin;

/// Printable ASCII: what the cloud issues, and what needs no thought about encodings.
bool is_plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

/// Why a login cannot be written; empty if it can.
std::string find_fault(const RegistryLogin& login, WallTime now) {
  if (login.expires <= now) return "expired at " + format_rfc3339(login.expires);
  // kubelet splits `auth` at the first colon.
  if (!is_plain(login.username) || login.username.find(':') != std::string::npos) return "its user name is malformed";
  if (!is_plain(login.password.reveal())) return "its password is malformed";
  return {};
}

bool is_host(std::string_view host) {
  return is_plain(host) && host.find_first_of("\"\\/") == std::string_view::npos;
}

void append_quoted(std::string& json, std::string_view plain) {
  json += '"';
  for (const char c : plain) {
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  json += '"';
}

void append_entry(std::string& json, std::string_view host, const RegistryLogin& login) {
  append_quoted(json, host);
  json += R"(:{"username":)";
  append_quoted(json, login.username);
  json += R"(,"password":)";
  append_quoted(json, login.password.reveal());
  json += R"(,"email":"","auth":)";
  const Secret pair(fmt::format("{}:{}", login.username, login.password.reveal()));
  const Secret auth(encode_base64(pair.reveal()));
  append_quoted(json, auth.reveal());
  json += '}';
}

using Entries = std::map<std::string, const RegistryLogin*>;

/// Room for everything at once: a string that grows leaves copies of its content behind.
std::size_t upper_bound_of_size(const Entries& entries) {
  std::size_t size = 64;
  for (const auto& [host, login] : entries)
    size += 128 + 2 * host.size() + 4 * (login->username.size() + login->password.size());
  return size;
}

Secret write_json(const Entries& entries) {
  std::string json;
  json.reserve(upper_bound_of_size(entries));
  json += R"({"auths":{)";
  bool is_first = true;
  for (const auto& [host, login] : entries) {
    if (!is_first) json += ',';
    is_first = false;
    append_entry(json, host, *login);
  }
  json += "}}";
  return Secret(std::move(json));
}

/// Enters the hosts of one login. True if it has at least one entry then.
bool enter(const RegistryLogin& login, Entries& entries, DockerConfig& config) {
  bool has_entry = false;
  for (const auto& host : login.hosts) {
    if (!is_host(host)) {
      config.left_out.push_back({login.instance_key, "one of its hosts is malformed"});
      continue;
    }
    const auto [entry, is_new] = entries.emplace(host, &login);
    if (is_new) {
      has_entry = true;
    } else if (entry->second != &login) {
      config.clashes.push_back({host, entry->second->instance_key, login.instance_key});
    }
  }
  return has_entry;
}

DockerConfig build_all(std::span<const RegistryLogin> logins, WallTime now) {
  DockerConfig config;
  Entries entries;
  // Patterns that are only a guess must not take the place of what somebody has written or the cloud has said.
  for (const bool by_rule : {false, true}) {
    for (const auto& login : logins) {
      if ((login.hosts_from == HostsFrom::NameRule) != by_rule) continue;
      if (auto fault = find_fault(login, now); !fault.empty()) {
        config.left_out.push_back({login.instance_key, std::move(fault)});
      } else if (enter(login, entries, config)) {
        config.earliest_expiry = std::min(config.earliest_expiry.value_or(login.expires), login.expires);
      }
    }
  }
  for (const auto& [host, login] : entries) {
    config.hosts.push_back(host);
    config.ends.push_back(login->expires);
  }
  config.json = write_json(entries);
  return config;
}

}  // namespace

DockerConfig build_docker_config(const std::vector<RegistryLogin>& logins, WallTime now) {
  auto config = build_all(logins, now);
  if (config.json.size() <= kMaxDockerConfigBytes) return config;
  // How many of the first ones fit: that many do, so many more do not.
  std::size_t fits = 0;
  std::size_t too_many = logins.size();
  while (fits + 1 < too_many) {
    const auto middle = fits + (too_many - fits) / 2;
    const auto size = build_all(std::span(logins).first(middle), now).json.size();
    (size <= kMaxDockerConfigBytes ? fits : too_many) = middle;
  }
  config = build_all(std::span(logins).first(fits), now);
  for (const auto& login : std::span(logins).subspan(fits)) {
    config.left_out.push_back(
        {login.instance_key,
         fmt::format("it does not fit: a Secret holds 1 MiB, which the first {} logins of the configuration fill",
                     fits)});
  }
  return config;
}

}  // namespace acr::pullsecret
