// SPDX-License-Identifier: Apache-2.0
#include "common/http/message.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/text.hpp"

namespace acr::http {
namespace {

bool is_default_port(const Origin& origin) {
  return (origin.scheme == "https" && origin.port == 443) || (origin.scheme == "http" && origin.port == 80);
}

}  // namespace

std::string_view Headers::get(std::string_view name) const {
  const auto found =
      std::ranges::find_if(fields_, [&](const auto& field) { return equals_ignore_case(field.first, name); });
  return found == fields_.end() ? std::string_view{} : std::string_view{found->second};
}

bool Headers::has(std::string_view name) const {
  return std::ranges::any_of(fields_, [&](const auto& field) { return equals_ignore_case(field.first, name); });
}

void Headers::set(std::string_view name, std::string value) {
  remove(name);
  add(std::string(name), std::move(value));
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const auto& field) { return equals_ignore_case(field.first, name); });
}

std::string host_header(const Origin& origin) {
  const auto host = origin.host.find(':') == std::string::npos ? origin.host : fmt::format("[{}]", origin.host);
  return is_default_port(origin) ? host : fmt::format("{}:{}", host, origin.port);
}

std::string to_string(const Origin& origin) {
  return origin.scheme + "://" + host_header(origin);
}

}  // namespace acr::http
