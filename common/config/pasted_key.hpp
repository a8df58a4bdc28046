// SPDX-License-Identifier: Apache-2.0
// An access key that was pasted where it does not belong.
#pragma once

#include <string_view>

#include "common/config/source_text.hpp"

namespace acr::config {

/// Reports an error at `offset` if `text` holds an access key or a token, spelt as the cloud issues it; true then.
/// `what` belongs there: "the id of a region".
bool report_pasted_key(std::string_view text, std::string_view what, const SourceText& source, std::size_t offset,
                       Findings& findings);

/// Where an access key does belong, as a hint.
inline constexpr const char* kPlaceOfKeys =
    "an access key belongs into a Secret that customAccessKeySecretRef of an item names, or else into customAccessKey "
    "and customAccessKeySecret";

}  // namespace acr::config
