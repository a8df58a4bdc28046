// SPDX-License-Identifier: Apache-2.0
#include "common/base/json.hpp"

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include "common/base/text.hpp"

namespace acr {
namespace {

constexpr unsigned kParseFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;

/// Counts levels before a document is built, so that nesting cannot exhaust memory or a later recursive destructor.
struct DepthCheck : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, DepthCheck> {
  explicit DepthCheck(std::size_t limit) : limit(limit) {}
  bool StartObject() { return ++depth <= limit; }
  bool EndObject(rapidjson::SizeType) { return depth-- > 0; }
  bool StartArray() { return ++depth <= limit; }
  bool EndArray(rapidjson::SizeType) { return depth-- > 0; }

  std::size_t limit;
  std::size_t depth = 0;
};

}  // namespace

Result<JsonDocument> parse_json(std::string_view text, std::size_t max_depth) {
  rapidjson::Reader reader;
  rapidjson::MemoryStream stream(text.data(), text.size());
  DepthCheck check(max_depth);
  const auto parsed = reader.Parse<kParseFlags>(stream, check);
  if (parsed.IsError()) {
    const bool deep = parsed.Code() == rapidjson::kParseErrorTermination;
    return fail(ErrorKind::Protocol,
                fmt::format("not JSON at byte {}: {}", parsed.Offset(),
                            deep ? fmt::format("nested deeper than {} levels", max_depth) : rapidjson::GetParseError_En(parsed.Code())));
  }
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
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  write_value(writer, text);
  return text_of(buffer);
}

void write_string(JsonWriter& writer, std::string_view key, std::string_view value) {
  write_key(writer, key);
  write_value(writer, value);
}

std::string to_json(const JsonValue& value) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  value.Accept(writer);
  return text_of(buffer);
}

}  // namespace acr
