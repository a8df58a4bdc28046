// SPDX-License-Identifier: Apache-2.0
#include "common/config/data_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "common/base/text.hpp"
#include "common/config/key_reference.hpp"
#include "common/config/near_miss.hpp"

namespace acr::config {
namespace {

using Data = std::map<std::string, std::string>;

/// The largest values of a ConfigMap that the API server would refuse: without them it would not.
std::set<std::string_view> find_oversized(const Data& data) {
  std::size_t total = 0;
  std::vector<std::pair<std::size_t, std::string_view>> sizes;
  for (const auto& [key, value] : data) {
    total += value.size();
    sizes.emplace_back(value.size(), key);
  }
  std::sort(sizes.rbegin(), sizes.rend());
  std::set<std::string_view> oversized;
  for (const auto& [size, key] : sizes) {
    if (total <= kMaxDataBytes) break;
    oversized.insert(key);
    total -= size;
  }
  return oversized;
}

class Collector {
 public:
  Collector(const Data& data, const std::set<std::string>& binary_keys, const ParseContext& context, Findings& findings)
      : data_(data), binary_keys_(binary_keys), context_(context), findings_(findings) {}

  KeyTexts collect() {
    const auto oversized = find_oversized(data_);
    // The keys of the ConfigMap itself first, wherever they stand: they win.
    for (const bool wants_managed : {false, true}) {
      for (const auto& [key, value] : data_) {
        const auto* known = find_key(key);
        const auto* managed = known == nullptr ? find_managed_key(key) : nullptr;
        if ((managed != nullptr) != wants_managed) continue;
        if (oversized.contains(key)) {
          report_oversized(key, value.size(), known == nullptr ? managed : known);
        } else if (known != nullptr) {
          add(*known, key, value);
        } else if (managed != nullptr) {
          add_managed(*managed, key, value);
        } else {
          report_unknown(key);
        }
      }
    }
    for (const auto& key : binary_keys_) report_binary(key);
    return std::move(collected_);
  }

 private:
  /// A place that stands for the whole key.
  static SourceText place_of(const std::string& key) { return {key, {}}; }

  void report_oversized(const std::string& key, std::size_t size, const KeyReference* known) {
    if (known != nullptr && known->name == kRegistryKey) collected_.list_unreadable = true;
    findings_.error("too-large", place_of(key), 0,
                    fmt::format("all values together have more than {} bytes, this one {}", kMaxDataBytes, size),
                    "the API server takes no more");
  }

  /// A tool that makes a ConfigMap of files asks nobody: what is not UTF-8 lands in binaryData.
  void report_binary(const std::string& key) {
    const auto* known = find_key(key);
    if (known == nullptr) known = find_managed_key(key);
    if (known == nullptr) {
      report_unknown(key);
      return;
    }
    findings_.error("binary-data", place_of(key), 0, "this key stands in binaryData, which is not read",
                    "kubectl puts files there that are not UTF-8: save the file as UTF-8, or write the value as text "
                    "under data");
    if (written_.contains(known->name)) return;
    collected_.hidden.insert(known->name);
    if (known->name == kRegistryKey) collected_.list_unreadable = true;
  }

  void add(const KeyReference& known, const std::string& key, const std::string& value) {
    const auto errors_before = findings_.error_count();
    auto source = clean_value(key, value, findings_);
    const bool is_broken = findings_.error_count() > errors_before;
    if (is_broken && known.name == kRegistryKey) collected_.list_unreadable = true;
    const bool is_empty = trim(source.text()).empty();
    if (is_broken || !is_empty) written_.insert(known.name);
    if (!is_empty) collected_.texts.emplace(known.name, std::move(source));
  }

  void add_managed(const KeyReference& known, const std::string& key, const std::string& value) {
    if (written_.contains(known.name)) {
      findings_.warning("managed-addon-format", place_of(key), 0,
                        fmt::format("{} stands beside this name of the managed edition, which was ignored", known.name),
                        "delete it");
      return;
    }
    findings_.warning("managed-addon-format", place_of(key), 0,
                      fmt::format("this is a name of the managed edition; read as {}", known.name),
                      fmt::format("write {}", known.name));
    add(known, key, value);
  }

  /// Is the key there by one of its names?
  [[nodiscard]] bool is_present(const KeyReference& known) const {
    const auto stands = [this](std::string_view name) {
      return data_.contains(std::string(name)) || binary_keys_.contains(std::string(name));
    };
    return stands(known.name) || (!known.managed_name.empty() && stands(known.managed_name));
  }

  void report_unknown(const std::string& key) {
    for (const auto& known : kKeys) {
      const bool is_near_managed = !known.managed_name.empty() && is_near_miss(key, known.managed_name);
      if ((!is_near_miss(key, known.name) && !is_near_managed) || is_present(known)) continue;
      const auto hint = fmt::format("did you mean {}?", known.name);
      if (context_.configuration_in_force) {
        findings_.error("unknown-key", place_of(key), 0, "unknown key", hint);
      } else {
        findings_.warning("unknown-key", place_of(key), 0, "unknown key was ignored", hint);
      }
      return;
    }
    findings_.warning("unknown-key", place_of(key), 0, "unknown key was ignored");
  }

  const Data& data_;
  const std::set<std::string>& binary_keys_;
  const ParseContext& context_;
  Findings& findings_;
  KeyTexts collected_;
  std::set<std::string_view> written_;
};

}  // namespace

KeyTexts collect_keys(const Data& data, const std::set<std::string>& binary_keys, const ParseContext& context,
                      Findings& findings) {
  return Collector(data, binary_keys, context, findings).collect();
}

}  // namespace acr::config
