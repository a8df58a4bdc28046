// SPDX-License-Identifier: Apache-2.0
// Reading and writing JSON with RapidJSON, the safe way for bytes from outside (CPP-3).
#pragma once

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace acr {

/// RapidJSON's memory comes from the same heap as all else, which the programs wipe (wiping_heap.cpp): documents and
/// texts hold tokens.
struct JsonHeap {
  static const bool kNeedFree = true;
  static void* Malloc(std::size_t size) {  // NOLINT(readability-identifier-naming): the name that RapidJSON calls
    return size == 0 ? nullptr : ::operator new(size);
  }
  // NOLINTNEXTLINE(readability-identifier-naming): the name that RapidJSON calls
  static void* Realloc(void* old, std::size_t old_size, std::size_t new_size) {
    void* fresh = Malloc(new_size);
    if (old != nullptr && fresh != nullptr) std::memcpy(fresh, old, old_size < new_size ? old_size : new_size);
    Free(old);
    return fresh;
  }
  static void Free(void* block) {  // NOLINT(readability-identifier-naming): the name that RapidJSON calls
    ::operator delete(block);
  }
};

/// RapidJSON takes 64 KiB for each document, and all of it is wiped afterwards. An object of the API server needs one
/// or two.
class JsonPool : public rapidjson::MemoryPoolAllocator<JsonHeap> {
 public:
  JsonPool() : MemoryPoolAllocator(2048) {}
};
using JsonValue = rapidjson::GenericValue<rapidjson::UTF8<>, JsonPool>;
using JsonDocument = rapidjson::GenericDocument<rapidjson::UTF8<>, JsonPool, JsonHeap>;
using JsonBuffer = rapidjson::GenericStringBuffer<rapidjson::UTF8<>, JsonHeap>;
using JsonWriter = rapidjson::Writer<JsonBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>, JsonHeap>;

/// Parses one JSON document: valid UTF-8, at most `max_depth` levels, nothing but white space after it.
/// The error says the byte offset and never quotes the text, which may hold a secret.
Result<JsonDocument> parse_json(std::string_view text, std::size_t max_depth = 64);

/// The member `name`, the last one if it stands twice as Go reads it (CPP-3); nullptr if `object` is no object or has
/// none.
const JsonValue* find_member(const JsonValue& object, std::string_view name);

/// The value at a path of member names, such as {"metadata", "name"}; nullptr if any step is missing.
template <class... Names>
const JsonValue* find_path(const JsonValue& value, Names... names) {
  const JsonValue* current = &value;
  ((current = current ? find_member(*current, names) : nullptr), ...);
  return current;
}

/// The string at a path; empty if missing or not a string. The view lives as long as the document.
template <class... Names>
std::string_view string_at(const JsonValue& value, Names... names) {
  const auto* found = find_path(value, names...);
  return found != nullptr && found->IsString() ? std::string_view{found->GetString(), found->GetStringLength()}
                                               : std::string_view{};
}

/// The boolean at a member; nullopt if missing or of another type.
std::optional<bool> bool_at(const JsonValue& object, std::string_view name);

/// An integer given as a JSON number or as decimal text (the cloud does both); nullopt otherwise.
std::optional<long long> integer_at(const JsonValue& object, std::string_view name);

/// `text` as a JSON string literal, quotes included.
std::string quote_json(std::string_view text);

/// Writes a key and a string value.
void write_string(JsonWriter& writer, std::string_view key, std::string_view value);

inline void write_key(JsonWriter& writer, std::string_view key) {
  writer.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
}
inline void write_value(JsonWriter& writer, std::string_view value) {
  writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}
inline std::string text_of(const JsonBuffer& buffer) {
  return {buffer.GetString(), buffer.GetSize()};
}

/// Compact text of a value.
std::string to_json(const JsonValue& value);

}  // namespace acr
