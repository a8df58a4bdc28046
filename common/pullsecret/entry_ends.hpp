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
/// By how many seconds each entry outlives that, in the byte order of the hosts, behind the beginning of the digest of
/// the content that it is about: "5f1c2ab9:0,0,600". Absent if all end together. It names no hosts, since it stands,
/// and is held in memory, once for each namespace.
inline constexpr std::string_view kOutlivesAnnotation = "acr-credential-helper/entries-outlive";

/// When the logins were last renewed (RFC 3339).
inline constexpr std::string_view kRefreshedAtAnnotation = "acr-credential-helper/refreshed-at";

/// The values of the first two; an empty one is to be absent.
struct EndMarks {
  std::string expires_at, outlives;

  friend bool operator==(const EndMarks&, const EndMarks&) = default;
};

/// Of a content of this digest whose entries end then.
EndMarks build_end_marks(std::string_view digest, const std::vector<WallTime>& ends);

/// As they stand.
EndMarks read_end_marks(const kube::SecretInfo& secret);
/// Puts them in the place of those that stand there.
void set_end_marks(kube::SecretInfo& secret, const EndMarks& marks);

/// nullopt = it does not say.
std::optional<WallTime> read_expires_at(const kube::SecretInfo& secret);
std::optional<WallTime> read_refreshed_at(const kube::SecretInfo& secret);

/// One for each of its `registry_hosts`. Where a Secret does not say, or says it of another content or in another form
/// than we write, all count as ending with the earliest; nothing is returned if that is not known either.
std::vector<WallTime> read_entry_ends(const kube::SecretInfo& secret);

}  // namespace acr::pullsecret
