// SPDX-License-Identifier: Apache-2.0
#include "common/config/stored_texts.hpp"

#include <fmt/format.h>

#include <optional>

#include "common/base/gzip.hpp"
#include "common/base/json.hpp"

namespace acr::config {
namespace {

using Data = std::map<std::string, std::string>;
using Values = std::map<std::string, Secret>;

/// Up to here a text stays readable for people, and leaves room for the logins beside it.
constexpr std::size_t kPlainBytes = 64UL * 1024;

void write_data(JsonWriter& writer, const Data& data) {
  writer.StartObject();
  for (const auto& [key, value] : data) write_string(writer, key, value);
  writer.EndObject();
}

std::string encode_data(const Data& data) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  write_data(writer, data);
  return text_of(buffer);
}

std::string encode_first_start(const ConfigMapText& text) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_key(writer, "data");
  write_data(writer, text.data);
  write_key(writer, "binaryKeys");
  writer.StartArray();
  for (const auto& key : text.binary_keys) write_value(writer, key);
  writer.EndArray();
  writer.EndObject();
  return text_of(buffer);
}

/// Puts `text` under `key` in the form that its size asks for. False if it does not fit.
bool add_text(EncodedTexts& encoded, std::string key, std::string text, std::size_t room) {
  if (text.size() > kMaxExpandedBytes) return false;
  if (text.size() > kPlainBytes) {
    key += kGzipSuffix;
    text = compress_gzip(text);
  }
  if (encoded.size + text.size() > room) return false;
  encoded.size += text.size();
  encoded.data.emplace(std::move(key), Secret(std::move(text)));
  return true;
}

void mark_outdated(EncodedTexts& encoded) {
  encoded.data.emplace(kOutdatedKey, Secret("true"));
}

void keep_stored_configuration(EncodedTexts& encoded, const Values& current, std::size_t room) {
  for (const auto& key : {std::string(kConfigurationKey), std::string(kConfigurationKey) + kGzipSuffix}) {
    const auto stored = current.find(key);
    if (stored == current.end() || encoded.size + stored->second.size() > room) continue;
    encoded.size += stored->second.size();
    encoded.data.insert(*stored);
    mark_outdated(encoded);
  }
}

std::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorKind::Protocol, fmt::format("cannot use a part of the state Secret: {}", what));
}

/// nullopt: there is none.
Result<std::optional<std::string>> find_text(const Values& values, const std::string& key) {
  if (const auto plain = values.find(key); plain != values.end())
    return std::optional(std::string(plain->second.reveal()));
  const auto packed = values.find(key + kGzipSuffix);
  if (packed == values.end()) return std::optional<std::string>();
  auto text = expand_gzip(packed->second.reveal(), kMaxExpandedBytes);
  if (!text) return damaged(fmt::format("{}{}: {}", key, kGzipSuffix, text.error().message));
  return std::optional(std::move(*text));
}

std::string string_of(const JsonValue& value) {
  return {value.GetString(), value.GetStringLength()};
}

Result<Data> decode_data(const JsonValue& object) {
  if (!object.IsObject()) return damaged("the stored configuration is no JSON object");
  Data data;
  for (const auto& member : object.GetObject()) {
    if (!member.value.IsString()) return damaged("a value of the stored configuration is no text");
    data[string_of(member.name)] = string_of(member.value);
  }
  return data;
}

Result<ConfigMapText> decode_first_start(const JsonValue& object) {
  const auto* data = object.IsObject() ? find_member(object, "data") : nullptr;
  if (data == nullptr) return damaged("the text of the first start has no data");
  auto decoded = decode_data(*data);
  if (!decoded) return fail(decoded.error());
  ConfigMapText text{.data = std::move(*decoded)};
  const auto* keys = find_member(object, "binaryKeys");
  if (keys == nullptr || !keys->IsArray()) return damaged("the text of the first start has no binaryKeys");
  for (const auto& key : keys->GetArray()) {
    if (!key.IsString()) return damaged("a key of the text of the first start is no text");
    text.binary_keys.insert(string_of(key));
  }
  return text;
}

/// What `decode` makes of the text under `key`; nullopt if there is none, or it is damaged.
template <class T>
std::optional<T> read_text(const Values& values, const char* key, Result<T> (*decode)(const JsonValue&),
                           std::vector<Error>& problems) {
  auto text = find_text(values, key);
  if (!text) {
    problems.push_back(std::move(text.error()));
    return std::nullopt;
  }
  if (!*text) return std::nullopt;
  const auto document = parse_json(**text);
  auto decoded = document ? decode(*document) : damaged(fmt::format("{} is no JSON", key));
  if (decoded) return std::move(*decoded);
  problems.push_back(std::move(decoded.error()));
  return std::nullopt;
}

}  // namespace

EncodedTexts encode_texts(const Remembered& texts, const Values& current, std::size_t room) {
  EncodedTexts encoded;
  if (texts.accepted) {
    if (!add_text(encoded, kConfigurationKey, encode_data(*texts.accepted), room)) {
      encoded.configuration_left_out = true;
      keep_stored_configuration(encoded, current, room);
    } else if (texts.is_outdated) {
      mark_outdated(encoded);
    }
  }
  if (texts.first_start)
    encoded.first_start_left_out = !add_text(encoded, kFirstStartKey, encode_first_start(*texts.first_start), room);
  return encoded;
}

DecodedTexts decode_texts(const Values& data) {
  DecodedTexts decoded;
  decoded.texts.accepted = read_text<Data>(data, kConfigurationKey, decode_data, decoded.problems);
  decoded.texts.is_outdated = decoded.texts.accepted && data.contains(kOutdatedKey);
  decoded.texts.first_start = read_text<ConfigMapText>(data, kFirstStartKey, decode_first_start, decoded.problems);
  return decoded;
}

}  // namespace acr::config
