// SPDX-License-Identifier: Apache-2.0
// What the helper would make of a configuration file: accepted or not, what would be in force, every finding with its
// place in the file. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/config/diagnostic.hpp"
#include "common/config/settings.hpp"
#include "common/config/source_text.hpp"
#include "controller/config_check/config_map_file.hpp"

namespace acr::controller {

struct Finding {
  /// `line` and `column` count in the value of `key`, unless `is_of_file`.
  config::Diagnostic diagnostic;
  /// About the file itself: `line` and `column` count in the file.
  bool is_of_file = false;
  config::Position in_file;
};

/// What the file would do to a cluster.
enum class Effect {
  InForce,    ///< it is accepted
  GoodParts,  ///< a first start would use its good parts
  Unchanged,  ///< what was before stays
  Refused,    ///< the API server refuses it; nothing is in force
};

struct Judgement {
  /// No error.
  bool accepted = false;
  Effect effect = Effect::Refused;
  /// What would be in force: the file's configuration, its good parts at a first start, or what was before.
  config::Settings settings;
  /// By their place in the file.
  std::vector<Finding> findings;
};

/// Judges `file` as a first start, or as an edit of `previous` while that is in force. `region`: that of the cluster;
/// may be empty.
Judgement judge(const ConfigMapFile& file, const std::optional<ConfigMapFile>& previous, const std::string& region);

}  // namespace acr::controller
