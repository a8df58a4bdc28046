// SPDX-License-Identifier: Apache-2.0
#include "common/config/yaml_document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

#include <sstream>

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

/// Takes no notice of anything.
struct IgnoreEvents final : YAML::EventHandler {
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

/// Is there more than one document? YAML::LoadAll must not be asked: on a token that begins no document, such as a
/// closing bracket, it yields empty documents without end.
bool has_second_document(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  IgnoreEvents ignore;
  return parser.HandleNextDocument(ignore) && parser.HandleNextDocument(ignore);
}

void report_second_document(const SourceText& source, Findings& findings) {
  const auto divider = source.text().find("\n---");
  if (divider == std::string::npos) {
    findings.error("yaml-syntax", source, 0, "there is text that belongs to nothing",
                   "look for stray brackets and commas");
  } else {
    findings.error("several-documents", source, divider + 1,
                   "a second document starts here; the value may hold one only", "delete the line \"---\"");
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
    if (!has_second_document(source.text())) return YAML::Load(source.text());
    report_second_document(source, findings);
    return std::nullopt;
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
