// SPDX-License-Identifier: Apache-2.0
// From a place in a value to the place in the file that holds it.
#include <algorithm>

#include "controller/config_check/config_map_file.hpp"
#include "controller/config_check/file_text.hpp"

namespace acr::controller {
namespace {

/// The offset in the value as it is stored of a position that counts lines as its author sees them: a byte order mark
/// and carriage returns do not count.
std::size_t find_value_offset(std::string_view value, config::Position position) {
  std::size_t at = value.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  for (int line = 1; line < position.line && at < value.size();) {
    const bool is_end = value[at] == '\n' || (value[at] == '\r' && (at + 1 == value.size() || value[at + 1] != '\n'));
    if (is_end) ++line;
    ++at;
  }
  for (int column = 1; column < position.column && at < value.size() && value[at] != '\n'; ++column) {
    do ++at;
    while (at < value.size() && (static_cast<unsigned char>(value[at]) & 0xC0U) == 0x80U);
  }
  return at;
}

}  // namespace

std::string find_written_key(const ConfigMapFile& file, const std::string& shown) {
  if (file.places.contains(shown)) return shown;
  const auto written = std::find_if(file.places.begin(), file.places.end(),
                                    [&shown](const auto& place) { return config::show_key(place.first) == shown; });
  return written == file.places.end() ? shown : written->first;
}

config::Position find_file_position(const ConfigMapFile& file, const std::string& shown_key,
                                    config::Position position) {
  const auto key = find_written_key(file, shown_key);
  const auto place = file.places.find(key);
  if (place == file.places.end()) return {};
  const auto value = file.content.data.find(key);
  if (value == file.content.data.end()) return file.source.position(place->second.key_offset);
  const auto& offsets = place->second.offsets;
  if (offsets.empty()) return file.source.position(place->second.value_offset);
  const auto at = std::min(find_value_offset(value->second, position), offsets.size() - 1);
  return file.source.position(offsets[at]);
}

}  // namespace acr::controller
