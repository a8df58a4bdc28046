// SPDX-License-Identifier: Apache-2.0
// When the entries of a pull Secret stop working, as its annotations say: nobody else knows it once the state is lost.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.hpp"
#include "common/kube/object.hpp"

namespace acr::pullsecret {

/// The earliest end of all entries (RFC 3339).
inline constexpr std::string_view kExpiresAtAnnotation = "acr-credential-helper/expires-at";
/// By how many seconds each entry outlives that, in the byte order of the hosts: "0,0,600". Absent if all end together.
/// It names no hosts, since it stands, and is held in memory, once for each namespace.
inline constexpr std::string_view kOutlivesAnnotation = "acr-credential-helper/entries-outlive";

/// The value of kOutlivesAnnotation for entries that end then; empty if it is to be absent.
std::string format_outlives(const std::vector<WallTime>& ends);

/// nullopt = it does not say.
std::optional<WallTime> read_expires_at(const kube::SecretInfo& secret);

/// One for each of its `registry_hosts`. Where a Secret does not say, or says something else than we write, all count
/// as ending with the earliest; nothing is returned if that is not known either.
std::vector<WallTime> read_entry_ends(const kube::SecretInfo& secret);

}  // namespace acr::pullsecret
