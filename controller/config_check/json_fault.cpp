// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/json_fault.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>

namespace acr::controller {
namespace {

JsonFault describe(rapidjson::ParseErrorCode code, std::size_t offset) {
  switch (code) {
    case rapidjson::kParseErrorObjectMissColon:
      return {.offset = offset,
              .message = "a colon is missing between the name of a field and its value",
              .hint = "write a colon before the value"};
    case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket:
    case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
      return {.offset = offset,
              .message = "a comma or a closing bracket is missing before this",
              .hint = "put a comma behind what stands before it"};
    case rapidjson::kParseErrorObjectMissName:
      return {.offset = offset,
              .message = "a field starts with its name in double quotes",
              .hint = "is there a comma too many before it?"};
    case rapidjson::kParseErrorDocumentRootNotSingular:
      return {.offset = offset,
              .message = "something stands behind the end of the JSON",
              .hint = "is there one closing brace too many?"};
    default:
      return {.offset = offset,
              .message = "this is not valid JSON",
              .hint = "compare the quotes and commas with those above"};
  }
}

/// The quote of a string that runs into the line end, or the end of the file, at `at`; npos if none does.
std::size_t find_open_quote(std::string_view text, std::size_t at) {
  if (at < text.size() && text[at] != '\n') return std::string_view::npos;
  const auto line = text.rfind('\n', at == 0 ? 0 : at - 1);
  auto quote = std::string_view::npos;
  bool is_escaped = false;
  for (auto i = line == std::string_view::npos ? 0 : line + 1; i < at; ++i) {
    if (text[i] == '"' && !is_escaped) quote = quote == std::string_view::npos ? i : std::string_view::npos;
    is_escaped = text[i] == '\\' && !is_escaped;
  }
  return quote;
}

/// Goes on from the place that a parser complained about to what stands there.
std::size_t skip_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

}  // namespace

std::optional<JsonFault> find_json_fault(std::string_view text) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::BaseReaderHandler<> nobody;
  rapidjson::Reader reader;
  // Not by recursion: the file may be nested as deep as it is long.
  reader.Parse<rapidjson::kParseIterativeFlag>(stream, nobody);
  if (!reader.HasParseError()) return std::nullopt;
  const auto found = std::min(reader.GetErrorOffset(), text.size());
  if (const auto quote = find_open_quote(text, found); quote != std::string_view::npos)
    return JsonFault{.offset = quote, .message = "this quote is not closed on its line", .hint = "close it"};
  const auto offset = skip_blanks(text, found);
  if (offset == text.size())
    return JsonFault{.offset = offset, .message = "the file ends here, with a bracket open", .hint = "close it"};
  return describe(reader.GetParseErrorCode(), offset);
}

}  // namespace acr::controller
