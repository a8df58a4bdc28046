// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "common/base/gzip.hpp"
#include "common/base/json.hpp"
#include "common/base/text.hpp"

namespace acr::credentials {
namespace {

/// All values of a Secret together may hold 1 MiB; base64 does not count, some room is left for us to be wrong.
constexpr std::size_t kMaxBytes = 1'040'000;
/// As many as a configuration may have instances.
constexpr std::size_t kMaxLogins = 10'000;

using Logins = std::vector<RegistryLogin>;

constexpr auto kHostsFrom = std::to_array<std::pair<HostsFrom, std::string_view>>({
    {HostsFrom::Cloud, "cloud"},
    {HostsFrom::Configuration, "configuration"},
    {HostsFrom::NameRule, "name-rule"},
});

std::string_view to_word(HostsFrom from) {
  return std::ranges::find(kHostsFrom, from, &decltype(kHostsFrom)::value_type::first)->second;
}

/// Of an unknown word as of the cloud, which is asked again soon.
HostsFrom read_hosts_from(std::string_view word) {
  const auto known = std::ranges::find(kHostsFrom, word, &decltype(kHostsFrom)::value_type::second);
  return known == kHostsFrom.end() ? HostsFrom::Cloud : known->first;
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
  write_string(writer, "identity", login.identity);
  write_key(writer, "hosts");
  writer.StartArray();
  for (const auto& host : login.hosts) write_value(writer, host);
  writer.EndArray();
  write_string(writer, "hostsFrom", to_word(login.hosts_from));
  writer.EndObject();
}

std::string encode_logins(const Logins& logins) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartArray();
  for (const auto& login : logins) write_login(writer, login);
  writer.EndArray();
  return text_of(buffer);
}

/// Those that are worth most to a restart first.
Logins longest_lived(Logins logins, std::size_t count) {
  std::ranges::stable_sort(logins, std::greater<>(), &RegistryLogin::expires);
  logins.resize(std::min(count, logins.size()));
  return logins;
}

/// Adds as many logins as `room` takes; returns how many were left out.
std::size_t add_logins(std::map<std::string, Secret>& data, const Logins& logins, std::size_t room) {
  if (auto text = encode_logins(logins); text.size() <= room) {
    data.emplace(kLoginsKey, Secret(std::move(text)));
    return 0;
  }
  auto kept = longest_lived(logins, kMaxLogins);
  for (;;) {
    const auto text = encode_logins(kept);
    auto packed = text.size() <= config::kMaxExpandedBytes ? compress_gzip(text) : text;
    if (packed.size() <= room && text.size() <= config::kMaxExpandedBytes) {
      data.emplace(std::string(kLoginsKey) + config::kGzipSuffix, Secret(std::move(packed)));
      return logins.size() - kept.size();
    }
    // Logins are much alike: a share of them needs that share of the bytes. The tenth more ends the search soon.
    const auto share = static_cast<double>(room) / static_cast<double>(packed.size());
    const auto next = static_cast<std::size_t>(static_cast<double>(kept.size()) * std::min(share, 1.0) * 0.9);
    if (next == 0) return logins.size();
    kept.resize(next);
  }
}

std::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorKind::Protocol, fmt::format("cannot use a part of the state Secret: {}", what));
}

Result<RegistryLogin> decode_login(const JsonValue& object) {
  const auto text = [&](const char* name) { return std::string(string_at(object, name)); };
  RegistryLogin login{.instance_id = text("instanceId"),
                      .region_id = text("regionId"),
                      .hosts = {},
                      .hosts_from = read_hosts_from(string_at(object, "hostsFrom")),
                      .username = text("username"),
                      .password = Secret(text("password")),
                      .instance_key = text("instanceKey"),
                      .identity = text("identity")};
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

EncodedState encode_state(const State& state, const std::map<std::string, Secret>& current) {
  auto texts = config::encode_texts(state.texts, current, kMaxBytes);
  EncodedState encoded{.data = std::move(texts.data),
                       .configuration_left_out = texts.configuration_left_out,
                       .first_start_left_out = texts.first_start_left_out};
  if (!state.region.empty()) encoded.data.emplace(kRegionKey, Secret(std::string(state.region)));
  if (state.clock) encoded.data.emplace(kClockKey, Secret(alibaba::format_clock_reading(*state.clock)));
  encoded.logins_left_out = add_logins(encoded.data, state.logins, kMaxBytes - texts.size);
  return encoded;
}

std::string decode_region(const std::map<std::string, Secret>& data) {
  const auto part = data.find(kRegionKey);
  return part != data.end() && is_dns_label(part->second.reveal()) ? std::string(part->second.reveal()) : std::string();
}

DecodedState decode_state(const std::map<std::string, Secret>& data) {
  auto texts = config::decode_texts(data);
  DecodedState decoded{.state = {.texts = std::move(texts.texts), .logins = {}, .region = decode_region(data)},
                       .problems = std::move(texts.problems)};
  if (const auto plain = data.find(kLoginsKey); plain != data.end()) {
    decode_logins(plain->second.reveal(), decoded);
  } else if (const auto packed = data.find(std::string(kLoginsKey) + config::kGzipSuffix); packed != data.end()) {
    if (const auto text = expand_gzip(packed->second.reveal(), config::kMaxExpandedBytes)) {
      decode_logins(*text, decoded);
    } else {
      decoded.problems.push_back(damaged("the stored logins: " + text.error().message).error());
    }
  }
  if (const auto clock = data.find(kClockKey); clock != data.end()) {
    if (const auto reading = alibaba::parse_clock_reading(clock->second.reveal())) {
      decoded.state.clock = *reading;
    } else {
      decoded.problems.push_back(damaged(reading.error().message).error());
    }
  }
  return decoded;
}

}  // namespace acr::credentials
