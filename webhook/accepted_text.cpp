// SPDX-License-Identifier: Apache-2.0
#include "webhook/accepted_text.hpp"

namespace acr::webhook {
namespace {

constexpr const char* kConfigurationKey = "configuration";

std::optional<kube::TextMap> parse_text_map(std::string_view json) {
  const auto document = parse_json(json);
  if (!document || !document->IsObject()) return std::nullopt;
  kube::TextMap map;
  for (const auto& member : document->GetObject()) {
    if (!member.value.IsString()) return std::nullopt;
    map[{member.name.GetString(), member.name.GetStringLength()}] = {member.value.GetString(),
                                                                     member.value.GetStringLength()};
  }
  return map;
}

}  // namespace

Result<AcceptedText> parse_accepted_text(const JsonValue& secret) {
  const auto parsed = kube::parse_secret_data(secret);
  if (!parsed) return fail(parsed.error());
  AcceptedText text{.key = parsed->meta.key, .resource_version = parsed->meta.resource_version, .data = std::nullopt};
  if (const auto found = parsed->data.find(kConfigurationKey); found != parsed->data.end())
    text.data = parse_text_map(found->second.reveal());
  return text;
}

}  // namespace acr::webhook
