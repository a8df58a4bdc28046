// SPDX-License-Identifier: Apache-2.0
// The texts that ruled, as the state Secret keeps them for a restart or a new leader. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/secret.hpp"
#include "common/config/text_memory.hpp"

namespace acr::config {

/// Keys of the state Secret: a JSON object of strings; a JSON object with "data" and "binaryKeys". With kGzipSuffix it
/// is the same compressed.
inline constexpr const char* kConfigurationKey = "configuration";
inline constexpr const char* kFirstStartKey = "first-start";
/// Stands there while the text under kConfigurationKey is not the one accepted last.
inline constexpr const char* kOutdatedKey = "configuration-outdated";
inline constexpr const char* kGzipSuffix = ".gz";

/// No value expands to more; that of 1 MiB of ConfigMap cannot, whatever JSON makes of its characters.
inline constexpr std::size_t kMaxExpandedBytes = 16UL * 1024 * 1024;

struct EncodedTexts {
  /// Secret key -> plain value (not yet base64).
  std::map<std::string, Secret> data;
  std::size_t size = 0;  ///< bytes of all values
  /// The accepted text did not fit: `data` has the one stored before it, if there is one, marked as outdated.
  bool configuration_left_out = false;
  bool first_start_left_out = false;
};

/// At most `room` bytes. `current`: the content of the Secret that is to be replaced. A text over 64 KiB is compressed,
/// which makes any that the API server takes fit into a Secret.
EncodedTexts encode_texts(const Remembered& texts, const std::map<std::string, Secret>& current, std::size_t room);

struct DecodedTexts {
  Remembered texts;
  /// One per text that was damaged and dropped; never quotes content.
  std::vector<Error> problems;
};

/// Other keys are ignored.
DecodedTexts decode_texts(const std::map<std::string, Secret>& data);

}  // namespace acr::config
