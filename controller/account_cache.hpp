// SPDX-License-Identifier: Apache-2.0
// The ServiceAccounts that matter: all of them, or, where the configuration names few, those of these names and what
// carries our entry besides.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/async/notifier.hpp"
#include "common/async/task_group.hpp"
#include "common/config/settings.hpp"
#include "common/kube/reflector.hpp"

namespace acr::controller {

/// Each name has a watch of its own. Accounts of other names are looked at once, by a sweep: an entry of ours from an
/// earlier configuration, a stray, is known from then on, but not watched.
class AccountCache {
 public:
  using Object = kube::Store<kube::ServiceAccountInfo>::Object;

  /// `api` and `metrics` must outlive it. `our_names` are the entries that make a stray.
  AccountCache(kube::ApiClient& api, Metrics& metrics, std::vector<std::string> our_names);

  /// Starts the watches in `tasks`, also those of later follow().
  void spawn(async::TaskGroup& tasks);

  /// From now on the ServiceAccounts of these settings. What was known until now serves until the new watches have
  /// listed everything. Another scope of the same names is swept again.
  void follow(const config::Settings& settings);

  [[nodiscard]] Object find(const kube::ObjectKey& key) const;
  /// Those of one namespace.
  [[nodiscard]] std::vector<Object> in(const std::string& namespace_name) const;
  void for_each(const std::function<void(const kube::ServiceAccountInfo&)>& visit) const;

  /// As Store::upsert. A stray that no longer carries our entry is forgotten.
  void upsert(kube::ServiceAccountInfo account);
  /// Reads a stray anew, which no watch keeps fresh; does nothing for others.
  async::awaitable<void> reread_stray(kube::ObjectKey key);

  void on_change(kube::Store<kube::ServiceAccountInfo>::OnChange callback);
  /// Called each time that all that is followed has been listed, and after each sweep.
  void on_listed(std::function<void()> callback) { on_listed_.push_back(std::move(callback)); }

  /// Has everything been listed that was to be followed first? An absence then means something for these names.
  [[nodiscard]] bool synced() const { return synced_; }
  /// Is every account known that carries our entry? Until then nothing may be concluded from there being none.
  [[nodiscard]] bool is_complete() const;
  /// A term of leadership begins: another process may have written meanwhile.
  void sweep_again();
  /// Looks at the accounts of other names whenever that is due, until cancelled.
  async::awaitable<void> keep_sweeping();

  [[nodiscard]] bool is_stuck(async::Deadline now) const;

 private:
  using Names = std::set<std::string>;
  struct Part;
  using Parts = std::vector<std::shared_ptr<Part>>;
  class StrayReceiver;

  static async::awaitable<void> run(std::shared_ptr<Part> part);
  std::shared_ptr<Part> make_part(std::optional<std::string> name);
  void start(const std::shared_ptr<Part>& part);
  void part_synced();
  async::awaitable<Result<void>> sweep();
  void tell_listed() const;
  void notify(const kube::ObjectKey& key) const;
  [[nodiscard]] bool is_ours(const kube::ServiceAccountInfo& account) const;
  /// The part whose watch covers `name`; nullptr if none does.
  [[nodiscard]] Part* part_of(const std::string& name) const;

  kube::ApiClient& api_;
  Metrics& metrics_;
  std::vector<std::string> our_names_;
  async::TaskGroup* tasks_ = nullptr;
  std::optional<config::Settings> scope_;  ///< of the last follow()
  std::optional<Names> names_;             ///< what is followed; nullopt = all accounts
  Parts parts_;
  std::optional<Parts> next_;  ///< being listed, to take the place of parts_
  kube::Store<kube::ServiceAccountInfo> strays_;
  bool synced_ = false;
  bool swept_ = false;
  async::Notifier changed_;
  std::vector<kube::Store<kube::ServiceAccountInfo>::OnChange> on_change_;
  std::vector<std::function<void()>> on_listed_;
};

}  // namespace acr::controller
