// SPDX-License-Identifier: Apache-2.0
// `acr-controller --check-config`: reads the files, prints the judgement, answers with an exit code.
#pragma once

#include <string>

#include "controller/config_check/config_map_file.hpp"

namespace acr::controller {

enum class CheckOutput { Text, Json };

struct ConfigCheck {
  /// A path, or "-" for standard input.
  std::string file;
  /// The configuration in force before the edit; empty: a first start.
  std::string previous;
  CheckOutput output = CheckOutput::Text;
  /// The region of the cluster; may be empty.
  std::string region;
  ConfigMapName config_map;
};

/// Reads and parses a file ("-" = standard input). Errors: it cannot be read, or those of parse_config_map_file().
Result<ConfigMapFile> read_config_map(const std::string& path, const ConfigMapName& expected);

/// How messages name it: "<stdin>" for "-".
std::string show_path(const std::string& path);

/// One line about a region that is none but resembles one: "--region: cn-hangzho is no region that is known: did you
/// mean cn-hangzhou?". Empty if there is nothing to say; `region` may be empty.
std::string warn_of_region(const std::string& region);

/// Prints to standard output. Returns 0 for an accepted configuration (with warnings too), 1 for one with errors, 2
/// (and one line on standard error) for input that cannot be used.
int run_config_check(const ConfigCheck& check);

}  // namespace acr::controller
