// SPDX-License-Identifier: Apache-2.0
// Keeps the MutatingAdmissionPolicy and its binding (`mode: policy`) where an API server has them.
#pragma once

#include <optional>
#include <string>

#include "common/kube/event_recorder.hpp"
#include "controller/apply.hpp"
#include "controller/registration/policy.hpp"

namespace acr::controller {

class PolicyKeeper {
 public:
  /// API servers take a policy over within a second or two, each by its own watch: after so long it is in force.
  static constexpr std::chrono::seconds kSettles{10};

  /// All references must outlive it.
  PolicyKeeper(Writer writer, kube::EventRecorder& events, std::string own_namespace)
      : writer_(writer), events_(events), own_namespace_(std::move(own_namespace)) {}

  /// Forgets what it knew: another leader may have changed it.
  void begin_term();

  /// Can the policy do the webhook's work? False: the API server has no such kinds, or does not let us write ours; an
  /// Event has told it. An Error: not known.
  async::awaitable<Result<bool>> bring(PolicyInputs inputs);
  /// Deletes what is ours; nothing where it is known that there is nothing.
  async::awaitable<Result<void>> remove();

  /// When the policy, as it stands now, is in force everywhere; nullopt: it does not stand.
  [[nodiscard]] std::optional<async::Deadline> in_force_at() const { return in_force_at_; }
  [[nodiscard]] bool is_in_force() const { return in_force_at_ && async::Clock::now() >= *in_force_at_; }
  /// May there be anything to remove?
  [[nodiscard]] bool may_stand() const { return may_stand_; }

 private:
  async::awaitable<Result<PolicyApi>> find_api();
  async::awaitable<Result<void>> bring_one(PolicyKind kind, PolicyApi api, const PolicyInputs& inputs);
  void tell_unusable(const std::string& reason);

  Writer writer_;
  kube::EventRecorder& events_;
  std::string own_namespace_;
  PolicyApi api_ = PolicyApi::None;
  async::Deadline api_good_until_ = {};
  std::optional<async::Deadline> in_force_at_;
  bool may_stand_ = true;
  std::string told_;  ///< why it cannot be used
};

/// Deletes policy and binding of this installation; how many there were. For --cleanup.
async::awaitable<Result<std::size_t>> apply_policy_removal(kube::ApiClient& api, std::string own_namespace,
                                                           bool dry_run);

}  // namespace acr::controller
