// SPDX-License-Identifier: Apache-2.0
// The list as a whole: its forms, and what the items have to settle among each other.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/base/text.hpp"
#include "common/config/instances.hpp"
#include "common/config/yaml_document.hpp"

namespace acr::config {
namespace {

constexpr std::size_t kMostItems = 1000;

struct ManagedSetting {
  FieldName field;
  std::string_view data_key;
};

/// The JSON of the managed edition, whose fields all have a twin among our data keys.
const std::vector<ManagedSetting>& managed_settings() {
  static const std::vector<ManagedSetting> settings{
      {{"watchNamespace"}, "watch-namespace"},
      {{"serviceAccount"}, "service-account"},
      {{"expiringThreshold"}, "expiring-threshold"},
      {{"enableRRSA"}, "rrsa"},
      {{"notifyEmail"}, "notify-email"},
  };
  return settings;
}

const std::vector<FieldName>& managed_field_names() {
  static const std::vector<FieldName> names = [] {
    std::vector<FieldName> all{{"AcrInstanceInfo"}};
    for (const auto& setting : managed_settings()) all.push_back(setting.field);
    return all;
  }();
  return names;
}

bool has_field(const YAML::Node& mapping, std::span<const FieldName> names) {
  return std::any_of(mapping.begin(), mapping.end(), [names](const auto& pair) {
    return pair.first.IsScalar() && !find_field(names, pair.first.Scalar()).empty();
  });
}

/// Reads the forms a list may have, one inside the other.
class ListReader {
 public:
  ListReader(const std::string& default_region, Findings& findings)
      : default_region_(default_region), findings_(findings) {}

  RegistryList read(SourceText& source, bool may_decode) {
    const auto document = read_document(source, item_field_names(), findings_);
    if (!document) return unreadable();
    if (document->IsNull() || ((document->IsMap() || document->IsSequence()) && document->size() == 0)) return empty();
    if (document->IsScalar()) return read_text(*document, source, may_decode);
    if (document->IsSequence()) return read_items(*document, source);
    return read_mapping(*document, source);
  }

 private:
  static RegistryList empty() {
    return {.instances = {}, .is_empty = true, .is_unreadable = false, .managed_settings = {}};
  }
  static RegistryList unreadable() {
    return {.instances = {}, .is_empty = false, .is_unreadable = true, .managed_settings = {}};
  }

  /// A string may hold the list once more; an empty one is no list.
  RegistryList read_text(const YAML::Node& document, const SourceText& source, bool may_decode) {
    const std::string inner(trim(document.Scalar()));
    const auto offset = offset_of(document, source);
    if (inner.empty()) return empty();
    const bool is_list = inner.starts_with('[') || inner.starts_with('{') || inner.starts_with("- ");
    if (!may_decode || !is_list) {
      findings_.error("not-a-list", source, offset, "expected a list of registries", "such as: - instanceId: cri-...");
      return unreadable();
    }
    findings_.warning("double-encoded", source, offset, "the list was encoded twice and was decoded once more",
                      "write the list itself, without the quotes around it");
    SourceText decoded(source.key(), inner, source.position(offset));
    return read(decoded, false);
  }

  RegistryList read_items(const YAML::Node& items, const SourceText& source) {
    if (items.size() > kMostItems) {
      findings_.error("too-many-items", source, offset_of(items, source),
                      fmt::format("there are {} items; at most {} are read", items.size(), kMostItems));
      return unreadable();
    }
    std::vector<PlacedInstance> placed;
    for (const auto& item : items) {
      for (auto& instance : read_item(item, source, default_region_, findings_)) placed.push_back(std::move(instance));
    }
    RegistryList list;
    list.instances = settle_claims(std::move(placed), source, findings_);
    list.is_unreadable = list.instances.empty();
    return list;
  }

  RegistryList read_mapping(const YAML::Node& mapping, const SourceText& source) {
    if (has_field(mapping, managed_field_names())) return read_managed(mapping, source);
    if (!has_field(mapping, item_field_names())) {
      findings_.error("not-a-list", source, offset_of(mapping, source), "expected a list of registries",
                      "each item starts with \"- \"");
      return unreadable();
    }
    findings_.warning("mapping-instead-of-list", source, offset_of(mapping, source),
                      "one item without its dash was read as a list of one", "put \"- \" before the first field");
    YAML::Node items;
    items.push_back(mapping);
    return read_items(items, source);
  }

  RegistryList read_managed(const YAML::Node& mapping, const SourceText& source) {
    const auto fields = read_fields(mapping, source, managed_field_names(), findings_);
    const auto list_field = fields.find("AcrInstanceInfo");
    findings_.warning("managed-addon-format", source, list_field == fields.end() ? 0 : list_field->second.key_offset,
                      "this is the JSON of the managed edition; its fields were read as the keys here",
                      "write the list of AcrInstanceInfo alone, and the other fields as keys of the ConfigMap");
    auto list = empty();
    if (list_field != fields.end() && !list_field->second.value.IsNull()) {
      const auto& items = list_field->second.value;
      if (!items.IsSequence()) {
        findings_.error("not-a-list", source, list_field->second.value_offset, "AcrInstanceInfo must be a list");
        return unreadable();
      }
      if (items.size() > 0) list = read_items(items, source);
    }
    for (const auto& [field, data_key] : managed_settings()) {
      if (const auto scalar = read_scalar(fields, field.name, source, findings_)) {
        list.managed_settings.emplace(data_key,
                                      SourceText(source.key(), scalar->text, source.position(scalar->offset)));
      }
    }
    return list;
  }

  const std::string& default_region_;
  Findings& findings_;
};

bool have_same_identity(const RegistryInstance& a, const RegistryInstance& b) {
  auto unified = b;
  unified.domains = a.domains;
  return a == unified;
}

/// Adds the domains of a second item of one instance; "all" on either side stays all.
void merge_domains(PlacedInstance& first, PlacedInstance& second) {
  auto& domains = first.instance.domains;
  if (domains.empty() || second.instance.domains.empty()) {
    domains.clear();
    first.domain_offsets.clear();
    return;
  }
  domains.insert(domains.end(), second.instance.domains.begin(), second.instance.domains.end());
  first.domain_offsets.insert(first.domain_offsets.end(), second.domain_offsets.begin(), second.domain_offsets.end());
}

std::vector<PlacedInstance> merge_repeats(std::vector<PlacedInstance> placed, const SourceText& source,
                                          Findings& findings) {
  std::vector<PlacedInstance> merged;
  for (auto& candidate : placed) {
    const auto first = std::find_if(merged.begin(), merged.end(), [&candidate](const PlacedInstance& earlier) {
      return have_same_identity(earlier.instance, candidate.instance);
    });
    if (first == merged.end()) {
      merged.push_back(std::move(candidate));
      continue;
    }
    findings.warning("duplicate-instance", source, candidate.offset,
                     "the same instance was listed before; both were read as one item", "delete one of them");
    merge_domains(*first, candidate);
  }
  return merged;
}

}  // namespace

std::vector<RegistryInstance> settle_claims(std::vector<PlacedInstance> placed, const SourceText& source,
                                            Findings& findings) {
  std::vector<RegistryInstance> settled;
  std::set<std::string> claimed;
  for (auto& [instance, offsets, offset] : merge_repeats(std::move(placed), source, findings)) {
    std::vector<std::string> own;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < instance.domains.size(); ++i) {
      const auto& domain = instance.domains[i];
      if (!seen.insert(domain).second) continue;
      if (claimed.insert(domain).second) {
        own.push_back(domain);
      } else {
        findings.warning("domain-conflict", source, offsets[i], "an item above has this domain; it stays there",
                         "a host can have one login only");
      }
    }
    // Without any domain left the item would mean all of them.
    if (own.empty() && !instance.domains.empty()) {
      findings.warning("item-without-domain", source, offset, "no domain is left for this item; it was ignored");
      continue;
    }
    instance.domains = std::move(own);
    settled.push_back(std::move(instance));
  }
  return settled;
}

RegistryList read_registry_list(SourceText source, const std::string& default_region, Findings& findings) {
  return ListReader(default_region, findings).read(source, true);
}

}  // namespace acr::config
