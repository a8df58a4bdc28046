// SPDX-License-Identifier: Apache-2.0
// The texts that ruled before, through edits, restarts and takeovers: one rule for both processes. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/config/in_force.hpp"

namespace acr::config {

/// What a restart must know of earlier judgements; the state Secret keeps it. The two are never mixed up: only an
/// accepted text allows removals, and it ends what a first start began.
struct Remembered {
  /// The data of the text accepted last.
  std::optional<std::map<std::string, std::string>> accepted = {};
  /// The broken text whose good parts rule because nothing was ever accepted.
  std::optional<ConfigMapText> first_start = {};
  /// A newer text than `accepted` was accepted before a restart, but was too large to be stored.
  bool is_outdated = false;

  friend bool operator==(const Remembered&, const Remembered&) = default;
};

class TextMemory {
 public:
  /// Takes from the state Secret what is not known here. What is new in it also replaces what is known, unless
  /// `is_writer` (this process writes the Secret, which then lags behind it): whoever writes may have seen an edit that
  /// fell into a gap of our watch. What a writer passed over stays new: it may have been written by another one, while
  /// this process only believed to be the writer.
  void adopt(const Remembered& stored, bool is_writer);

  /// Judges the ConfigMap as it stands (nullopt: absent) and remembers it if it rules from now on.
  InForce judge(const std::optional<ConfigMapText>& config_map, const std::string& default_region);

  [[nodiscard]] const Remembered& texts() const { return texts_; }

  /// The text in force: the one accepted last, else that of the first start; nullopt if none ever was.
  [[nodiscard]] std::optional<ConfigMapText> ruling() const;

 private:
  Remembered texts_;
  /// What of the state Secret is no news.
  Remembered seen_;
};

}  // namespace acr::config
