// SPDX-License-Identifier: Apache-2.0
#include "common/config/parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "common/base/duration.hpp"
#include "common/base/text.hpp"
#include "common/config/data_keys.hpp"
#include "common/config/inner_keys.hpp"
#include "common/config/instances.hpp"
#include "common/config/key_reference.hpp"
#include "common/config/name_list.hpp"
#include "common/config/pasted_key.hpp"
#include "common/config/plain_value.hpp"
#include "common/config/renewal_lead.hpp"
#include "common/config/switches.hpp"

namespace acr::config {
namespace {

/// Reads key after key into Settings.
class Parser {
 public:
  Parser(const std::map<std::string, std::string>& data, const ParseContext& context)
      : data_(data), context_(context) {}

  ParsedSettings parse(const std::set<std::string>& binary_keys) {
    auto collected = collect_keys(data_, binary_keys, context_, findings_);
    values_ = std::move(collected.texts);
    unreadable_ = std::move(collected.unreadable);
    list_unreadable_ = unreadable_.contains(kRegistryKey);
    for (auto& [key, source] : values_) {
      const bool is_yaml = key == kRegistryKey || key == "rrsa" || key == "webhook-configuration";
      if (!is_yaml) settle_inner_keys(source, findings_);
    }
    read_registries();
    read_scope();
    read_others();
    miss_lost_keys();
    narrow_scope();
    return {
        .settings = std::move(settings_), .diagnostics = findings_.take_sorted(), .list_unreadable = list_unreadable_};
  }

 private:
  void read_registries() {
    bool is_default = !list_unreadable_;
    if (auto* source = find(kRegistryKey)) {
      auto registries = read_registry_list(*source, context_.default_region, findings_);
      is_default = registries.is_empty;
      list_unreadable_ = registries.is_unreadable;
      settings_.instances = std::move(registries.instances);
      shortest_session_ = registries.shortest_session;
      shortest_life_ = registries.shortest_long_life.value_or(kUsualLife);
      rrsa_place_ = registries.rrsa_place;
      take_managed_settings(registries);
    }
    if (is_default) {
      RegistryInstance personal;
      personal.region_id = context_.default_region;
      personal.implicit = true;
      settings_.instances.push_back(std::move(personal));
    }
  }

  /// What stands in the managed edition's JSON besides the list. A key of the ConfigMap wins, even a broken one.
  void take_managed_settings(RegistryList& registries) {
    for (const auto key : registries.unreadable_settings) {
      if (!values_.contains(key)) unreadable_.insert(key);
    }
    for (const auto& [key, value] : registries.managed_settings) {
      if (registries.unreadable_settings.contains(key)) continue;
      if (!values_.contains(key) && !unreadable_.contains(key)) {
        values_.emplace(key, value);
        continue;
      }
      findings_.warning("managed-addon-format", value, 0,
                        fmt::format("this was ignored: {} stands as a key of the ConfigMap", key),
                        "keep one of the two");
    }
  }

  void read_scope() {
    if (const auto* source = find("service-account")) {
      settings_.service_accounts = read_patterns(*source, NameKind::ServiceAccount, settings_.service_accounts);
    }
    if (const auto* source = find("watch-namespace")) read_watched(*source);
    if (const auto* source = find("exclude-namespaces")) read_excluded(*source);
    if (const auto* source = find("watch-namespace")) warn_of_system(*source);
    if (const auto* source = find("namespace-selector")) read_selector(*source);
  }

  /// Keys that stand inside of the value of another one. Besides one that is read they add nothing, unless it leaves
  /// something out.
  void miss_lost_keys() {
    for (const auto name : findings_.lost_keys()) {
      if (!values_.contains(name) || is_narrowing(*find_key(name))) unreadable_.insert(name);
    }
    if (!unreadable_.contains(kRegistryKey) || list_unreadable_) return;
    list_unreadable_ = true;
    settings_.instances.clear();
  }

  /// What is unreadable may have named less than what would be covered without it: too little is repaired by the next
  /// edit, too much is not.
  void narrow_scope() {
    if (unreadable_.contains("service-account")) settings_.service_accounts = {};
    for (const auto* key : {"watch-namespace", "exclude-namespaces", "namespace-selector"}) {
      if (unreadable_.contains(key)) settings_.watch_namespaces = {};
    }
  }

  /// Every entry of it takes something out: with one that cannot be read it is unreadable as a whole.
  void read_excluded(const SourceText& source) {
    const auto errors_before = findings_.error_count();
    auto names = read_names(source, NameKind::Namespace, findings_);
    if (names.empty() && findings_.error_count() == errors_before) report_comment_alone(source);
    if (findings_.error_count() > errors_before) unreadable_.insert("exclude-namespaces");
    report_literal_all(source, names, "every namespace");
    for (auto& [name, offset] : names) {
      if (is_everything(name)) {
        findings_.warning("excludes-all", source, offset, "every namespace is excluded: nothing will be bound");
      }
      settings_.exclude_namespaces.push_back(std::move(name));
    }
  }

  /// Behind the sign may stand what was meant, and without it more is covered.
  void report_comment_alone(const SourceText& source) {
    const auto sign = find_comment_alone(source);
    if (!sign) return;
    findings_.error("comment-alone", source, *sign,
                    "nothing but a comment stands here: is no namespace to be left out?",
                    "delete the key if so, else delete the #");
  }

  /// Only watch-namespace knows the word `all`; elsewhere an object may have that name.
  void report_literal_all(const SourceText& source, const std::vector<PlacedName>& names, std::string_view everything) {
    const auto all =
        std::find_if(names.begin(), names.end(), [](const PlacedName& name) { return name.name == "all"; });
    if (all == names.end()) return;
    findings_.warning("all-is-a-name", source, all->offset, "all is read as a name here, not as everything",
                      fmt::format("write * for {}", everything));
  }

  static bool is_everything(std::string_view name) { return name.find_first_not_of('*') == std::string_view::npos; }

  /// What the API server's own pods run in, and what no failure of ours should reach.
  static constexpr std::string_view kSystemNamespace = "kube-system";

  /// Of what is watched in the end: exclude-namespaces must be known.
  void warn_of_system(const SourceText& source) {
    const auto& watched = settings_.watch_namespaces;
    const auto start = std::min(source.text().find_first_not_of(" \t\n"), source.text().size());
    const NamePatterns excluded{.all = false, .patterns = settings_.exclude_namespaces};
    const bool has_system = watched.matches(kSystemNamespace) && !excluded.matches(kSystemNamespace);
    if (watched.all) {
      findings_.warning("watch-all", source, start,
                        fmt::format("all namespaces are watched{}", has_system ? ", kube-system too" : ""),
                        "name the namespaces of your workloads, or use exclude-namespaces");
    } else if (has_system) {
      findings_.warning("watch-system", source, start,
                        "kube-system is watched: this may affect how images of the cluster's own pods are pulled",
                        "name the namespaces of your workloads only");
    }
  }

  void read_watched(const SourceText& source) {
    settings_.watch_namespaces = read_patterns(source, NameKind::Namespace, settings_.watch_namespaces);
    if (!settings_.watch_namespaces.all) return;
    const auto start = source.text().find_first_not_of(" \t\n");
    if (const auto word = trim(source.text()); word != "all" && equals_ignore_case(word, "all")) {
      findings_.info("case-normalised", source, start, "read as all");
    }
  }

  /// A list of which nothing is left by errors covers nothing; one in which nothing was written gives `absent`.
  /// `*` is everything; so is `all` for namespaces, while a ServiceAccount may have that name.
  NamePatterns read_patterns(const SourceText& source, NameKind kind, const NamePatterns& absent) {
    const auto errors_before = findings_.error_count();
    auto names = read_names(source, kind, findings_);
    if (names.empty() && findings_.error_count() == errors_before) return absent;
    if (kind == NameKind::ServiceAccount) report_literal_all(source, names, "every one");
    const bool is_all = std::any_of(names.begin(), names.end(), [kind](const PlacedName& name) {
      return is_everything(name.name) || (kind == NameKind::Namespace && name.name == "all");
    });
    if (is_all && kind == NameKind::ServiceAccount && names.size() > 1) {
      findings_.warning("covers-all", source, names.front().offset,
                        "* covers every ServiceAccount of the watched namespaces, whatever stands beside it",
                        "write * alone, or the names without it");
    }
    if (is_all) return {.all = true, .patterns = {}};
    NamePatterns patterns;
    for (auto& name : names) patterns.patterns.push_back(std::move(name.name));
    return patterns;
  }

  void read_selector(const SourceText& source) {
    const auto errors_before = findings_.error_count();
    parse_selector(source);
    if (findings_.error_count() > errors_before) unreadable_.insert("namespace-selector");
  }

  void parse_selector(const SourceText& source) {
    constexpr std::size_t kMostSelectorBytes = 64UL * 1024;
    std::size_t fault_offset = 0;
    if (source.text().size() > kMostSelectorBytes) {
      findings_.error("value-too-long", source, 0, fmt::format("at most {} bytes are read", kMostSelectorBytes));
      return;
    }
    const auto written = read_plain_value(source, findings_);
    if (!written) {
      report_comment_alone(source);
      return;
    }
    if (written->text.starts_with("//")) {
      findings_.error("slash-comment", source, written->offset, "is this a comment, or the selector itself?",
                      "comments start with #; without a selector leave the key out");
      return;
    }
    auto selector = parse_label_selector(written->text, &fault_offset);
    if (selector) {
      if (!selector->requirements.empty()) settings_.namespace_selector = std::move(*selector);
      return;
    }
    findings_.error("invalid-selector", source, written->offset + fault_offset, selector.error().message,
                    "the form is a=b,c!=d,e in (x,y),!f");
  }

  void read_others() {
    for (const auto* key : {"notify-email", "acr-api-version", "acr-registry"}) {
      if (const auto* source = find(key))
        report_pasted_key(source->text(), "a value of this key", *source, 0, findings_);
    }
    if (const auto* source = find("expiring-threshold")) read_threshold(*source);
    check_sessions();
    if (const auto* source = find("rrsa")) settings_.rrsa_enabled = read_rrsa(*source, findings_);
    if (const auto* source = find("webhook-configuration")) settings_.webhook = read_webhook(*source, findings_);
    if (const auto* source = find("binding-mode")) read_binding_mode(*source);
    if (const auto* source = find("acr-api-version"); source != nullptr && trim(source->text()) != "2018-12-01") {
      findings_.info("api-version-ignored", *source, 0, "any version is accepted; the value has no effect");
    }
    if (const auto* source = find("acr-registry")) read_legacy_hosts(*source);
    if (rrsa_place_ && !settings_.rrsa_enabled) {
      findings_.warning("rrsa-off", SourceText(find(kRegistryKey)->key(), {}, *rrsa_place_), 0,
                        "an item names a role for RRSA, but RRSA is off: it gets no login",
                        "set the key rrsa to enable: true");
    }
  }

  /// A value of which nothing is written means the default. A comment alone may have been the value.
  std::optional<ScalarText> read_default_value(const SourceText& source) {
    auto written = read_plain_value(source, findings_);
    if (written) return written;
    if (const auto sign = find_comment_alone(source)) {
      findings_.warning("comment-alone", source, *sign, "nothing but a comment stands here: the default applies",
                        "write the value without the #, or leave the key out");
    }
    return std::nullopt;
  }

  void read_threshold(const SourceText& source) {
    constexpr std::chrono::seconds kLeast{60};
    const auto written = read_default_value(source);
    if (!written) return;
    const auto start = written->offset;
    const auto duration = parse_loose_duration(written->text);
    if (!duration) {
      findings_.error("invalid-duration", source, start, "this is not a duration",
                      "write a number and a unit, such as 15m");
      return;
    }
    if (!duration->is_exact) {
      findings_.warning("duration-unit", source, start, fmt::format("read as {}", format_duration(duration->value)),
                        fmt::format("write {}", format_duration(duration->value)));
    }
    settings_.expiring_threshold = std::max(duration->value, kLeast);
    if (duration->value < kLeast) {
      findings_.warning("value-out-of-range", source, start, "less than a minute was read as one minute");
    } else if (const auto lead = lead_of(shortest_life_); lead < duration->value) {
      const bool is_usual = shortest_life_ == kUsualLife;
      findings_.warning(
          "value-out-of-range", source, start,
          fmt::format("beyond half the life of a login it has no effect: one of {} is renewed {} before its end",
                      is_usual ? "an hour" : format_duration(shortest_life_), format_duration(lead)),
          is_usual ? "tokens live one hour; renewal happens at half of the real life"
                   : "renewal happens at half of the real life, the session of the role");
    }
  }

  /// A role's session may be shorter than the default of an hour.
  void check_sessions() {
    if (!shortest_session_) return;
    const auto& [session, place] = *shortest_session_;
    const auto lead = lead_of(session);
    if (session >= kUsualLife || lead >= settings_.expiring_threshold) return;
    findings_.warning(
        "value-out-of-range", SourceText(find(kRegistryKey)->key(), {}, place), 0,
        fmt::format("a login by a session of {} is renewed {} before it ends, not the expiring-threshold of {}",
                    format_duration(session), format_duration(lead), format_duration(settings_.expiring_threshold)),
        "renewal happens at half of the real life; a session of twice the threshold avoids it");
  }

  /// How long before its end a login of that life is renewed.
  [[nodiscard]] std::chrono::seconds lead_of(std::chrono::seconds life) const {
    return std::chrono::duration_cast<std::chrono::seconds>(renewal_lead(settings_.expiring_threshold, life));
  }

  /// The hosts of 2019, before there were instances. The original has not read them since 2020, and a host of it names
  /// no instance whose login it could get: narrowing anything by it would take logins from a cluster that has them.
  void read_legacy_hosts(const SourceText& source) {
    if (trim(source.text()) == find_key("acr-registry")->documentation.default_value) {
      findings_.info("legacy-key", source, 0, "acr-registry has no effect since 2020", "delete it");
    } else {
      findings_.warning("legacy-key", source, 0, "acr-registry has no effect since 2020",
                        "list the registries in acr-registry-info, and their hosts in domains");
    }
  }

  void read_binding_mode(const SourceText& source) {
    const auto written = read_default_value(source);
    if (!written) return;
    const auto word = to_lower(written->text);
    if (word == "overwrite") {
      settings_.binding_mode = BindingMode::Overwrite;
    } else if (word != "append") {
      findings_.error("invalid-value", source, written->offset, "binding-mode must be append or overwrite",
                      "append keeps the entries of others in imagePullSecrets, overwrite drops them");
    }
  }

  [[nodiscard]] SourceText* find(std::string_view key) {
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
  }

  const std::map<std::string, std::string>& data_;
  const ParseContext& context_;
  Findings findings_;
  std::map<std::string, SourceText, std::less<>> values_;
  std::optional<std::pair<std::chrono::seconds, Position>> shortest_session_;
  /// Of logins of an hour or more.
  std::chrono::seconds shortest_life_ = kUsualLife;
  std::optional<Position> rrsa_place_;
  Settings settings_;
  /// Names of keys, as in kKeys.
  std::set<std::string_view> unreadable_;
  bool list_unreadable_ = false;
};

}  // namespace

bool ParsedSettings::has_errors() const {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::Error; });
}

ParsedSettings parse_settings(const std::map<std::string, std::string>& data, const std::set<std::string>& binary_keys,
                              const ParseContext& context) {
  return Parser(data, context).parse(binary_keys);
}

}  // namespace acr::config
