// SPDX-License-Identifier: Apache-2.0
// A file that holds acr-configuration in one of the forms people have it in: a manifest, `kubectl get` output, the bare
// data, the managed edition's JSON. Pure: the text is the argument.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/config/diagnostic.hpp"
#include "common/config/in_force.hpp"
#include "common/config/source_text.hpp"

namespace acr::controller {

/// A longer file is refused: the API server allows 1 MiB for a ConfigMap; a copy of it may stand in an annotation.
inline constexpr std::size_t kMaxFileBytes = 4UL * 1024 * 1024;

/// Where a data key and its value stand in the file.
struct ValuePlace {
  std::size_t key_offset = 0;
  /// For each byte of the value, then one for its end; empty if that is not known.
  std::vector<std::size_t> offsets;
  std::size_t value_offset = 0;
};

struct ConfigMapFile {
  /// The file with plain line ends.
  config::SourceText source{{}, {}};
  config::ConfigMapText content;
  /// Data keys whose values nobody knows: they are no text, or stand where the API server does not look for them.
  std::set<std::string> unread_keys;
  /// By data key.
  std::map<std::string, ValuePlace> places;
  /// What is wrong with the file itself, such as a value that is no string; `line` and `column` count in the file.
  std::vector<config::Diagnostic> faults;

  [[nodiscard]] bool has_errors() const;
  /// What the parser is to judge: `content`, with what could not be read as unreadable, not as absent.
  [[nodiscard]] config::ConfigMapText judged_content() const;
};

struct ConfigMapName {
  std::string namespace_;
  std::string name;
};

/// Finds the ConfigMap `expected` in the text: among several documents or list items by its name, a lone one under any
/// name if it has a key of ours. YAML that does not parse is a fault of the file, with the place of the mistake, and so
/// is what the API server refuses in a manifest; an error is returned only for text that cannot be meant as a
/// configuration: too large, empty, no mapping, no ConfigMap in it.
Result<ConfigMapFile> parse_config_map_file(std::string_view text, const ConfigMapName& expected);

/// The data key that diagnostics show as `shown`; `shown` itself if the file has none.
std::string find_written_key(const ConfigMapFile& file, const std::string& shown);

/// Where `position` of the value of the key shown as `shown_key` stands in the file. Without such a value: the key,
/// else the start of the file.
config::Position find_file_position(const ConfigMapFile& file, const std::string& shown_key, config::Position position);

}  // namespace acr::controller
