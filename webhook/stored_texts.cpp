// SPDX-License-Identifier: Apache-2.0
#include "webhook/stored_texts.hpp"

#include "common/base/log.hpp"
#include "common/config/stored_texts.hpp"

namespace acr::webhook {

Result<StoredTexts> parse_stored_texts(const JsonValue& secret) {
  const auto parsed = kube::parse_secret_data(secret);
  if (!parsed) return fail(parsed.error());
  auto decoded = config::decode_texts(parsed->data);
  for (const auto& problem : decoded.problems)
    log::warn("part of the state secret is damaged and was dropped", {log::kv("error", problem.message)});
  return StoredTexts{
      .key = parsed->meta.key, .resource_version = parsed->meta.resource_version, .texts = std::move(decoded.texts)};
}

}  // namespace acr::webhook
