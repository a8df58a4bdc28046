// SPDX-License-Identifier: Apache-2.0
// The text form of a Kubernetes label selector, as `kubectl -l` takes it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace acr::config {

/// One condition on one label.
struct LabelRequirement {
  enum class Operator { In, NotIn, Exists, DoesNotExist };

  std::string label;
  Operator op = Operator::In;
  /// Empty for Exists and DoesNotExist, else at least one.
  std::vector<std::string> values;

  friend bool operator==(const LabelRequirement&, const LabelRequirement&) = default;
};

/// "In", "NotIn", "Exists" or "DoesNotExist", as matchExpressions writes it.
std::string_view to_string(LabelRequirement::Operator op);

/// Conditions that must all hold. Without any it matches everything.
struct LabelSelector {
  std::vector<LabelRequirement> requirements;

  /// A label that is absent satisfies NotIn and DoesNotExist, as the API server has it.
  [[nodiscard]] bool matches(const std::map<std::string, std::string>& labels) const;

  /// {"matchExpressions":[...]}, or {} without conditions.
  [[nodiscard]] std::string to_json() const;

  /// The text form again, such as "team in (shop),!legacy"; parse_label_selector() reads it back.
  [[nodiscard]] std::string to_text() const;

  friend bool operator==(const LabelSelector&, const LabelSelector&) = default;
};

/// Parses "a=b,c!=d,e in (x,y),f notin (z),g,!h" (`==` too). Label names and values are checked by the rules of
/// Kubernetes, because one bad selector would make the API server refuse the whole webhook configuration.
/// After an error `fault_offset`, if given, is where in `text` it was found.
Result<LabelSelector> parse_label_selector(std::string_view text, std::size_t* fault_offset = nullptr);

}  // namespace acr::config
