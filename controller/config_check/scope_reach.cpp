// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/scope_reach.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include "common/base/text.hpp"

namespace acr::controller {
namespace {

using config::LabelRequirement;
using Operator = LabelRequirement::Operator;

/// What several conditions leave to one label.
struct LabelRange {
  /// The values that may be; nullopt: any but those of `without`.
  std::optional<std::set<std::string>> values;
  std::set<std::string> without;
  bool must_exist = false;
  bool must_be_absent = false;

  void add(const LabelRequirement& requirement) {
    const std::set<std::string> named(requirement.values.begin(), requirement.values.end());
    switch (requirement.op) {
      case Operator::In:
        must_exist = true;
        if (values) {
          std::erase_if(*values, [&named](const std::string& value) { return !named.contains(value); });
        } else {
          values = named;
        }
        break;
      case Operator::NotIn:
        without.insert(named.begin(), named.end());
        break;
      case Operator::Exists:
        must_exist = true;
        break;
      case Operator::DoesNotExist:
        must_be_absent = true;
        break;
    }
  }

  /// The values of `values` that `without` leaves.
  [[nodiscard]] std::set<std::string> rest() const {
    std::set<std::string> left;
    if (values) std::ranges::set_difference(*values, without, std::inserter(left, left.end()));
    return left;
  }

  [[nodiscard]] bool is_empty() const { return must_exist && (must_be_absent || (values && rest().empty())); }

  [[nodiscard]] bool satisfies(const LabelRequirement& requirement) const {
    const auto is_named = [&requirement](const std::string& value) {
      return std::ranges::find(requirement.values, value) != requirement.values.end();
    };
    switch (requirement.op) {
      case Operator::In:
        return values && std::ranges::all_of(rest(), is_named);
      case Operator::NotIn:
        if (must_be_absent) return true;
        if (values) return std::ranges::none_of(rest(), is_named);
        return std::ranges::all_of(requirement.values, [this](const auto& value) { return without.contains(value); });
      case Operator::Exists:
        return must_exist;
      case Operator::DoesNotExist:
        return must_be_absent;
    }
    return false;
  }
};

}  // namespace

bool reaches_all(std::string_view wide, std::string_view narrow) {
  if (wide == narrow) return true;
  // A star of `narrow` stands for any length: a star of `wide` takes it in, a question mark does not.
  const bool is_plain = narrow.find('*') == std::string_view::npos || wide.find('?') == std::string_view::npos;
  return is_plain && matches_glob(wide, narrow);
}

bool reaches_all(const std::vector<std::string>& wide, std::string_view narrow) {
  return std::ranges::any_of(wide, [narrow](const std::string& pattern) { return reaches_all(pattern, narrow); });
}

bool reaches_all(const config::LabelSelector& wide, const config::LabelSelector& narrow) {
  std::map<std::string, LabelRange> ranges;
  for (const auto& requirement : narrow.requirements) ranges[requirement.label].add(requirement);
  if (std::ranges::any_of(ranges, [](const auto& range) { return range.second.is_empty(); })) return true;
  return std::ranges::all_of(wide.requirements, [&ranges](const LabelRequirement& requirement) {
    return ranges[requirement.label].satisfies(requirement);
  });
}

}  // namespace acr::controller
