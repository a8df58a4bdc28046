// SPDX-License-Identifier: Apache-2.0
#include "controller/told_failures.hpp"

#include <algorithm>
#include <bit>

#include "common/alibaba/errors.hpp"

namespace acr::controller {
namespace {

/// By the usual pauses some 5 to 10 s after the first.
constexpr int kHealsBefore = 3;
/// A cloud whose every answer has another code must not fill the memory, or etcd.
constexpr std::size_t kMostKinds = 10;

bool may_heal_by_itself(const Error& error) {
  using enum alibaba::FailureClass;
  const bool has_no_source = error.kind == ErrorKind::NotFound && error.code.empty();
  const auto failure = alibaba::class_of(error);
  return !has_no_source && (failure == Retry || failure == Resign);
}

}  // namespace

bool ToldFailures::is_news(const std::string& instance_key, int failures, const Error& error) {
  const int count = may_heal_by_itself(error) ? failures - kHealsBefore + 1 : std::max(failures, 1);
  if (count < 1) return false;
  auto& told = told_[instance_key];
  const bool is_new = told.size() < kMostKinds && told.emplace(error.kind, error.code).second;
  return is_new || std::has_single_bit(static_cast<unsigned>(count));
}

}  // namespace acr::controller
