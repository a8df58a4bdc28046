// SPDX-License-Identifier: Apache-2.0
// Whether one image host can be meant by two entries of `domains`.
#pragma once

#include <string_view>

namespace acr::config {

/// Is there a host that both match? As the kubelet compares: label by label, `*` and `?` within one label, and the same
/// port.
bool hosts_overlap(std::string_view a, std::string_view b);

}  // namespace acr::config
