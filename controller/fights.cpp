// SPDX-License-Identifier: Apache-2.0
#include "controller/fights.hpp"

#include <fmt/format.h>

#include <functional>

#include "common/base/log.hpp"
#include "common/kube/field_manager.hpp"

namespace acr::controller {
namespace {

constexpr std::chrono::seconds kReadLimit{10};

/// The object, or the only one of a list.
const JsonValue* find_object(const JsonValue& answer, bool is_list) {
  if (!is_list) return &answer;
  const auto* items = find_member(answer, "items");
  return items != nullptr && items->IsArray() && !items->Empty() ? &(*items)[0] : nullptr;
}

}  // namespace

std::uint64_t Fights::hash_of(const kube::ObjectKey& key) {
  return std::hash<std::string>{}(kube::to_string(key));
}

void Fights::observe(const kube::ObjectKey& key, State state) {
  if (state == State::Right) {
    right_.insert(hash_of(key));
    return;
  }
  const bool was_right = right_.erase(hash_of(key)) > 0;
  if (!was_right || state != State::Wrong) return;
  detector_.note_undone(key, async::Clock::now());
  const auto opponent = detector_.opponent(key);
  undone_.Add({{"manager", std::string(opponent.empty() ? "unknown" : opponent)}}).Increment();
}

void Fights::forget(const kube::ObjectKey& key) {
  right_.erase(hash_of(key));
  detector_.forget(key);
}

std::optional<std::chrono::milliseconds> Fights::pause(const kube::ObjectKey& key) const {
  const auto now = async::Clock::now();
  const auto at = detector_.write_at(key, now);
  if (at <= now) return std::nullopt;
  return std::chrono::ceil<std::chrono::milliseconds>(at - now);
}

async::awaitable<void> Fights::tell(kube::ObjectKey key) {
  if (!detector_.take_turn_to_tell(key) || !told_.try_take(async::Clock::now())) co_return;
  // managedFields are in no cache: they would be the larger part of it. Asked for before our next write, which would
  // take the field over.
  const auto request = subject_.is_listed ? kube::build_list_request(kube::select_by_name(subject_.resource, key))
                                          : kube::build_get_request(subject_.resource, key);
  const auto answer =
      co_await api_.send(request, {.deadline = async::deadline_in(kReadLimit), .priority = async::Priority::Refresh});
  std::string manager;
  std::string uid;
  if (answer) {
    const auto document = parse_json(answer->body);
    if (const auto* found = document ? find_object(*document, subject_.is_listed) : nullptr) {
      manager = kube::parse_foreign_manager(*found, subject_.field);
      uid = string_at(*found, "metadata", "uid");
    }
    detector_.set_opponent(key, kube::manager_word(manager));
  }
  const auto who = manager.empty() ? std::string("somebody whom the API server does not name (its audit log does)")
                                   : fmt::format("field manager \"{}\"", manager);
  const auto note = fmt::format("{} {} again and again; it is put right ever more slowly, at most {} s later: {}", who,
                                subject_.what, subject_.longest_pause.count(), subject_.advice);
  log::warn("another client undoes our writes",
            {log::kv("kind", subject_.kind), log::kv("object", kube::to_string(key)), log::kv("note", note)});
  events_.emit({.regarding = {.api_version = std::string(subject_.api_version),
                              .kind = std::string(subject_.kind),
                              .key = key,
                              .uid = uid},
                .severity = kube::Severity::Warning,
                .reason = std::string(subject_.reason),
                .action = "Write",
                .note = note});
}

}  // namespace acr::controller
