// SPDX-License-Identifier: Apache-2.0
// What a registry host made of a login, as values: which hosts are asked, what their answers mean, and when the whole
// is a failure. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/alibaba/registry_challenge.hpp"

namespace acr::controller {

/// More hosts of one instance are not asked.
inline constexpr std::size_t kMaxAskedHosts = 16;

enum class HostAnswer {
  Taken,        ///< the registry lets in whoever has the login
  Refused,      ///< the login is not accepted
  Foreign,      ///< the host is no registry of this instance; it did not get the login
  Unreachable,  ///< there is no way to the host from here
  Unclear,      ///< it answers, but something in between failed
};

/// One word for scripts: "taken", "refused", "foreign", "unreachable", "unclear".
std::string_view to_string(HostAnswer answer);

struct HostReport {
  std::string host;
  HostAnswer answer = HostAnswer::Unclear;
  std::string detail = {};  ///< why, in words; empty for Taken
  std::string advice = {};  ///< the one thing to do; empty where nothing is to be done
};

/// The hosts that can be asked, in order and at most kMaxAskedHosts: a pattern stands for names that nobody has listed.
std::vector<std::string> choose_asked_hosts(const std::vector<std::string>& hosts);

/// Where the registry `host` ("name" or "name:port") is asked. Error (Invalid) if it is none.
Result<http::Origin> parse_registry_host(std::string_view host);

/// Is this the registry of another instance than `instance_id` (empty = Personal Edition), or one that wants the login
/// at a stranger's? nullopt: it may have the login. Where the challenge names no instance, the token service decides.
std::optional<HostReport> find_foreign_host(const std::string& host, const std::string& instance_id,
                                            const alibaba::RegistryChallenge& challenge);

/// A refusal as such, all else as Unclear. `service` is the registry's own name of itself.
HostReport report_failed_login(const std::string& host, const std::string& service, const Error& error);

/// Why the login is of no use: a host refuses it or belongs to somebody else, or none of those that were asked took it.
/// That some hosts are out of reach is ordinary as long as one takes it. nullopt also if none was asked.
std::optional<Error> find_host_failure(const std::vector<HostReport>& hosts);

}  // namespace acr::controller
