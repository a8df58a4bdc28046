// SPDX-License-Identifier: Apache-2.0
#include "controller/failure_note.hpp"

#include <fmt/format.h>

#include "common/alibaba/errors.hpp"
#include "common/base/text.hpp"

namespace acr::controller {
namespace {

constexpr std::size_t kLimit = 1024;
constexpr std::size_t kAdviceLimit = 300;

/// What `text` does not say yet: the code and request id may stand in its cut end, or be known to the Error alone.
std::string missing_part(std::string_view text, std::string_view label, const std::string& value) {
  if (value.empty() || text.find(value) != std::string_view::npos) return {};
  return fmt::format("; {}{}", label, value);
}

}  // namespace

std::string describe_error(const Error& error, std::size_t limit) {
  auto text = printable(error.message, limit);
  text += missing_part(text, "Code ", error.code);
  return text + missing_part(text, "RequestId ", error.request_id);
}

std::string build_failure_note(const credentials::InstanceStatus& status, const Error& error) {
  const auto until = status.expires ? "; its present login serves until " + format_rfc3339(*status.expires)
                                    : std::string("; it has no login now");
  const auto next = status.next_try ? "; next try at " + format_rfc3339(*status.next_try) : std::string{};
  const auto advice = printable(alibaba::advise(error), kAdviceLimit);
  const std::string why_asked = status.implicit
                                    ? "; Personal Edition is served because acr-registry-info lists nothing: "
                                      "if it is not used, list your instances there"
                                    : "";
  const auto rest = why_asked + until + next;
  const auto said = [&](std::size_t limit) {
    auto text = fmt::format("{}: {}", status.instance_key, describe_error(error, limit));
    return text + missing_part(text, "", advice);
  };
  auto note = said(kLimit) + rest;
  if (note.size() <= kLimit) return note;
  const auto overhead = said(0).size() + rest.size();
  return said(overhead < kLimit ? kLimit - overhead : 0) + rest;
}

}  // namespace acr::controller
