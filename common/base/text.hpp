// SPDX-License-Identifier: Apache-2.0
// Small words about text: trimming, splitting, glob patterns, Kubernetes names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace acr {

/// Without ASCII white space (space, tab, CR, LF, VT, FF) at both ends.
std::string_view trim(std::string_view text);

/// The pieces between `separator`, trimmed, empty ones left out.
std::vector<std::string> split_list(std::string_view text, char separator);

std::string to_lower(std::string_view text);
bool equals_ignore_case(std::string_view a, std::string_view b);

/// Does `text` match `pattern`, in which `*` stands for any run of characters and `?` for one? Linear time.
bool matches_glob(std::string_view pattern, std::string_view text);

/// A lower-case RFC 1123 label of at most 63 characters: a namespace name.
bool is_dns_label(std::string_view text);
/// A lower-case RFC 1123 subdomain of at most 253 characters: a Secret or ServiceAccount name (ADM-15).
bool is_dns_subdomain(std::string_view text);

/// Decimal digits only, no sign, no overflow.
std::optional<long long> parse_unsigned(std::string_view text);

/// Control characters, quotes and backslashes escaped, cut to at most `limit` bytes between two characters, with "..."
/// then: safe in a log line (SEC-11).
std::string printable(std::string_view text, std::size_t limit = 200);

}  // namespace acr
