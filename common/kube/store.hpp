// SPDX-License-Identifier: Apache-2.0
// What we know of the cluster: the projections of one kind of object. Pure; one thread.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "common/base/text.hpp"
#include "common/kube/object.hpp"
#include "common/kube/packed.hpp"

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
  using Records = std::vector<Record<T>>;

 public:
  using Object = std::shared_ptr<const T>;
  using OnChange = std::function<void(const ObjectKey&)>;

  /// Keys and objects in the order of the keys; each object is made when it is reached.
  class Objects {
   public:
    class Iterator {
     public:
      using value_type = std::pair<ObjectKey, Object>;
      using difference_type = std::ptrdiff_t;

      Iterator() = default;
      explicit Iterator(typename Records::const_iterator at) : at_(at) {}
      value_type operator*() const {
        const auto key = at_->key();
        return {{std::string(key.namespace_), std::string(key.name)}, at_->object()};
      }
      Iterator& operator++() {
        ++at_;
        return *this;
      }
      Iterator operator++(int) { return Iterator(at_++); }
      friend bool operator==(const Iterator&, const Iterator&) = default;

     private:
      typename Records::const_iterator at_;
    };

    Objects(typename Records::const_iterator begin, typename Records::const_iterator end) : begin_(begin), end_(end) {}
    [[nodiscard]] Iterator begin() const { return begin_; }
    [[nodiscard]] Iterator end() const { return end_; }

   private:
    Iterator begin_;
    Iterator end_;
  };

  /// nullptr if unknown.
  [[nodiscard]] Object find(const ObjectKey& key) const {
    const auto at = place_of(records_, key);
    return holds(records_, at, key) ? at->object() : nullptr;
  }
  /// The first of all; nullptr if there is none. For stores of one object.
  [[nodiscard]] Object first() const { return records_.empty() ? nullptr : records_.front().object(); }
  /// Not to be kept across a co_await.
  [[nodiscard]] Objects all() const { return {records_.begin(), records_.end()}; }
  /// Those of one namespace. Not to be kept across a co_await.
  [[nodiscard]] Objects in(const std::string& namespace_name) const {
    const auto in_order = [](const Record<T>& record) { return record.key().namespace_; };
    const auto found = std::ranges::equal_range(records_, std::string_view(namespace_name), {}, in_order);
    return {found.begin(), found.end()};
  }
  [[nodiscard]] std::size_t size() const { return records_.size(); }

  /// Has a complete list been taken over, under the present selection?
  [[nodiscard]] bool synced() const { return synced_; }
  /// From now on the content is only part of the truth, until the next list.
  void mark_unsynced() { synced_ = false; }

  /// Called with each key whose object appeared, changed or vanished, after the change. Callbacks only enqueue.
  void on_change(OnChange callback) { on_change_.push_back(std::move(callback)); }
  /// Called once each time synced() becomes true, after the keys' callbacks.
  void on_synced(std::function<void()> callback) { on_synced_.push_back(std::move(callback)); }

  /// A list arrives, or begins anew. Nobody sees anything of it before finish_list(); what is unchanged takes no second
  /// copy meanwhile.
  void start_list() { listed_ = {}; }
  /// An object of the list; of several with one key the last counts.
  void list(T object) {
    Record<T> record(std::move(object));
    const auto known = place_of(records_, record.key());
    if (holds(records_, known, record.key()) && *known == record) record = *known;
    add(listed_, listed_.end(), std::move(record));
  }
  /// The object was deleted while the list was on its way.
  void unlist(const ObjectKey& key) {
    std::erase_if(listed_, [&key](const auto& record) { return record.key() == KeyView(key); });
  }
  /// Takes the list as the whole truth in one move, even where its versions are older: etcd may have been restored.
  void finish_list() {
    const auto changed = take_over(in_order(std::exchange(listed_, {})));
    const bool newly_synced = !std::exchange(synced_, true);
    for (const auto& record : changed) notify(record.key());
    if (newly_synced) {
      for (const auto& callback : on_synced_) callback();
    }
  }
  /// A whole list at once.
  void replace(std::vector<T> objects) {
    start_list();
    for (auto& object : objects) list(std::move(object));
    finish_list();
  }

  /// Adds or changes one object; also to be called with the answer to a write of our own (LW-23). An older version than
  /// the known one is ignored. Returns whether anything changed.
  bool upsert(T object) {
    const auto key = key_of(object);
    const auto version = resource_version_of(object);
    Record<T> record(std::move(object));
    const auto at = place_of(records_, key);
    if (!holds(records_, at, key)) {
      add(records_, at, std::move(record));
    } else if (*at == record || is_older(version, resource_version_of(*at->object()))) {
      return false;
    } else {
      *at = std::move(record);
    }
    notify(key);
    return true;
  }

  /// Removes one object, unless a newer one than `resource_version` is known (it was deleted and made anew).
  bool erase(const ObjectKey& key, const std::string& resource_version = {}) {
    const auto at = place_of(records_, key);
    if (!holds(records_, at, key) || is_older(resource_version, resource_version_of(*at->object()))) return false;
    records_.erase(at);
    notify(key);
    return true;
  }

 private:
  static auto place_of(auto& records, KeyView key) {
    return std::ranges::lower_bound(records, key, {}, &Record<T>::key);
  }
  static bool holds(const Records& records, typename Records::const_iterator at, KeyView key) {
    return at != records.end() && at->key() == key;
  }
  /// A vector's own growth would leave up to half of its space empty.
  static void add(Records& records, typename Records::iterator at, Record<T> record) {
    const auto index = at - records.begin();
    if (records.size() == records.capacity()) records.reserve(records.size() + records.size() / 8 + 4);
    records.insert(records.begin() + index, std::move(record));
  }
  /// Sorted, the last one of each key.
  static Records in_order(Records records) {
    if (std::ranges::adjacent_find(records, std::ranges::greater_equal{}, &Record<T>::key) == records.end())
      return records;
    std::vector<std::size_t> order(records.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&records](std::size_t index) { return std::pair(records[index].key(), index); });
    Records sorted;
    sorted.reserve(records.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      const bool is_last = i + 1 == order.size() || records[order[i]].key() != records[order[i + 1]].key();
      if (is_last) sorted.push_back(std::move(records[order[i]]));
    }
    return sorted;
  }
  /// Gives one record for each key that appeared, changed or vanished.
  Records take_over(Records fresh) {
    Records changed;
    auto old = records_.cbegin();
    for (const auto& now : fresh) {
      for (; old != records_.cend() && old->key() < now.key(); ++old) changed.push_back(*old);
      const bool known = holds(records_, old, now.key());
      if (!known || *old != now) changed.push_back(now);
      if (known) ++old;
    }
    changed.insert(changed.end(), old, records_.cend());
    records_ = std::move(fresh);
    return changed;
  }
  void notify(KeyView key) { notify(ObjectKey{std::string(key.namespace_), std::string(key.name)}); }
  void notify(const ObjectKey& key) {
    for (const auto& callback : on_change_) callback(key);
  }

  Records records_;  ///< in the order of their keys
  Records listed_;   ///< the list that is arriving
  bool synced_ = false;
  std::vector<OnChange> on_change_;
  std::vector<std::function<void()>> on_synced_;
};

}  // namespace acr::kube
