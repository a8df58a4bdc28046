// SPDX-License-Identifier: Apache-2.0
#include "common/config/instance_id.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "common/base/text.hpp"
#include "common/config/name_splitter.hpp"
#include "common/config/near_miss.hpp"
#include "common/config/pasted_key.hpp"
#include "common/config/quotes.hpp"

namespace acr::config {
namespace {

constexpr std::size_t kQuotedBytes = 80;

/// As documents write an id that the reader is to fill in: "cri-xxxxxxxxxxxxxxxx", "cri-instanceId",
/// "your-instance-id".
bool is_to_fill_in(std::string_view id) {
  constexpr std::string_view kPrefix = "cri-";
  constexpr std::size_t kLeast = 3;
  const auto folded = fold_name(id);
  if (folded.find("instanceid") != std::string::npos || folded.starts_with("your")) return true;
  if (!id.starts_with(kPrefix)) return false;
  id.remove_prefix(kPrefix.size());
  return id.size() >= kLeast && id.find_first_not_of("xX") == std::string_view::npos;
}

/// The first comma of a list of ids with nothing before it, or the last one with nothing behind it; npos if there is
/// none.
std::size_t find_idle_comma(std::string_view list) {
  bool is_idle = true;
  auto last = std::string_view::npos;
  for (std::size_t at = 0; at < list.size(); ++at) {
    if (list[at] == ',' && is_idle) return at;
    if (list[at] == ',') last = at;
    if (list[at] != ' ') is_idle = list[at] == ',';
  }
  return is_idle ? last : std::string_view::npos;
}

/// Ids of Enterprise Edition are lower case.
std::string normalise(std::string_view id) {
  auto lower = to_lower(id);
  return lower.starts_with("cri-") ? lower : std::string(id);
}

/// Reports what cannot be an id, or hardly is one, and what normalise() changes.
void check_id(const ScalarText& id, const SourceText& source, Findings& findings) {
  const bool is_plain = std::all_of(id.text.begin(), id.text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
  });
  if (report_pasted_key(id.text, "the id of an instance", source, id.offset, findings)) return;
  if (!is_plain) {
    findings.error("invalid-value", source, id.offset, "this is not the id of an instance",
                   "such as cri-0123456789abcdef");
  } else if (is_to_fill_in(to_lower(id.text))) {
    findings.error("placeholder", source, id.offset, "a placeholder was left in instanceId",
                   "replace it by the real value");
  } else if (id.text.starts_with("crpi-")) {
    findings.warning("personal-edition-unsupported", source, id.offset,
                     "the cloud gives no temporary login for this kind of Personal Edition",
                     "use a static pull secret for this registry");
  } else if (const auto normal = normalise(id.text); normal != id.text) {
    findings.warning("case-normalised", source, id.offset, "ids are lower case; it was read so",
                     "write it in lower case");
  } else if (!id.text.starts_with("cri-")) {
    findings.warning("unusual-id", source, id.offset,
                     fmt::format("\"{}\" does not look like the id of an instance",
                                 quote_from(source, id.offset, id.text, kQuotedBytes)),
                     "ids start with cri-");
  }
}

/// Does a comment follow the empty field that looks like its value, and not like words about it?
bool is_id_commented(const Field& field, const SourceText& source) {
  const std::string_view text = source.text();
  const auto start = std::min(field.value_offset, text.size());
  const auto line = text.substr(start, text.find('\n', start) - start);
  const auto sign = line.find('#');
  if (sign == std::string_view::npos) return false;
  const auto comment = trim(line.substr(sign + 1));
  const bool is_word = !comment.empty() && comment.find_first_of(" \t") == std::string_view::npos;
  return is_word || comment.find("cri-") != std::string_view::npos;
}

/// Behind the text, if it stands in the source as it is.
std::size_t find_end(const ScalarText& scalar, const SourceText& source) {
  const std::string_view rest = std::string_view(source.text()).substr(scalar.offset);
  return rest.starts_with(scalar.text) ? scalar.offset + scalar.text.size() : scalar.offset;
}

class IdReader {
 public:
  IdReader(const Fields& fields, const SourceText& source, Findings& findings)
      : fields_(fields), source_(source), findings_(findings) {}

  std::vector<ScalarText> read(bool has_hosts) {
    const auto scalar = read_text();
    if (!scalar) {
      report_empty_id();
      return {{"", 0}};
    }
    const auto list = with_plain_commas(*scalar);
    auto ids = split(list, scalar->offset);
    if (ids.empty()) {
      if (!unquote(scalar->text).text.empty()) {
        findings_.error("invalid-value", source_, scalar->offset, "no id of an instance stands between the commas",
                        "such as cri-0123456789abcdef, or \"\" for Personal Edition");
      }
      return {{"", 0}};
    }
    if (const auto comma = find_idle_comma(list); comma != std::string::npos && list.size() == scalar->text.size()) {
      findings_.warning("trailing-comma", source_, place_within(scalar->text, comma, source_, scalar->offset),
                        "a comma that divides no ids was ignored", "delete it");
    }
    if (ids.size() > 1) report_several(ids, has_hosts);
    for (auto& id : ids) id.text = normalise(id.text);
    return ids;
  }

 private:
  /// The value of instanceId: one id or several; nullopt if it is empty, or after an error.
  std::optional<ScalarText> read_text() {
    constexpr std::size_t kMostListBytes = 4096;
    const auto field = fields_.find("instanceId");
    if (field == fields_.end() || !field->second.value.is_sequence()) {
      auto scalar = read_scalar(fields_, "instanceId", source_, findings_, kMostListBytes);
      if (scalar && report_placeholder(*scalar, "instanceId", source_, findings_)) return std::nullopt;
      return scalar;
    }
    const auto offset = field->second.value_offset;
    auto text = join_scalars(field->second.value);
    if (!text || text->empty() || text->size() > kMostListBytes || is_placeholder(*text)) {
      findings_.error("not-a-scalar", source_, offset, "instanceId takes the id of an instance",
                      "write one item for each instance");
      return std::nullopt;
    }
    findings_.warning("list-instead-of-string", source_, offset, "a list was read as the ids in it",
                      "write one item for each instance");
    return ScalarText{.text = std::move(*text), .offset = offset};
  }

  std::vector<ScalarText> split(std::string_view list, std::size_t start) {
    std::vector<ScalarText> ids;
    auto at = start;
    for (const auto& id : split_list(list, ',')) {
      const std::string written(unquote(id).text);
      ids.push_back({written, source_.find(written, at)});
      at = ids.back().offset + written.size();
      check_id(ids.back(), source_, findings_);
    }
    if (ids.size() > 1 && std::any_of(ids.begin(), ids.end(), [](const ScalarText& id) { return id.text.empty(); })) {
      findings_.error("invalid-value", source_, start, "an empty id stands among others: is Personal Edition meant?",
                      "write an item of its own for it, with instanceId: \"\"");
    }
    return ids;
  }

  void report_several(const std::vector<ScalarText>& ids, bool has_hosts) {
    const auto comma = find_end(ids.front(), source_);
    const auto* hint = "write one item for each instance";
    if (has_hosts) {
      findings_.error("id-list", source_, comma, "several instances with one list of domains: whose are they?", hint);
    } else {
      findings_.warning("id-list", source_, comma, "several instances in one item were read as one item each", hint);
    }
  }

  /// Personal Edition is written as "". What is empty without quotes may have been meant as something else.
  void report_empty_id() {
    const auto found = fields_.find("instanceId");
    if (found == fields_.end() || !is_left_empty(found->second, source_)) return;
    const auto offset = found->second.value_offset;
    const auto* hint = "write instanceId: \"\" for Personal Edition";
    if (is_id_commented(found->second, source_)) {
      findings_.error("missing-id", source_, offset,
                      "instanceId is empty, but a comment behind it may be the id: is it Personal Edition?", hint);
    } else {
      findings_.warning("null-value", source_, offset, "instanceId is empty: read as Personal Edition", hint);
    }
  }

  std::string with_plain_commas(const ScalarText& scalar) {
    std::string plain;
    for (std::size_t at = 0; at < scalar.text.size();) {
      const auto rest = std::string_view(scalar.text).substr(at);
      const auto wide = wide_separator_length(rest);
      if (wide > 0) {
        findings_.warning("fullwidth-punctuation", source_, source_.find(rest.substr(0, wide), scalar.offset),
                          "a full-width comma was read as a comma", "type a plain comma");
      }
      plain += wide > 0 ? ',' : rest[0];
      at += std::max<std::size_t>(wide, 1);
    }
    return plain;
  }

  const Fields& fields_;
  const SourceText& source_;
  Findings& findings_;
};

}  // namespace

std::vector<ScalarText> read_instance_ids(const Fields& fields, bool has_hosts, const SourceText& source,
                                          Findings& findings) {
  return IdReader(fields, source, findings).read(has_hosts);
}

}  // namespace acr::config
