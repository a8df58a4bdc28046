// SPDX-License-Identifier: Apache-2.0
// The content of the state Secret: what a restart or a new leader starts from. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/alibaba/cloud_clock.hpp"
#include "common/base/error.hpp"
#include "common/config/stored_texts.hpp"
#include "common/credentials/registry_login.hpp"

namespace acr::credentials {

/// Beside those of the texts (common/config/stored_texts.hpp).
inline constexpr const char* kLoginsKey = "logins";
inline constexpr const char* kRegionKey = "region";
inline constexpr const char* kClockKey = "clock";

struct State {
  config::Remembered texts = {};
  std::vector<RegistryLogin> logins = {};
  /// The cluster's own region, by which items without regionId know their logins again while the metadata service is
  /// away; empty = unknown.
  std::string region = {};
  /// The cloud's time where the clock of the leader's node is wrong.
  std::optional<alibaba::ClockReading> clock = {};
};

struct EncodedState {
  /// Secret key -> plain value (not yet base64): the texts, "logins" a JSON array (with ".gz" compressed), "region"
  /// and "clock" plain text.
  std::map<std::string, Secret> data = {};
  /// What did not fit into a Secret; see config::EncodedTexts.
  bool configuration_left_out = false;
  bool first_start_left_out = false;
  std::size_t logins_left_out = 0;
};

/// A Secret holds at most 1 MiB: the texts come first, since a restart gets logins anew, and of the logins those that
/// live longest. `current`: the content that is to be replaced; its configuration stays, marked as outdated, where a
/// newer one does not fit.
EncodedState encode_state(const State& state, const std::map<std::string, Secret>& current = {});

struct DecodedState {
  State state;
  /// One per part that was damaged and dropped; never quotes content.
  std::vector<Error> problems;
};

/// Takes what is whole; a broken login does not cost the others. Other keys are ignored.
DecodedState decode_state(const std::map<std::string, Secret>& data);

/// The region alone; empty if there is none.
std::string decode_region(const std::map<std::string, Secret>& data);

}  // namespace acr::credentials
