// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/state.hpp"

#include <fmt/format.h>

#include "common/base/json.hpp"
#include "common/base/text.hpp"

namespace acr::credentials {
namespace {

/// All values of a Secret together may hold 1 MiB; base64 does not count, some room is left for us to be wrong.
constexpr std::size_t kMaxBytes = 1000 * 1000;
constexpr std::size_t kMaxLogins = 1000;

std::string encode_configuration(const std::map<std::string, std::string>& data) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  for (const auto& [key, value] : data) write_string(writer, key, value);
  writer.EndObject();
  return text_of(buffer);
}

void write_login(JsonWriter& writer, const RegistryLogin& login) {
  writer.StartObject();
  write_string(writer, "instanceKey", login.instance_key);
  write_string(writer, "instanceId", login.instance_id);
  write_string(writer, "regionId", login.region_id);
  write_string(writer, "username", login.username);
  write_string(writer, "password", login.password.reveal());
  write_string(writer, "issued", format_rfc3339_micro(login.issued));
  write_string(writer, "expires", format_rfc3339_micro(login.expires));
  write_key(writer, "hosts");
  writer.StartArray();
  for (const auto& host : login.hosts) write_value(writer, host);
  writer.EndArray();
  writer.EndObject();
}

Secret encode_logins(const std::vector<RegistryLogin>& logins) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartArray();
  for (const auto& login : logins) write_login(writer, login);
  writer.EndArray();
  return Secret(text_of(buffer));
}

std::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorKind::Protocol, fmt::format("cannot use a part of the state Secret: {}", what));
}

Result<std::map<std::string, std::string>> decode_configuration(std::string_view text) {
  const auto document = parse_json(text);
  if (!document || !document->IsObject()) return damaged("the stored configuration is no JSON object");
  std::map<std::string, std::string> data;
  for (const auto& member : document->GetObject()) {
    if (!member.value.IsString()) return damaged("a value of the stored configuration is no text");
    data[std::string(member.name.GetString(), member.name.GetStringLength())] =
        std::string(member.value.GetString(), member.value.GetStringLength());
  }
  return data;
}

Result<RegistryLogin> decode_login(const JsonValue& object) {
  const auto text = [&](const char* name) { return std::string(string_at(object, name)); };
  RegistryLogin login{.instance_id = text("instanceId"),
                      .region_id = text("regionId"),
                      .hosts = {},
                      .username = text("username"),
                      .password = Secret(text("password")),
                      .instance_key = text("instanceKey")};
  const auto issued = parse_rfc3339(text("issued"));
  const auto expires = parse_rfc3339(text("expires"));
  if (!issued || !expires) return damaged("a stored login has no readable times");
  login.issued = std::chrono::floor<std::chrono::microseconds>(*issued);
  login.expires = std::chrono::floor<std::chrono::microseconds>(*expires);
  if (login.expires <= login.issued) return damaged("a stored login ends before it begins");
  if (const auto* hosts = find_member(object, "hosts"); hosts != nullptr && hosts->IsArray()) {
    for (const auto& host : hosts->GetArray()) {
      if (host.IsString() && host.GetStringLength() > 0)
        login.hosts.emplace_back(host.GetString(), host.GetStringLength());
    }
  }
  if (login.instance_key.empty() || login.username.empty() || login.password.empty() || login.hosts.empty()) {
    return damaged("a stored login lacks its instance, user, password or hosts");
  }
  return login;
}

void decode_logins(std::string_view text, DecodedState& decoded) {
  const auto document = parse_json(text);
  if (!document || !document->IsArray()) {
    decoded.problems.push_back(damaged("the stored logins are no JSON array").error());
    return;
  }
  for (const auto& item : document->GetArray()) {
    if (decoded.state.logins.size() == kMaxLogins) {
      decoded.problems.push_back(damaged(fmt::format("there are more than {} logins", kMaxLogins)).error());
      return;
    }
    if (auto login = decode_login(item)) {
      decoded.state.logins.push_back(std::move(*login));
    } else {
      decoded.problems.push_back(std::move(login.error()));
    }
  }
}

}  // namespace

EncodedState encode_state(const State& state) {
  EncodedState encoded;
  auto logins = encode_logins(state.logins);
  std::size_t used = 0;
  if (logins.size() <= kMaxBytes) {
    used = logins.size();
    encoded.data.emplace(kLoginsKey, std::move(logins));
  } else {
    encoded.problems.push_back({.kind = ErrorKind::Invalid, .message = "cannot store the logins: they are over 1 MB"});
  }
  if (!state.region.empty()) encoded.data.emplace(kRegionKey, Secret(std::string(state.region)));
  if (!state.configuration) return encoded;
  auto configuration = encode_configuration(*state.configuration);
  if (used + configuration.size() <= kMaxBytes) {
    encoded.data.emplace(kConfigurationKey, Secret(std::move(configuration)));
  } else {
    encoded.problems.push_back({.kind = ErrorKind::Invalid,
                                .message = "cannot store the accepted configuration: the state would be over 1 MB"});
  }
  return encoded;
}

DecodedState decode_state(const std::map<std::string, Secret>& data) {
  DecodedState decoded;
  if (const auto part = data.find(kConfigurationKey); part != data.end()) {
    if (auto configuration = decode_configuration(part->second.reveal())) {
      decoded.state.configuration = std::move(*configuration);
    } else {
      decoded.problems.push_back(std::move(configuration.error()));
    }
  }
  if (const auto part = data.find(kRegionKey); part != data.end() && is_dns_label(part->second.reveal())) {
    decoded.state.region = part->second.reveal();
  }
  if (const auto part = data.find(kLoginsKey); part != data.end()) decode_logins(part->second.reveal(), decoded);
  return decoded;
}

}  // namespace acr::credentials
