// SPDX-License-Identifier: Apache-2.0
#include "common/config/name_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/base/text.hpp"
#include "common/config/fields.hpp"
#include "common/config/name_splitter.hpp"
#include "common/config/pasted_key.hpp"

namespace acr::config {
namespace {

constexpr std::size_t kQuotedBytes = 60;

/// Globs are judged by what is left without their stars and question marks.
bool is_name_pattern(std::string_view text, NameKind kind) {
  std::string probe(text);
  std::replace_if(probe.begin(), probe.end(), [](char c) { return c == '*' || c == '?'; }, 'x');
  return kind == NameKind::Namespace ? is_dns_label(probe) : is_dns_subdomain(probe);
}

std::string_view hint_at_fault(std::string_view entry) {
  const auto holds = [entry](std::string_view part) { return entry.find(part) != std::string_view::npos; };
  if (holds("\"") || holds("'") || holds("“") || holds("”")) return "quotes may stand around a name, not in it";
  if (holds("。") || holds("．")) return "write a comma or a plain dot, whichever was meant";
  if (holds("//")) return "comments start with #, behind a blank";
  return {};
}

/// "except" and its kin: what follows such a word is meant to be left out.
bool is_exception_word(std::string_view entry) {
  static constexpr std::array<std::string_view, 13> kWords{"except", "excepting", "excluding", "exclude", "but",
                                                           "not",    "without",   "besides",   "minus",   "unless",
                                                           "other",  "than",      "beside"};
  const auto word = to_lower(entry);
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

/// Words about a list instead of the list, such as "all except kube-system": read as names they could mean the
/// opposite. True after an error.
bool report_prose(const std::vector<ListEntry>& entries, const SourceText& source, Findings& findings) {
  if (entries.size() < 2) return false;
  const bool has_everything = std::any_of(entries.begin(), entries.end(), [](const ListEntry& entry) {
    return equals_ignore_case(entry.text, "all") || entry.text.find_first_not_of('*') == std::string::npos;
  });
  const auto doubtful = std::find_if(entries.begin(), entries.end(), [has_everything](const ListEntry& entry) {
    return is_exception_word(entry.text) || (has_everything && entry.follows_blank);
  });
  if (doubtful == entries.end()) return false;
  findings.error("no-list", source, doubtful->offset, "these are words, not a list of names: it may mean the opposite",
                 "write names with commas between them; exclude-namespaces takes namespaces out");
  return true;
}

/// Takes names one after the other.
class NameReader {
 public:
  NameReader(const SourceText& source, NameKind kind, Findings& findings)
      : source_(source),
        findings_(findings),
        kind_(kind),
        what_(kind == NameKind::Namespace ? "namespace" : "ServiceAccount") {}

  void read(const ListEntry& entry) {
    auto name = to_lower(entry.text);
    if (is_placeholder(entry.text)) {
      findings_.error("placeholder", source_, entry.offset, "a placeholder was left in",
                      fmt::format("write the name of a {}", what_));
      return;
    }
    if (report_pasted_key(entry.text, "a name", source_, entry.offset, findings_)) return;
    // "password: x": the second entry may be a name by its form, and would be shown as one.
    const bool is_value = follows_field_ && source_.is_secret_at(entry.offset);
    follows_field_ = entry.text.ends_with(':') || entry.text.ends_with('=');
    if (is_value) return;
    if (!is_name_pattern(name, kind_)) {
      findings_.error("invalid-name", source_, entry.offset,
                      fmt::format("this cannot be the name of a {}: \"{}\"", what_,
                                  quote_from(source_, entry.offset, entry.text, kQuotedBytes)),
                      std::string(hint_at_fault(entry.text)));
    } else {
      report_oddities(entry, name);
      if (seen_.insert(name).second) names_.push_back({.name = std::move(name), .offset = entry.offset});
    }
  }

  std::vector<PlacedName> take() { return std::move(names_); }

 private:
  void report_oddities(const ListEntry& entry, const std::string& name) {
    if (name != entry.text && name != "all") {
      findings_.warning("case-normalised", source_, entry.offset,
                        fmt::format("read as {}", quote_from(source_, entry.offset, name, kQuotedBytes)),
                        "names of Kubernetes objects are lower case");
    }
    if (!entry.is_quoted && is_null_word(entry.text)) {
      findings_.warning("null-value", source_, entry.offset, fmt::format("null is read as the name of a {}", what_),
                        "delete it if nothing is meant");
    }
  }

  const SourceText& source_;
  Findings& findings_;
  NameKind kind_;
  std::string_view what_;
  std::vector<PlacedName> names_;
  std::set<std::string> seen_;
  /// Was the entry before the name of a field, which is reported?
  bool follows_field_ = false;
};

}  // namespace

std::vector<PlacedName> read_names(const SourceText& source, NameKind kind, Findings& findings) {
  const auto entries = NameSplitter(source).split(findings);
  if (entries.size() == 1 && !entries[0].is_quoted && is_null_word(entries[0].text)) {
    findings.warning("null-value", source, entries[0].offset, "this was read as nothing: the default applies",
                     "leave the key out, or write names");
    return {};
  }
  if (report_prose(entries, source, findings)) return {};
  NameReader reader(source, kind, findings);
  for (const auto& entry : entries) reader.read(entry);
  return reader.take();
}

}  // namespace acr::config
