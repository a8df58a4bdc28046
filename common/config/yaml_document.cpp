// SPDX-License-Identifier: Apache-2.0
#include "common/config/yaml_document.hpp"

#include <fmt/format.h>

#include "common/base/text.hpp"

namespace acr::config {
namespace {

/// JSON and other bracketed text may be indented by anything; the parser knows only spaces.
void blank_tabs_of_flow_text(SourceText& source) {
  const auto start = source.text().find_first_not_of(" \t\n");
  if (start == std::string::npos || (source.text()[start] != '[' && source.text()[start] != '{')) return;
  for (std::size_t i = 0; i < source.line_count(); ++i) {
    const auto line = source.line(i);
    const auto indent = std::min(line.find_first_not_of(" \t"), line.size());
    source.overwrite(source.offset(i, 0), indent, ' ');
  }
}

/// The parser's words without what it may have quoted of the text.
std::string safe_message(const YAML::Exception& exception) {
  return std::string(trim(std::string_view(exception.msg).substr(0, exception.msg.find(':'))));
}

}  // namespace

std::optional<YAML::Node> read_document(SourceText& source, std::span<const FieldName> names, Findings& findings) {
  repair_values(source, names, findings);
  repair_indentation(source, names, findings);
  blank_tabs_of_flow_text(source);
  if (!check_tokens(source, findings)) return std::nullopt;
  try {
    const auto documents = YAML::LoadAll(source.text());
    if (documents.empty()) return YAML::Node();
    if (documents.size() > 1) {
      findings.error("several-documents", source, source.text().find("\n---") + 1,
                     "a second document starts here; the value may hold one only", "delete the line \"---\"");
      return std::nullopt;
    }
    return documents.front();
  } catch (const YAML::Exception& exception) {
    const auto& mark = exception.mark;
    const auto offset =
        mark.is_null() ? 0 : source.offset(static_cast<std::size_t>(mark.line), static_cast<std::size_t>(mark.column));
    findings.error("yaml-syntax", source, offset, fmt::format("this is not valid YAML: {}", safe_message(exception)),
                   "compare the indentation with the lines above");
    return std::nullopt;
  }
}

}  // namespace acr::config
