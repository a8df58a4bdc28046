// SPDX-License-Identifier: Apache-2.0
#include "common/kube/event.hpp"

#include "common/base/crypto.hpp"
#include "common/base/json.hpp"

namespace acr::kube {
namespace {

using namespace std::chrono_literals;

constexpr auto kSeriesAge = 6min;
constexpr double kPerSecond = 1.0 / 300;  // one each five minutes
constexpr double kBurst = 25;
constexpr auto kLimitAge = 3h;  // by then a limit has its whole burst again
constexpr std::size_t kRemembered = 2000;
constexpr std::size_t kNoteLimit = 1024;
constexpr std::size_t kWordLimit = 128;
constexpr std::size_t kNameLimit = 253;

/// At most `limit` bytes, not cut inside a UTF-8 character.
std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
  return text.substr(0, limit);
}

/// The regarded object's name and a suffix; what is cut must not leave a dot or dash at the seam.
std::string event_name(const ObjectReference& regarding, const std::string& suffix) {
  auto name = regarding.key.name.substr(0, kNameLimit - 1 - suffix.size());
  while (name.ends_with('.') || name.ends_with('-')) name.pop_back();
  return name + "." + suffix;
}

}  // namespace

EventCorrelator::Identity EventCorrelator::identity_of(const Event& event) {
  return {event.regarding, event.severity, event.reason, event.action, sha256(cut(event.note, kNoteLimit))};
}

std::string event_namespace(const ObjectReference& regarding) {
  return regarding.key.namespace_.empty() ? "default" : regarding.key.namespace_;
}

std::optional<EventMove> EventCorrelator::plan(const Event& event, const std::string& suffix, async::Deadline now) {
  drop_old(now);
  const Limited limited{event.regarding, event.part, event.reason};
  auto& [limit, used_at] = limits_.try_emplace(limited, async::RateLimit(kPerSecond, kBurst), now).first->second;
  used_at = now;
  if (!limit.try_take(now)) return std::nullopt;

  const auto identity = identity_of(event);
  const auto found = series_.find(identity);
  if (found != series_.end() && now - found->second.last < kSeriesAge) {
    auto& [posted, last] = found->second;
    last = now;
    return EventMove{.key = posted.key, .patch = true, .count = ++posted.count};
  }
  const ObjectKey key{event_namespace(event.regarding), event_name(event.regarding, suffix)};
  series_.insert_or_assign(identity, Entry{.posted = {.key = key}, .last = now});
  return EventMove{.key = key};
}

void EventCorrelator::forget(const Event& event) {
  series_.erase(identity_of(event));
}

void EventCorrelator::drop_old(async::Deadline now) {
  if (series_.size() > kRemembered) {
    std::erase_if(series_, [&](const auto& entry) { return now - entry.second.last >= kSeriesAge; });
  }
  if (limits_.size() > kRemembered) {
    std::erase_if(limits_, [&](const auto& entry) { return now - entry.second.second >= kLimitAge; });
  }
  // A flood of distinct objects within those times: better a forgotten series than unbounded memory.
  if (series_.size() > 2 * kRemembered) series_.clear();
  if (limits_.size() > 10 * kRemembered) limits_.clear();
}

std::string build_event_body(const Event& event, const EventSource& source, const ObjectKey& key, WallTime now) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_string(writer, "apiVersion", "events.k8s.io/v1");
  write_string(writer, "kind", "Event");
  write_key(writer, "metadata");
  writer.StartObject();
  write_string(writer, "name", key.name);
  write_string(writer, "namespace", key.namespace_);
  writer.EndObject();
  write_string(writer, "eventTime", format_rfc3339_micro(now));
  write_string(writer, "reportingController", source.controller);
  write_string(writer, "reportingInstance", cut(source.instance, kWordLimit));
  write_string(writer, "type", event.severity == Severity::Warning ? "Warning" : "Normal");
  write_string(writer, "reason", cut(event.reason, kWordLimit));
  write_string(writer, "action", cut(event.action, kWordLimit));
  write_string(writer, "note", cut(event.note, kNoteLimit));
  write_key(writer, "regarding");
  writer.StartObject();
  write_string(writer, "apiVersion", event.regarding.api_version);
  write_string(writer, "kind", event.regarding.kind);
  write_string(writer, "name", event.regarding.key.name);
  if (!event.regarding.key.namespace_.empty()) write_string(writer, "namespace", event.regarding.key.namespace_);
  if (!event.regarding.uid.empty()) write_string(writer, "uid", event.regarding.uid);
  writer.EndObject();
  writer.EndObject();
  return text_of(buffer);
}

std::string build_event_series_patch(int count, WallTime now) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_key(writer, "series");
  writer.StartObject();
  write_key(writer, "count");
  writer.Int(count);
  write_string(writer, "lastObservedTime", format_rfc3339_micro(now));
  writer.EndObject();
  writer.EndObject();
  return text_of(buffer);
}

}  // namespace acr::kube
