// SPDX-License-Identifier: Apache-2.0
#include "common/config/pasted_key.hpp"

#include <fmt/format.h>

#include "common/base/credential_form.hpp"

namespace acr::config {

bool report_pasted_key(std::string_view text, std::string_view what, const SourceText& source, std::size_t offset,
                       Findings& findings) {
  if (!holds_credential(text)) return false;
  findings.error("access-key", source, offset, fmt::format("this looks like an access key, not like {}", what),
                 fmt::format("delete it and rotate it, for many may read a ConfigMap; {}", kPlaceOfKeys));
  return true;
}

}  // namespace acr::config
