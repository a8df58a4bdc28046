// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "common/config/mask.hpp"
#include "controller/config_check/print.hpp"
#include "controller/config_check/summary.hpp"

namespace acr::controller {
namespace {

using config::mask_access_keys;
using config::mask_line;
using config::MaskedLine;

constexpr std::size_t kMostShown = 160;

/// Chinese characters and the like take two columns of a terminal.
bool is_wide(std::string_view character) {
  if (character.size() < 3) return false;
  const auto lead = static_cast<std::uint8_t>(character[0]);
  const auto second = static_cast<std::uint8_t>(character[1]);
  return (lead == 0xE3 && second >= 0x80) || (lead >= 0xE4 && lead <= 0xED) ||
         (lead == 0xEF && (second == 0xBC || second == 0xBD)) || lead >= 0xF0;
}

std::size_t character_length(std::string_view text, std::size_t at) {
  auto end = at + 1;
  while (end < text.size() && (static_cast<std::uint8_t>(text[end]) & 0xC0U) == 0x80U) ++end;
  return end - at;
}

/// Blanks as wide as `text`.
std::string blank_out(std::string_view text) {
  std::string blanks;
  for (std::size_t at = 0; at < text.size();) {
    const auto length = character_length(text, at);
    if (text[at] == '\t') {
      blanks += '\t';
    } else {
      blanks += is_wide(text.substr(at, length)) ? "  " : " ";
    }
    at += length;
  }
  return blanks;
}

/// Control characters would act on the terminal.
std::string show_controls(std::string text) {
  for (auto& c : text) {
    if ((static_cast<std::uint8_t>(c) < 0x20 && c != '\t') || c == 0x7F) c = '?';
  }
  return text;
}

/// The byte in `line` at which the 1-based character `column` starts.
std::size_t byte_of(std::string_view line, int column) {
  std::size_t at = 0;
  for (int i = 1; i < column && at < line.size(); ++i) at += character_length(line, at);
  return at;
}

/// A long line is cut so that the place is in view.
std::string print_place(const MaskedLine& masked, std::size_t place) {
  auto text = show_controls(masked.text);
  auto begin = std::size_t{0};
  if (text.size() > kMostShown) {
    begin = place > kMostShown / 2 ? place - kMostShown / 2 : 0;
    while (begin > 0 && (static_cast<std::uint8_t>(text[begin]) & 0xC0U) == 0x80U) --begin;
    auto end = std::min(begin + kMostShown, text.size());
    while (end < text.size() && (static_cast<std::uint8_t>(text[end]) & 0xC0U) == 0x80U) ++end;
    text = text.substr(begin, end - begin);
  }
  return fmt::format("{}\n{}^\n", text, blank_out(std::string_view(text).substr(0, place - begin)));
}

/// Words about a value count its lines; here they are to mean lines of the file.
std::string with_file_lines(std::string_view words, const Finding& finding, const ConfigMapFile& file) {
  constexpr std::string_view kWord = "line ";
  std::string text;
  for (std::size_t at = 0; at < words.size();) {
    const auto digits = at + kWord.size();
    const auto end = std::min(words.find_first_not_of("0123456789", digits), words.size());
    const bool is_line = !finding.is_of_file && words.substr(at).starts_with(kWord) && end > digits && end - digits < 7;
    if (!is_line) {
      text += words[at++];
      continue;
    }
    const auto line = std::stoi(std::string(words.substr(digits, end - digits)));
    text += fmt::format("{}{}", kWord, find_file_position(file, finding.diagnostic.key, {line, 1}).line);
    at = end;
  }
  return mask_line(text);
}

std::string count(std::size_t number, std::string_view word) {
  return fmt::format("{} {}{}", number, word, number == 1 ? "" : "s");
}

/// "file:line:col: severity: message [key]"
std::string print_head(const Finding& finding, const ConfigMapFile& file, std::string_view file_name) {
  const auto& [diagnostic, is_of_file, in_file] = finding;
  return fmt::format("{}:{}:{}: {}: {}{}", file_name, in_file.line, in_file.column,
                     config::to_string(diagnostic.severity), with_file_lines(diagnostic.message, finding, file),
                     diagnostic.key.empty() ? "" : fmt::format(" [{}]", mask_line(diagnostic.key)));
}

std::string print_meaning(const Judgement& judgement) {
  switch (judgement.effect) {
    case Effect::InForce:
      return print_summary(judgement.settings);
    case Effect::GoodParts:
      return "where nothing is in force yet, the good parts would be used until it is corrected:\n" +
             print_summary(judgement.settings);
    case Effect::Unchanged:
      return "the configuration before stays in force, unchanged\n";
    case Effect::Refused:
      return {};
  }
  return {};
}

std::size_t count_of(const Judgement& judgement, config::Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(judgement.findings.begin(), judgement.findings.end(),
                    [severity](const Finding& finding) { return finding.diagnostic.severity == severity; }));
}

}  // namespace

std::string print_findings(const Judgement& judgement, const ConfigMapFile& file, std::string_view file_name) {
  const auto lines = mask_access_keys(file.source.text());
  std::string text;
  for (const auto& finding : judgement.findings) {
    text += print_head(finding, file, file_name) + "\n";
    const auto index = static_cast<std::size_t>(finding.in_file.line) - 1;
    if (index < lines.size()) {
      const auto written = file.source.line(index);
      text += print_place(lines[index], lines[index].place(byte_of(written, finding.in_file.column)));
    }
    const auto& hint = finding.diagnostic.hint;
    if (!hint.empty()) text += fmt::format("  hint: {}\n", with_file_lines(hint, finding, file));
  }
  return text;
}

std::vector<std::string> list_errors(const Judgement& judgement, const ConfigMapFile& file,
                                     std::string_view file_name) {
  std::vector<std::string> errors;
  for (const auto& finding : judgement.findings) {
    if (finding.diagnostic.severity != config::Severity::Error) continue;
    const auto& hint = finding.diagnostic.hint;
    errors.push_back(print_head(finding, file, file_name) +
                     (hint.empty() ? "" : "; " + with_file_lines(hint, finding, file)));
  }
  return errors;
}

std::string print_text(const Judgement& judgement, const ConfigMapFile& file, std::string_view file_name) {
  return print_findings(judgement, file, file_name) + mask_line(print_meaning(judgement)) +
         fmt::format("{}: {}: {}, {}\n", file_name, judgement.accepted ? "accepted" : "rejected",
                     count(count_of(judgement, config::Severity::Error), "error"),
                     count(count_of(judgement, config::Severity::Warning), "warning"));
}

}  // namespace acr::controller
