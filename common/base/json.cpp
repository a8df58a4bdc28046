// SPDX-License-Identifier: Apache-2.0
#include "common/base/json.hpp"

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <cmath>

#include "common/base/text.hpp"

namespace acr {
namespace {

constexpr unsigned kParseFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;

/// Looks at everything before a document is built: nesting cannot exhaust memory or a later recursive destructor, and a
/// number beyond the range of double, of which RapidJSON sometimes makes infinity, cannot be written again.
struct Inspection : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Inspection> {
  explicit Inspection(std::size_t limit) : limit(limit) {}
  bool Double(double number) { return std::isfinite(number); }
  bool StartObject() { return ++depth <= limit; }
  bool EndObject(rapidjson::SizeType) { return depth-- > 0; }
  bool StartArray() { return ++depth <= limit; }
  bool EndArray(rapidjson::SizeType) { return depth-- > 0; }

  std::size_t limit;
  std::size_t depth = 0;
};

/// Does valid JSON hold the second half of a surrogate pair without the first? RapidJSON checks only the other way
/// round and would make invalid UTF-8 of it.
bool has_lone_low_surrogate(std::string_view json) {
  const auto is_half = [json](std::size_t at, char from, char to) {  // "\uD8.." to "\uDF.."
    if (at + 4 > json.size() || json[at] != '\\' || json[at + 1] != 'u' || (json[at + 2] | 0x20) != 'd') return false;
    const char digit = static_cast<char>(json[at + 3] | 0x20);
    return digit >= from && digit <= to;
  };
  for (std::size_t at = json.find('\\'); at != std::string_view::npos; at = json.find('\\', at)) {
    if (is_half(at, 'c', 'f')) return true;
    const bool is_pair = is_half(at, '8', '9') || is_half(at, 'a', 'b');
    at += is_pair ? 12 : 2;
  }
  return false;
}

}  // namespace

Result<JsonDocument> parse_json(std::string_view text, std::size_t max_depth) {
  // RapidJSON takes a NUL for the end and would not look at what follows; outside of escapes JSON has none.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return fail(ErrorKind::Protocol, fmt::format("not JSON at byte {}: a NUL byte", nul));
  }
  rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, JsonHeap> reader;
  rapidjson::MemoryStream stream(text.data(), text.size());
  Inspection check(max_depth);
  const auto parsed = reader.Parse<kParseFlags>(stream, check);
  if (parsed.IsError()) {
    const auto reason = check.depth > max_depth ? fmt::format("nested deeper than {} levels", max_depth)
                        : parsed.Code() == rapidjson::kParseErrorTermination
                            ? "a number out of range"
                            : rapidjson::GetParseError_En(parsed.Code());
    return fail(ErrorKind::Protocol, fmt::format("not JSON at byte {}: {}", parsed.Offset(), reason));
  }
  if (has_lone_low_surrogate(text)) return fail(ErrorKind::Protocol, "not JSON: half a surrogate pair in a string");
  JsonDocument document;
  document.Parse<kParseFlags>(text.data(), text.size());
  return document;
}

const JsonValue* find_member(const JsonValue& object, std::string_view name) {
  if (!object.IsObject()) return nullptr;
  for (auto member = object.MemberEnd(); member != object.MemberBegin();) {
    --member;
    if (std::string_view{member->name.GetString(), member->name.GetStringLength()} == name) return &member->value;
  }
  return nullptr;
}

std::optional<bool> bool_at(const JsonValue& object, std::string_view name) {
  const auto* found = find_member(object, name);
  if (found == nullptr || !found->IsBool()) return std::nullopt;
  return found->GetBool();
}

std::optional<long long> integer_at(const JsonValue& object, std::string_view name) {
  const auto* found = find_member(object, name);
  if (found == nullptr) return std::nullopt;
  if (found->IsInt64()) return found->GetInt64();
  if (found->IsString()) return parse_unsigned({found->GetString(), found->GetStringLength()});
  return std::nullopt;
}

std::string quote_json(std::string_view text) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  write_value(writer, text);
  return text_of(buffer);
}

void write_string(JsonWriter& writer, std::string_view key, std::string_view value) {
  write_key(writer, key);
  write_value(writer, value);
}

std::string to_json(const JsonValue& value) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  value.Accept(writer);
  return text_of(buffer);
}

}  // namespace acr
