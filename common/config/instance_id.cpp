// SPDX-License-Identifier: Apache-2.0
#include "common/config/instance_id.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "common/base/text.hpp"
#include "common/config/pasted_key.hpp"

namespace acr::config {
namespace {

constexpr std::size_t kQuotedBytes = 80;

/// "cri-xxxxxxxxxxxxxxxx", as documents write an id that the reader is to fill in.
bool is_filled_with_x(std::string_view id) {
  constexpr std::string_view kPrefix = "cri-";
  constexpr std::size_t kLeast = 3;
  if (!id.starts_with(kPrefix)) return false;
  id.remove_prefix(kPrefix.size());
  return id.size() >= kLeast && id.find_first_not_of("xX") == std::string_view::npos;
}

}  // namespace

std::size_t find_idle_comma(std::string_view list) {
  bool is_idle = true;
  auto last = std::string_view::npos;
  for (std::size_t at = 0; at < list.size(); ++at) {
    if (list[at] == ',' && is_idle) return at;
    if (list[at] == ',') last = at;
    if (list[at] != ' ') is_idle = list[at] == ',';
  }
  return is_idle ? last : std::string_view::npos;
}

void check_instance_id(const ScalarText& id, const SourceText& source, Findings& findings) {
  const bool is_plain = std::all_of(id.text.begin(), id.text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
  });
  if (report_pasted_key(id.text, "the id of an instance", source, id.offset, findings)) return;
  if (!is_plain) {
    findings.error("invalid-value", source, id.offset, "this is not the id of an instance",
                   "such as cri-0123456789abcdef");
  } else if (is_filled_with_x(id.text)) {
    findings.error("placeholder", source, id.offset, "a placeholder was left in instanceId",
                   "replace it by the real value");
  } else if (id.text.starts_with("crpi-")) {
    findings.warning("personal-edition-unsupported", source, id.offset,
                     "the cloud gives no temporary login for this kind of Personal Edition",
                     "use a static pull secret for this registry");
  } else if (!id.text.starts_with("cri-")) {
    findings.warning("unusual-id", source, id.offset,
                     fmt::format("\"{}\" does not look like the id of an instance", printable(id.text, kQuotedBytes)),
                     "ids start with cri-");
  }
}

}  // namespace acr::config
