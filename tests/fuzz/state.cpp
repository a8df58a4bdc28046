// SPDX-License-Identifier: Apache-2.0
// The content of the state Secret, which anybody with the right to write it may have damaged. The first NUL byte
// divides a text from logins; both are read as they are, as compressed, and after being compressed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/base/gzip.hpp"
#include "common/credentials/state.hpp"

namespace {

using namespace acr;

void expect(bool condition) {
  if (!condition) std::abort();
}

std::map<std::string, Secret> build_values(const std::string& text, const std::string& logins,
                                           const std::string& suffix) {
  return {{config::kConfigurationKey + suffix, Secret(std::string(text))},
          {config::kFirstStartKey + suffix, Secret(std::string(text))},
          {credentials::kLoginsKey + suffix, Secret(std::string(logins))},
          {credentials::kClockKey, Secret(std::string(logins))}};
}

/// What was taken can be stored again and is then the same.
void check(const credentials::DecodedState& decoded) {
  const auto encoded = credentials::encode_state(decoded.state);
  if (encoded.configuration_left_out || encoded.first_start_left_out) return;
  const auto again = credentials::decode_state(encoded.data);
  expect(again.problems.empty() && again.state.texts == decoded.state.texts &&
         again.state.clock == decoded.state.clock);
  expect(again.state.logins.size() + encoded.logins_left_out == decoded.state.logins.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const auto middle = input.find('\0');
  const auto text = input.substr(0, middle);
  const auto logins = middle == std::string::npos ? std::string() : input.substr(middle + 1);

  const auto plain = credentials::decode_state(build_values(text, logins, ""));
  check(plain);
  check(credentials::decode_state(build_values(input, input, config::kGzipSuffix)));
  const auto packed =
      credentials::decode_state(build_values(compress_gzip(text), compress_gzip(logins), config::kGzipSuffix));
  expect(packed.state.texts == plain.state.texts && packed.state.logins == plain.state.logins);
  return 0;
}
