// SPDX-License-Identifier: Apache-2.0
#include "common/base/json.hpp"

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <rapidjson/stream.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "common/base/text.hpp"
#include "common/base/utf8.hpp"

namespace acr {
namespace {

constexpr unsigned kParseFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseInsituFlag;
/// RapidJSON looks at 16 bytes at once, the end of the text among them.
constexpr std::size_t kStride = 16;

/// Builds the document and refuses on the way what it must not hold: nesting that would exhaust memory or a later
/// recursive destructor, and a number beyond the range of double, of which RapidJSON sometimes makes infinity, which
/// cannot be written again.
class Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
 public:
  Builder(JsonDocument& document, std::size_t limit) : document_(document), limit_(limit) {}

  bool Null() { return document_.Null(); }
  bool Bool(bool value) { return document_.Bool(value); }
  bool Int(int number) { return document_.Int(number); }
  bool Uint(unsigned number) { return document_.Uint(number); }
  bool Int64(std::int64_t number) { return document_.Int64(number); }
  bool Uint64(std::uint64_t number) { return document_.Uint64(number); }
  bool Double(double number) { return std::isfinite(number) && document_.Double(number); }
  bool String(const char* text, rapidjson::SizeType size, bool copy) { return document_.String(text, size, copy); }
  bool Key(const char* text, rapidjson::SizeType size, bool copy) { return document_.Key(text, size, copy); }
  bool StartObject() { return descend() && document_.StartObject(); }
  bool EndObject(rapidjson::SizeType members) { return ascend() && document_.EndObject(members); }
  bool StartArray() { return descend() && document_.StartArray(); }
  bool EndArray(rapidjson::SizeType elements) { return ascend() && document_.EndArray(elements); }

  [[nodiscard]] bool too_deep() const { return depth_ > limit_; }

 private:
  bool descend() { return ++depth_ <= limit_; }
  bool ascend() { return depth_-- > 0; }

  JsonDocument& document_;
  std::size_t limit_;
  std::size_t depth_ = 0;
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

/// Where a control character stands that RapidJSON 1.1.0 takes for any other when it looks at 16 bytes of a string at
/// once; npos if there is none. JSON has them nowhere.
std::size_t find_missed_control(std::string_view text) {
  const auto is_missed = [](char c) { return c >= 0x1A && c <= 0x1F; };
  bool any = false;
  for (const char c : text) any |= is_missed(c);  // without a way out, and so many bytes at once
  if (!any) return std::string_view::npos;
  return static_cast<std::size_t>(std::ranges::find_if(text, is_missed) - text.begin());
}

/// `text` and a NUL in memory that lives as long as the document. Strings without escapes are then never copied: each
/// is a part of this. RapidJSON's copies of a value share them too, and may not outlive the document.
char* copy_into(JsonDocument& document, std::string_view text) {
  auto* const copy = static_cast<char*>(document.GetAllocator().Malloc(text.size() + 1 + kStride));
  text.copy(copy, text.size());
  copy[text.size()] = '\0';
  return copy;
}

}  // namespace

Result<JsonDocument> parse_json(std::string_view text, std::size_t max_depth) {
  // RapidJSON takes a NUL for the end and would not look at what follows; outside of escapes JSON has none.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return fail(ErrorKind::Protocol, fmt::format("not JSON at byte {}: a NUL byte", nul));
  }
  // Once over the whole text, mostly in strides, instead of RapidJSON's look at each character.
  if (const auto broken = find_broken_utf8(text); broken != std::string_view::npos)
    return fail(ErrorKind::Protocol, fmt::format("not JSON at byte {}: not UTF-8", broken));
  if (const auto control = find_missed_control(text); control != std::string_view::npos)
    return fail(ErrorKind::Protocol, fmt::format("not JSON at byte {}: a control character", control));
  rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, JsonHeap> reader;
  JsonDocument document;
  rapidjson::GenericInsituStringStream<rapidjson::UTF8<>> stream(copy_into(document, text));
  bool too_deep = false;
  rapidjson::ParseResult parsed;
  auto build = [&](JsonDocument& target) {
    Builder builder(target, max_depth);
    parsed = reader.Parse<kParseFlags>(stream, builder);
    too_deep = builder.too_deep();
    return !parsed.IsError();
  };
  document.Populate(build);
  if (parsed.IsError()) {
    const auto reason = too_deep ? fmt::format("nested deeper than {} levels", max_depth)
                        : parsed.Code() == rapidjson::kParseErrorTermination
                            ? "a number out of range"
                            : rapidjson::GetParseError_En(parsed.Code());
    return fail(ErrorKind::Protocol, fmt::format("not JSON at byte {}: {}", parsed.Offset(), reason));
  }
  if (has_lone_low_surrogate(text)) return fail(ErrorKind::Protocol, "not JSON: half a surrogate pair in a string");
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
