// SPDX-License-Identifier: Apache-2.0
#include "common/pullsecret/binding.hpp"

#include <algorithm>

namespace acr::pullsecret {
namespace {

std::vector<std::string> append_once(const std::vector<std::string>& current, std::string_view name,
                                     const std::vector<std::string>& previous_names) {
  std::vector<std::string> list;
  bool is_placed = false;
  for (const auto& entry : current) {
    const bool is_ours =
        entry == name || std::find(previous_names.begin(), previous_names.end(), entry) != previous_names.end();
    if (!is_ours) {
      list.push_back(entry);
    } else if (!is_placed) {
      list.emplace_back(name);
      is_placed = true;
    }
  }
  if (!is_placed) list.emplace_back(name);
  return list;
}

}  // namespace

std::optional<std::vector<std::string>> bound_list(const std::vector<std::string>& current, std::string_view name,
                                                   config::BindingMode mode,
                                                   const std::vector<std::string>& previous_names) {
  auto list = mode == config::BindingMode::Overwrite ? std::vector<std::string>{std::string(name)}
                                                     : append_once(current, name, previous_names);
  if (list == current) return std::nullopt;
  return list;
}

std::optional<std::vector<std::string>> unbound_list(const std::vector<std::string>& current, std::string_view name) {
  auto list = current;
  if (std::erase_if(list, [name](const std::string& entry) { return entry == name; }) == 0) return std::nullopt;
  return list;
}

bool is_bound(const std::vector<std::string>& current, std::string_view name) {
  return std::find(current.begin(), current.end(), name) != current.end();
}

}  // namespace acr::pullsecret
