// SPDX-License-Identifier: Apache-2.0
// The list as a whole and the forms it may have.
#include <fmt/format.h>

#include <algorithm>

#include "common/base/json.hpp"
#include "common/base/text.hpp"
#include "common/config/inner_keys.hpp"
#include "common/config/instances.hpp"
#include "common/config/key_reference.hpp"
#include "common/config/near_miss.hpp"
#include "common/config/parse.hpp"
#include "common/config/renewal_lead.hpp"
#include "common/config/yaml_document.hpp"

namespace acr::config {
namespace {

constexpr std::size_t kMostItems = 10'000;
/// A pull Secret, at most 1 MiB, has room for a few thousand.
constexpr std::size_t kMostDomains = 20'000;

constexpr std::array kIdNames{kItemFields.front().field};
static_assert(kIdNames.front().name == "instanceId");

bool has_field(YamlValue mapping, std::span<const FieldName> names) {
  bool found = false;
  mapping.visit_fields([&](YamlValue key, YamlValue) { found = found || !find_field(names, key.text()).empty(); });
  return found;
}

/// A flat mapping as JSON; nullopt if it is none.
std::optional<std::string> print_fields(YamlValue mapping) {
  bool is_flat = true;
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  mapping.visit_fields([&](YamlValue key, YamlValue value) {
    is_flat = is_flat && value.is_scalar();
    write_string(writer, key.text(), value.text());
  });
  writer.EndObject();
  return is_flat ? std::optional(text_of(buffer)) : std::nullopt;
}

/// "AcrInstanceInfos", with which nothing else may stand.
bool has_near_list(YamlValue mapping) {
  bool found = false;
  mapping.visit_fields([&](YamlValue key, YamlValue) { found = found || is_near_miss(key.text(), kManagedListName); });
  return found;
}

/// Reads the forms a list may have, one inside the other.
class ListReader {
 public:
  ListReader(const std::string& default_region, Findings& findings)
      : default_region_(default_region), findings_(findings) {}

  RegistryList read(SourceText& source, bool may_decode) {
    const auto tree = read_document(source, kItemFieldNames, findings_);
    if (!tree) return unreadable();
    may_decode_ = may_decode;
    return read_value(tree->root(), source);
  }

 private:
  RegistryList read_value(YamlValue value, const SourceText& source) {
    if (value.is_scalar()) return read_text(value, source);
    if (value.is_null()) report_null(value, source);
    if (value.is_childless()) return empty();
    if (value.is_sequence()) return read_items(value, source);
    return read_mapping(value, source);
  }

  /// Written as a word, while nothing at all is what comments leave.
  void report_null(YamlValue document, const SourceText& source) {
    const auto at = document.offset();
    const bool is_word =
        at < source.text().size() && std::string_view("~nN").find(source.text()[at]) != std::string_view::npos;
    if (!is_word) return;
    findings_.warning("null-value", source, at, "this was read as no list: Personal Edition of the cluster's region",
                      "leave the key out, or list the registries");
  }

  static RegistryList empty() {
    RegistryList list;
    list.is_empty = true;
    return list;
  }
  static RegistryList unreadable() {
    RegistryList list;
    list.is_unreadable = true;
    return list;
  }

  /// A string may hold the list once more; an empty one is no list.
  RegistryList read_text(YamlValue document, const SourceText& source) {
    const std::string inner(trim(document.text()));
    const auto offset = document.offset();
    if (inner.empty()) return empty();
    const bool is_list = inner.starts_with('[') || inner.starts_with('{') || inner.starts_with("- ");
    if (!may_decode_ || !is_list) {
      findings_.error("not-a-list", source, offset, "expected a list of registries", "such as: - instanceId: cri-...");
      return unreadable();
    }
    findings_.warning("double-encoded", source, offset, "the list was encoded twice and was decoded once more",
                      "write the list itself, without the quotes around it");
    SourceText decoded(source.key(), inner, source.position(offset));
    return read(decoded, false);
  }

  RegistryList read_items(YamlValue items, const SourceText& source) {
    const auto count = items.item_count();
    if (count > kMostItems) {
      findings_.error("too-many-items", source, items.offset(),
                      fmt::format("there are {} items; at most {} are read", count, kMostItems));
      return unreadable();
    }
    std::vector<PlacedInstance> placed;
    placed.reserve(count);
    std::size_t domains = 0;
    bool is_too_much = false;
    std::optional<YamlValue> above;
    items.visit_items([&](YamlValue item) {
      if (is_too_much) return;
      const auto known = placed.size();
      read_item(item, above, source, default_region_, placed, findings_);
      above = item;
      for (auto i = known; i < placed.size(); ++i) domains += placed[i].instance.domains.size();
      is_too_much = report_excess(item, source, placed.size(), domains);
    });
    return is_too_much ? unreadable() : settle(std::move(placed), source);
  }

  /// An item may list several instances, and each many domains.
  bool report_excess(YamlValue item, const SourceText& source, std::size_t instances, std::size_t domains) {
    if (instances <= kMostItems && domains <= kMostDomains) return false;
    const bool has_many_domains = domains > kMostDomains;
    findings_.error(has_many_domains ? "too-many-domains" : "too-many-items", source, item.offset(),
                    fmt::format("there are more than {} {}", has_many_domains ? kMostDomains : kMostItems,
                                has_many_domains ? "domains" : "instances"),
                    "the list is not read");
    return true;
  }

  RegistryList settle(std::vector<PlacedInstance> placed, const SourceText& source) {
    RegistryList list;
    for (const auto& item : placed) {
      if (item.rrsa_offset && !list.rrsa_place) list.rrsa_place = source.position(*item.rrsa_offset);
      const auto life = item.has_role() ? item.instance.expire_duration : kUsualLife;
      if (life >= kUsualLife) list.shortest_long_life = std::min(life, list.shortest_long_life.value_or(life));
      if (!item.duration_offset || (list.shortest_session && list.shortest_session->first <= life)) continue;
      list.shortest_session.emplace(life, source.position(*item.duration_offset));
    }
    list.instances = settle_claims(std::move(placed), source, findings_);
    list.is_unreadable = list.instances.empty();
    return list;
  }

  RegistryList read_mapping(YamlValue mapping, const SourceText& source) {
    if (const auto own = find_own_value(mapping, source, findings_)) return read_value(*own, source);
    if (has_field(mapping, kManagedFieldNames) || has_near_list(mapping)) return read_managed(mapping, source);
    if (!has_field(mapping, kItemFieldNames)) {
      findings_.error("not-a-list", source, mapping.offset(), "expected a list of registries",
                      "each item starts with \"- \"");
      return unreadable();
    }
    if (!has_field(mapping, kIdNames)) {
      // What is left of an item of which the line with the dash was made a comment looks like this.
      findings_.error("missing-id", source, mapping.offset(),
                      "neither a dash nor an instanceId stands here: that is not taken for Personal Edition",
                      "begin the item with - instanceId: and its id, or \"\" for Personal Edition");
      return unreadable();
    }
    findings_.warning("mapping-instead-of-list", source, mapping.offset(),
                      "one item without its dash was read as a list of one", "put \"- \" before the first field");
    std::vector<PlacedInstance> placed;
    read_item(mapping, std::nullopt, source, default_region_, placed, findings_);
    return settle(std::move(placed), source);
  }

  RegistryList read_managed(YamlValue mapping, const SourceText& source) {
    const auto errors_before = findings_.error_count();
    bool has_unknown = false;
    const auto fields = read_fields(mapping, source, kWholeFieldNames, findings_, &has_unknown);
    const bool is_doubtful = findings_.error_count() > errors_before;
    const auto list_field = fields.find(kManagedListName);
    findings_.warning("managed-addon-format", source, list_field == fields.end() ? 0 : list_field->second.key_offset,
                      "this is the JSON of the managed edition; its fields were read as the keys here that are absent",
                      "write the list of AcrInstanceInfo alone, and the other fields as keys of the ConfigMap");
    auto list = list_field == fields.end() ? read_without_list(mapping, source, has_unknown)
                                           : read_managed_list(list_field->second, source);
    // A misspelt field may have narrowed the scope, and of one that stands there twice nobody knows which is meant.
    if (is_doubtful) list.unreadable_settings = {"service-account", "watch-namespace"};
    for (const auto& [name, field] : fields) {
      if (name != kManagedListName) read_setting(fields, name, source, list);
    }
    return list;
  }

  RegistryList read_without_list(YamlValue mapping, const SourceText& source, bool has_unknown) {
    if (!has_unknown) return empty();
    findings_.error("not-a-list", source, mapping.offset(),
                    "AcrInstanceInfo is missing and a field is not known: that is not taken for an empty list",
                    "correct the name of the list");
    return unreadable();
  }

  RegistryList read_managed_list(const Field& field, const SourceText& source) {
    const auto items = field.value;
    if (items.is_null()) return empty();
    if (items.is_scalar()) return read_text(items, source);
    if (!items.is_sequence()) {
      findings_.error("not-a-list", source, field.value_offset, "AcrInstanceInfo must be a list");
      return unreadable();
    }
    return items.is_childless() ? empty() : read_items(items, source);
  }

  void read_setting(const Fields& fields, std::string_view name, const SourceText& source, RegistryList& list) {
    const auto key = find_spelled_key(name)->name;
    const auto errors_before = findings_.error_count();
    auto scalar = read_structured(fields.at(name), *find_key(key));
    if (!scalar) scalar = read_scalar(fields, name, source, findings_, kMaxDataBytes);
    if (findings_.error_count() > errors_before) list.unreadable_settings.insert(key);
    if (scalar)
      list.managed_settings.emplace(key, SourceText(source.key(), scalar->text, source.position(scalar->offset)));
  }

  /// JSON has lists and objects of its own for what is a text here; nullopt for a single value, and for what fits no
  /// key of that kind.
  static std::optional<ScalarText> read_structured(const Field& field, const KeyReference& key) {
    std::optional<std::string> text;
    if (key.documentation.type == "comma list") text = join_scalars(field.value);
    const bool has_fields = key.name == "webhook-configuration" || key.name == "rrsa";
    if (has_fields && field.value.is_mapping()) text = print_fields(field.value);
    return text ? std::optional(ScalarText{.text = std::move(*text), .offset = field.value_offset}) : std::nullopt;
  }

  const std::string& default_region_;
  Findings& findings_;
  bool may_decode_ = true;
};

}  // namespace

RegistryList read_registry_list(SourceText& source, const std::string& default_region, Findings& findings) {
  return ListReader(default_region, findings).read(source, true);
}

}  // namespace acr::config
