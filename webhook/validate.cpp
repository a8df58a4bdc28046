// SPDX-License-Identifier: Apache-2.0
#include "webhook/validate.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "common/config/key_reference.hpp"
#include "common/config/parse.hpp"
#include "common/kube/parse.hpp"

namespace acr::webhook {
namespace {

constexpr std::size_t kMaxDepth = 100;
constexpr std::size_t kMostErrors = 10;
/// Longer messages leave no room for the number of those that are not told.
constexpr std::size_t kMostErrorBytes = 6000;

bool is_our_config_map(const Review& review, const kube::ObjectKey& configuration) {
  return review.group.empty() && review.kind == "ConfigMap" && review.resource == "configmaps" &&
         review.sub_resource.empty() && (review.operation == "CREATE" || review.operation == "UPDATE") &&
         review.namespace_ == configuration.namespace_ && review.name == configuration.name;
}

/// The member as text that is equal for equal content; absent, null and {} are one.
std::string content_of(const JsonValue& object, std::string_view member) {
  const auto* found = find_member(object, member);
  return found == nullptr || !found->IsObject() || found->MemberCount() == 0 ? std::string{} : kube::normalise(*found);
}

/// nullopt if there is none, or it cannot be read.
std::optional<JsonDocument> document_of(const ReviewedObject& object) {
  if (!object.present) return std::nullopt;
  auto document = parse_json(object.text, kMaxDepth);
  return document ? std::optional(std::move(*document)) : std::nullopt;
}

bool is_unchanged(const JsonDocument& object, const std::optional<JsonDocument>& old_object) {
  return old_object && content_of(object, "data") == content_of(*old_object, "data") &&
         content_of(object, "binaryData") == content_of(*old_object, "binaryData");
}

config::ConfigMapText text_of(const kube::ConfigMapInfo& config_map) {
  return {.data = config_map.data, .binary_keys = config_map.binary_keys};
}

/// What stood there until now; nullopt at a creation. Before this process has seen it, it rules in another one.
std::optional<config::ConfigMapText> text_before(const std::optional<JsonDocument>& old_object) {
  if (!old_object) return std::nullopt;
  const auto config_map = kube::parse_config_map(*old_object);
  return config_map ? text_of(*config_map) : config::ConfigMapText{};
}

std::string join_errors(const std::vector<std::string>& errors) {
  std::string text;
  std::size_t told = 0;
  for (; told < errors.size() && told < kMostErrors; ++told) {
    if (told > 0 && text.size() + errors[told].size() > kMostErrorBytes) break;
    text += (told == 0 ? "" : " | ") + errors[told];
  }
  if (errors.size() > told) text += " | and " + std::to_string(errors.size() - told) + " more";
  return text;
}

constexpr int kRanks = 4;

/// What decides about all of the cluster at once before what concerns one registry, and both before the rest.
int rank_of(const config::Diagnostic& diagnostic) {
  static constexpr std::array<std::string_view, 3> kCodesOfScope{"unknown-key", "key-spelling", "managed-addon-format"};
  static constexpr std::array<std::string_view, 4> kKeysOfScope{"watch-namespace", "exclude-namespaces",
                                                                "namespace-selector", "service-account"};
  const auto* known = config::find_spelled_key(diagnostic.key);
  if (known != nullptr && std::ranges::find(kKeysOfScope, known->name) != kKeysOfScope.end()) return 0;
  // A key that was ignored or read as another one may have been meant as one of them.
  if (std::ranges::find(kCodesOfScope, diagnostic.code) != kCodesOfScope.end()) return 1;
  return known != nullptr && known->name == "acr-registry-info" ? 2 : kRanks - 1;
}

std::vector<std::string> rank_warnings(const std::vector<config::Diagnostic>& diagnostics) {
  std::vector<config::Diagnostic> ranked;
  for (int rank = 0; rank < kRanks; ++rank) {
    std::ranges::copy_if(diagnostics, std::back_inserter(ranked),
                         [rank](const config::Diagnostic& diagnostic) { return rank_of(diagnostic) == rank; });
  }
  return config::format_diagnostics(ranked, config::Severity::Warning);
}

}  // namespace

Answer judge_configuration(const Review& review, const ValidateContext& context) {
  if (!is_our_config_map(review, context.configuration)) return {.decision = "foreign_request"};
  const auto object = document_of(review.object);
  if (!object) return {.decision = "broken_object"};
  const auto old_object = document_of(review.old_object);
  if (is_unchanged(*object, old_object)) return {.decision = "unchanged"};
  const auto config_map = kube::parse_config_map(*object);
  if (!config_map) return {.decision = "broken_object"};
  const auto text = text_of(*config_map);
  const auto ruling = context.ruling ? context.ruling : text_before(old_object);
  const auto parsed = config::parse_settings(text.data, text.binary_keys, config::build_context(text, ruling, {}));
  Answer answer{.decision = "valid", .warnings = rank_warnings(parsed.diagnostics)};
  if (parsed.has_errors()) {
    answer.allowed = false;
    answer.decision = "invalid";
    answer.message = join_errors(config::format_diagnostics(parsed.diagnostics, config::Severity::Error));
  }
  return answer;
}

}  // namespace acr::webhook
