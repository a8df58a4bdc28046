// SPDX-License-Identifier: Apache-2.0
// Who undoes our writes of one kind of object: counts it, holds the next write back, tells the admin who it is.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/async/rate_limit.hpp"
#include "common/base/metrics.hpp"
#include "common/kube/api_client.hpp"
#include "common/kube/event_recorder.hpp"
#include "common/kube/requests.hpp"
#include "controller/fight_detector.hpp"

namespace acr::controller {

class Fights {
 public:
  /// What is fought over, in the words of its Event. The views must outlive it.
  struct Subject {
    kube::Resource resource;
    std::string_view kind;    ///< "ServiceAccount"
    std::string_view field;   ///< of managedFields: "f:imagePullSecrets"
    std::string_view reason;  ///< of the Event
    std::string_view what;    ///< "takes our entry out of imagePullSecrets"
    std::string_view advice;  ///< what the admin can do
    std::string_view api_version = "v1";
    std::chrono::seconds longest_pause = FightDetector::kLongestPause;
    bool is_listed = false;  ///< read by a list of this one name, where there is no right to get it
  };

  /// The state of an object after a change.
  enum class State {
    Right,    ///< as we want it
    Wrong,    ///< to be put right
    NotOurs,  ///< outside the scope, or nothing is decided about it
  };

  /// `api` and `events` must outlive it; `undone` counts by field manager.
  Fights(kube::ApiClient& api, kube::EventRecorder& events, CounterFamily& undone, Subject subject)
      : api_(api), events_(events), undone_(undone), subject_(subject), detector_(subject.longest_pause) {}

  /// To be called after each change of an object. What was right and is wrong now was undone by somebody.
  void observe(const kube::ObjectKey& key, State state);
  /// A write of ours was stored, whatever the cache has learned since: another may have been as fast.
  void note_written(const kube::ObjectKey& key) { right_.insert(hash_of(key)); }
  /// The object is gone for good.
  void forget(const kube::ObjectKey& key);

  /// How long the next write has to wait; nullopt = not at all.
  [[nodiscard]] std::optional<std::chrono::milliseconds> pause(const kube::ObjectKey& key) const;

  /// Tells of the object if it is time to: asks the API server who wrote last, and emits an Event. At most ten at once
  /// and then one a minute, over all objects; the metric counts them all.
  async::awaitable<void> tell(kube::ObjectKey key);

 private:
  static std::uint64_t hash_of(const kube::ObjectKey& key);

  kube::ApiClient& api_;
  kube::EventRecorder& events_;
  CounterFamily& undone_;
  Subject subject_;
  /// The objects that were right when last seen. As hashes, since there may be very many; an error costs no more than a
  /// write that is put off by a moment.
  boost::unordered_flat_set<std::uint64_t> right_;
  FightDetector detector_;
  async::RateLimit told_{1.0 / 60, 10};
};

}  // namespace acr::controller
