// SPDX-License-Identifier: Apache-2.0
// What we know of the cluster: the projections of one kind of object. Pure; one thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/text.hpp"
#include "common/kube/object.hpp"

namespace acr::kube {

/// Is `a` an older resourceVersion than `b`? Only for two versions of one object (LW-6); unknown forms are never older.
inline bool is_older(const std::string& a, const std::string& b) {
  const auto left = parse_unsigned(a);
  const auto right = parse_unsigned(b);
  return left && right && *left < *right;
}

/// Objects are immutable snapshots (LW-22). Nothing may be concluded from an absence while synced() is false.
template <class T>
class Store {
 public:
  using Object = std::shared_ptr<const T>;
  using Objects = std::map<ObjectKey, Object>;
  using OnChange = std::function<void(const ObjectKey&)>;

  /// nullptr if unknown.
  [[nodiscard]] Object find(const ObjectKey& key) const {
    const auto found = objects_.find(key);
    return found == objects_.end() ? nullptr : found->second;
  }
  /// Do not keep the reference across a co_await.
  [[nodiscard]] const Objects& all() const { return objects_; }
  [[nodiscard]] std::size_t size() const { return objects_.size(); }

  /// Has a complete list been taken over, under the present selection?
  [[nodiscard]] bool synced() const { return synced_; }
  /// From now on the content is only part of the truth, until the next replace().
  void mark_unsynced() { synced_ = false; }

  /// Called with each key whose object appeared, changed or vanished, after the change. Callbacks only enqueue.
  void on_change(OnChange callback) { on_change_.push_back(std::move(callback)); }
  /// Called once each time synced() becomes true, after the keys' callbacks.
  void on_synced(std::function<void()> callback) { on_synced_.push_back(std::move(callback)); }

  /// Takes `objects` as the whole truth in one move. Returns the keys that appeared, changed or vanished.
  std::vector<ObjectKey> replace(std::vector<T> objects) {
    Objects fresh;
    for (auto& object : objects) {
      auto key = key_of(object);
      fresh.insert_or_assign(std::move(key), std::make_shared<const T>(std::move(object)));
    }
    std::set<ObjectKey> changed;
    for (const auto& [key, object] : fresh) {
      const auto old = find(key);
      if (!old || *old != *object) changed.insert(key);
    }
    for (const auto& [key, object] : objects_) {
      if (!fresh.contains(key)) changed.insert(key);
    }
    objects_ = std::move(fresh);
    const bool newly_synced = !std::exchange(synced_, true);
    for (const auto& key : changed) notify(key);
    if (newly_synced) {
      for (const auto& callback : on_synced_) callback();
    }
    return {changed.begin(), changed.end()};
  }

  /// Adds or changes one object; also to be called with the answer to a write of our own (LW-23). An older version than
  /// the known one is ignored. Returns whether anything changed.
  bool upsert(T object) {
    const auto key = key_of(object);
    if (const auto old = find(key)) {
      if (*old == object || is_older(resource_version_of(object), resource_version_of(*old))) return false;
    }
    objects_.insert_or_assign(key, std::make_shared<const T>(std::move(object)));
    notify(key);
    return true;
  }

  /// Removes one object, unless a newer one than `resource_version` is known (it was deleted and made anew).
  bool erase(const ObjectKey& key, const std::string& resource_version = {}) {
    const auto found = objects_.find(key);
    if (found == objects_.end() || is_older(resource_version, resource_version_of(*found->second))) return false;
    objects_.erase(found);
    notify(key);
    return true;
  }

 private:
  void notify(const ObjectKey& key) {
    for (const auto& callback : on_change_) callback(key);
  }

  Objects objects_;
  bool synced_ = false;
  std::vector<OnChange> on_change_;
  std::vector<std::function<void()>> on_synced_;
};

}  // namespace acr::kube
