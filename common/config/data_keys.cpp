// SPDX-License-Identifier: Apache-2.0
#include "common/config/data_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <vector>

#include "common/base/text.hpp"
#include "common/config/key_reference.hpp"
#include "common/config/near_miss.hpp"
#include "common/config/pasted_key.hpp"
#include "common/config/secret_name.hpp"

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

/// The names, as in kKeys, of the keys that are there, however they are spelt.
void collect_present(const std::set<std::string>& keys, std::set<std::string_view>& present) {
  for (const auto& key : keys) {
    if (const auto* known = find_spelled_key(key)) present.insert(known->name);
  }
}

/// How sure a name is, the surest first.
enum class Spelling { Own, Managed, Other };

/// A value under one of the names of a key.
struct WrittenKey {
  Spelling spelling = Spelling::Own;
  const std::string* key = nullptr;
  const std::string* value = nullptr;
};

class Collector {
 public:
  Collector(const Data& data, const std::set<std::string>& binary_keys, const ParseContext& context, Findings& findings)
      : data_(data), binary_keys_(binary_keys), context_(context), findings_(findings) {
    std::set<std::string> keys = binary_keys;
    for (const auto& [key, value] : data) {
      is_foreign_ = is_foreign_ && find_spelled_key(key) == nullptr;
      if (!says_nothing(value)) keys.insert(key);
    }
    collect_present(keys, present_);
    collect_present(context.keys_in_force, present_before_);
    is_foreign_ = is_foreign_ && present_.empty();
  }

  KeyTexts collect() {
    const auto oversized = find_oversized(data_);
    std::map<const KeyReference*, std::vector<WrittenKey>> written;
    for (const auto& [key, value] : data_) {
      const auto* known = find_spelled_key(key);
      if (oversized.contains(key)) {
        report_oversized(key, value.size(), known);
      } else if (known == nullptr) {
        report_unknown(key, says_nothing(value));
      } else {
        written[known].push_back({.spelling = spelling_of(key, *known), .key = &key, .value = &value});
      }
    }
    for (auto& [known, keys] : written) {
      std::sort(keys.begin(), keys.end(), [](const WrittenKey& a, const WrittenKey& b) {
        return std::tie(a.spelling, *a.key) < std::tie(b.spelling, *b.key);
      });
      read_key(*known, keys);
    }
    for (const auto& key : binary_keys_) report_binary(key);
    for (const auto name : collected_.unreadable) collected_.texts.erase(std::string(name));
    return std::move(collected_);
  }

 private:
  /// A place that stands for the whole key.
  static SourceText place_of(const std::string& key) { return {key, {}}; }

  static Spelling spelling_of(const std::string& key, const KeyReference& known) {
    if (key == known.name) return Spelling::Own;
    return equals_ignore_case(key, known.managed_name) ? Spelling::Managed : Spelling::Other;
  }

  void report_oversized(const std::string& key, std::size_t size, const KeyReference* known) {
    if (known != nullptr) collected_.unreadable.insert(known->name);
    findings_.error("too-large", place_of(key), 0,
                    fmt::format("all values together have more than {} bytes, this one {}", kMaxDataBytes, size),
                    "the API server takes no more");
  }

  /// A tool that makes a ConfigMap of files asks nobody: what is not UTF-8 lands in binaryData.
  void report_binary(const std::string& key) {
    const auto* known = find_spelled_key(key);
    if (known == nullptr) {
      report_unknown(key, false);
      return;
    }
    findings_.error("binary-data", place_of(key), 0, "this key stands in binaryData, which is not read",
                    "kubectl puts files there that are not UTF-8: save the file as UTF-8, or write the value as text "
                    "under data");
    if (!collected_.texts.contains(known->name)) collected_.unreadable.insert(known->name);
  }

  /// `names`: those under which it stands there, the surest first.
  void read_key(const KeyReference& known, const std::vector<WrittenKey>& names) {
    const WrittenKey* first = nullptr;
    for (const auto& written : names) {
      const auto place = place_of(*written.key);
      if (first != nullptr && first->spelling == Spelling::Own && written.spelling == Spelling::Managed) {
        findings_.warning(
            "managed-addon-format", place, 0,
            fmt::format("{} stands beside this name of the managed edition, which was ignored", known.name),
            "delete it");
        continue;
      }
      if (first == nullptr && written.spelling != Spelling::Own) report_spelling(known, written);
      const auto errors_before = findings_.error_count();
      auto source = clean_value(*written.key, *written.value, findings_);
      const bool is_broken = findings_.error_count() > errors_before;
      if (!is_broken && trim(source.text()).empty()) continue;
      if (is_broken) collected_.unreadable.insert(known.name);
      if (first == nullptr) {
        first = &written;
        if (!is_broken) collected_.texts.emplace(known.name, std::move(source));
      } else if (!is_broken) {
        report_second(known, *first, source);
      }
    }
  }

  void report_spelling(const KeyReference& known, const WrittenKey& written) {
    const bool is_managed = written.spelling == Spelling::Managed;
    findings_.warning(
        is_managed ? "managed-addon-format" : "key-spelling", place_of(*written.key), 0,
        fmt::format("this is {}; read as {}",
                    is_managed ? "a name of the managed edition" : "another spelling of a key", known.name),
        fmt::format("write {}", known.name));
  }

  /// Of two values under two names nobody knows which one is meant, unless they say the same.
  void report_second(const KeyReference& known, const WrittenKey& first, const SourceText& second) {
    const auto place = place_of(second.key());
    const auto text = collected_.texts.find(known.name);
    if (text != collected_.texts.end() && trim(text->second.text()) == trim(second.text())) {
      findings_.warning("key-spelling", place, 0,
                        fmt::format("this says what {} says already, and was ignored", show_key(*first.key)),
                        "delete it");
      return;
    }
    findings_.error("ambiguous-key", place, 0,
                    fmt::format("this and {} are both {}: which one is meant?", show_key(*first.key), known.name),
                    fmt::format("keep one of them, as {}", known.name));
    collected_.unreadable.insert(known.name);
  }

  /// What says nothing can neither have narrowed anything nor be missed.
  void report_unknown(const std::string& key, bool is_empty) {
    const auto* known = find_meant(key);
    if (known == nullptr) {
      report_foreign(key, is_empty);
      return;
    }
    const auto hint = without_extension(key) == key
                          ? fmt::format("did you mean {}?", known->name)
                          : fmt::format("did you mean {}? kubectl create configmap takes it as --from-file={}=FILE",
                                        known->name, known->name);
    const bool is_narrower = is_narrowing(*known);
    const bool is_lost = is_narrower || (context_.configuration_in_force && !was_ignored_before(key, *known));
    if (is_empty || !is_lost) {
      findings_.warning("unknown-key", place_of(key), 0, "unknown key was ignored", hint);
      return;
    }
    findings_.error("unknown-key", place_of(key), 0, "unknown key", hint);
    if (is_narrower) collected_.unreadable.insert(known->name);
  }

  /// The key that a misspelt one may have been meant as. One that is there is not missed, unless it leaves something
  /// out: then this may leave out more.
  [[nodiscard]] const KeyReference* find_meant(const std::string& key) const {
    const auto* meant = std::find_if(kKeys.begin(), kKeys.end(), [&](const KeyReference& known) {
      return is_near_key(key, known) && (is_narrowing(known) || !present_.contains(known.name));
    });
    return meant == kKeys.end() ? nullptr : meant;
  }

  /// Where no key at all is ours, a file was stored that holds them, or another ConfigMap: all would become its
  /// default.
  void report_foreign(const std::string& key, bool is_empty) {
    const bool is_new = context_.configuration_in_force && !context_.keys_in_force.contains(key);
    if (is_foreign_ && is_new && !is_empty && data_.contains(key)) {
      findings_.error("unknown-key", place_of(key), 0,
                      "no key here is known: everything would fall back to its default",
                      "each setting is a key of its own; kubectl create configmap takes one from "
                      "--from-file=acr-registry-info=FILE");
      return;
    }
    const bool is_identity = judge_secrecy(key) != Secrecy::None;
    findings_.warning("unknown-key", place_of(key), 0, "unknown key was ignored", is_identity ? kPlaceOfKeys : "");
  }

  /// It stands in the text in force too, and nothing else there says what it may have meant: to ignore it changes
  /// nothing.
  [[nodiscard]] bool was_ignored_before(const std::string& key, const KeyReference& known) const {
    return context_.keys_in_force.contains(key) && !present_before_.contains(known.name);
  }

  const Data& data_;
  const std::set<std::string>& binary_keys_;
  const ParseContext& context_;
  Findings& findings_;
  KeyTexts collected_;
  std::set<std::string_view> present_;
  std::set<std::string_view> present_before_;
  /// Is no key one of ours, in whatever spelling?
  bool is_foreign_ = true;
};

}  // namespace

bool says_nothing(std::string_view value) {
  static constexpr std::array<std::string_view, 7> kNothing{"", "\"\"", "''", "[]", "{}", "~", "null"};
  std::string_view written;
  while (!value.empty()) {
    const auto end = std::min(value.find_first_of("\r\n"), value.size());
    const auto line = trim(value.substr(0, end));
    value.remove_prefix(std::min(end + 1, value.size()));
    if (line.empty() || line.starts_with('#')) continue;
    if (!written.empty()) return false;
    written = line;
  }
  return std::find(kNothing.begin(), kNothing.end(), written) != kNothing.end();
}

KeyTexts collect_keys(const Data& data, const std::set<std::string>& binary_keys, const ParseContext& context,
                      Findings& findings) {
  return Collector(data, binary_keys, context, findings).collect();
}

}  // namespace acr::config
