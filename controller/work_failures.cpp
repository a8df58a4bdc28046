// SPDX-License-Identifier: Apache-2.0
#include "controller/work_failures.hpp"

#include <bit>

#include "common/base/duration.hpp"
#include "common/base/log.hpp"
#include "common/base/text.hpp"

namespace acr::controller {
namespace {

constexpr std::size_t kRemembered = 256;
constexpr std::size_t kMessageBytes = 300;
/// Races are won at one of the next tries.
constexpr int kRacesToTell = 8;

bool is_race(const Error& error) {
  return error.kind == ErrorKind::Conflict || error.kind == ErrorKind::AlreadyExists;
}

}  // namespace

void WorkFailures::note(const WorkKey& key, const Error& error, int failures, std::chrono::milliseconds pause) {
  retries_.Add({{"name", kQueueName}, {"kind", to_string(key.kind)}}).Increment();
  if (is_race(error) && failures < kRacesToTell) return;
  if (messages_.size() < kRemembered || messages_.contains(key))
    messages_[key] = printable(error.message, kMessageBytes);
  // Every failure of a key that fails for hours would drown the log: the 1st, 2nd, 4th, 8th ... is told.
  if (!std::has_single_bit(static_cast<unsigned>(failures))) return;
  log::warn(
      "work failed, it is tried again",
      {log::kv("kind", to_string(key.kind)), log::kv("namespace", key.namespace_), log::kv("name", key.name),
       log::kv("failures", failures), log::kv("next_try_in", format_duration(pause)), log::kv("error", error.message)});
}

std::string WorkFailures::find(const WorkKey& key) const {
  const auto found = messages_.find(key);
  return found == messages_.end() ? std::string{} : found->second;
}

}  // namespace acr::controller
