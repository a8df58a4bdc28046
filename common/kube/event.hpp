// SPDX-License-Identifier: Apache-2.0
// Events (events.k8s.io/v1) as values: what is worth one, when several become a series, how they look on the wire.
// Pure.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "common/async/awaitable.hpp"
#include "common/async/rate_limit.hpp"
#include "common/base/time.hpp"
#include "common/kube/object.hpp"

namespace acr::kube {

/// Whom an Event is about.
struct ObjectReference {
  std::string api_version;  ///< "v1", "admissionregistration.k8s.io/v1"
  std::string kind;
  ObjectKey key;
  std::string uid = {};

  friend auto operator<=>(const ObjectReference&, const ObjectReference&) = default;
};

enum class Severity { Normal, Warning };

struct Event {
  ObjectReference regarding;
  Severity severity = Severity::Normal;
  std::string reason;  ///< PascalCase word, such as CredentialRefreshed
  std::string action;  ///< what we were doing: Refresh, Bind, Load
  std::string note;    ///< for people; cut to 1 KiB on the wire (WR-10)
  /// What of `regarding` it is about where that is one of many, such as one instance of the configuration: each has a
  /// rate limit of its own. Not on the wire.
  std::string part = {};
};

/// Who reports.
struct EventSource {
  std::string controller;  ///< "acr-credential-helper/controller"
  std::string instance;    ///< the pod's name; cut to 128 bytes
};

/// An Event that stands on the server.
struct PostedEvent {
  ObjectKey key;
  int count = 1;
};

/// What to do with an Event: post it under `key`, or (`patch`) raise the count of one that stands there.
struct EventMove {
  ObjectKey key;
  bool patch = false;
  int count = 1;
};

/// Same object, severity, reason, action, source and note within 6 minutes: a series (WR-10). The note counts, unlike
/// in client-go: it cannot be changed once it is posted, and most of our Events are about the one ConfigMap; the second
/// error of an edit, or the second instance that fails, would hide behind the first. However many notes there are: more
/// than a burst of 25 and one each 5 minutes about one object, part and reason are dropped.
class EventCorrelator {
 public:
  /// nullopt = drop it. `suffix` makes a new Event's name unique.
  std::optional<EventMove> plan(const Event& event, const std::string& suffix, async::Deadline now);
  /// The server no longer has the Event of `event` (404 on a patch): the next is posted anew.
  void forget(const Event& event);

 private:
  /// The note as a digest: it may be long, and thousands are remembered.
  using Identity = std::tuple<ObjectReference, Severity, std::string, std::string, std::string>;
  using Limited = std::tuple<ObjectReference, std::string, std::string>;
  struct Entry {
    PostedEvent posted;
    async::Deadline last;
  };
  static Identity identity_of(const Event& event);
  void drop_old(async::Deadline now);

  std::map<Identity, Entry> series_;
  std::map<Limited, std::pair<async::RateLimit, async::Deadline>> limits_;
};

/// The namespace that an Event about `regarding` lives in: its own, or "default" for objects of the whole cluster.
std::string event_namespace(const ObjectReference& regarding);

std::string build_event_body(const Event& event, const EventSource& source, const ObjectKey& key, WallTime now);
std::string build_event_series_patch(int count, WallTime now);

}  // namespace acr::kube
