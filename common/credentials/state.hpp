// SPDX-License-Identifier: Apache-2.0
// The content of the state Secret: what a restart or a new leader starts from. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/credentials/registry_login.hpp"

namespace acr::credentials {

inline constexpr const char* kConfigurationKey = "configuration";
inline constexpr const char* kLoginsKey = "logins";
inline constexpr const char* kRegionKey = "region";

struct State {
  /// The data of the last accepted acr-configuration; nullopt if none was ever accepted.
  std::optional<std::map<std::string, std::string>> configuration;
  std::vector<RegistryLogin> logins;
  /// The cluster's own region, by which items without regionId know their logins again while the metadata service is
  /// away; empty = unknown.
  std::string region = {};
};

struct EncodedState {
  /// Secret key -> plain value (not yet base64): "configuration" a JSON object, "logins" a JSON array, "region" plain
  /// text.
  std::map<std::string, Secret> data;
  /// What did not fit into a Secret and was left out.
  std::vector<Error> problems;
};

/// A Secret holds at most 1 MiB: if all is too much, the configuration is left out first.
EncodedState encode_state(const State& state);

struct DecodedState {
  State state;
  /// One per part that was damaged and dropped; never quotes content.
  std::vector<Error> problems;
};

/// Takes what is whole; a broken login does not cost the others. Other keys are ignored.
DecodedState decode_state(const std::map<std::string, Secret>& data);

}  // namespace acr::credentials
