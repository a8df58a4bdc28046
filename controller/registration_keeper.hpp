// SPDX-License-Identifier: Apache-2.0
// Keeps the API server's webhook registrations as webhook-configuration wants them: on, and with Fail, only after an
// endpoint answered. With `mode: policy` a policy inside the API server takes the webhook's place.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/kube/event_recorder.hpp"
#include "controller/apply.hpp"
#include "controller/authority_keeper.hpp"
#include "controller/configuration.hpp"
#include "controller/fights.hpp"
#include "controller/options.hpp"
#include "controller/outcome.hpp"
#include "controller/policy_keeper.hpp"
#include "controller/registration/registration.hpp"
#include "controller/webhook_breaker.hpp"

namespace acr::controller {

class RegistrationKeeper {
 public:
  struct Parts {
    Writer writer;
    ProbeDialer& dialer;
    Configuration& configuration;
    AuthorityKeeper& authority;
    kube::EventRecorder& events;
    Metrics& metrics;
    const Options& options;
    /// The registration has to be looked at again.
    std::function<void()> on_change;
  };
  /// All references must outlive it.
  explicit RegistrationKeeper(Parts parts);

  /// To be called when this process begins to lead, with the configuration in force.
  void begin_term();
  async::awaitable<Outcome> reconcile();
  /// Watches over a webhook that is registered with Fail, while this process leads.
  async::awaitable<void> watch_over() { return breaker_.run(); }

 private:
  async::awaitable<Result<void>> learn_username();
  /// What API servers are to trust; where a CA is injected, what stands there by now.
  Result<std::string> ca_bundle() const;
  [[nodiscard]] bool injects() const { return !parts_.options.webhook_inject_ca_from.empty(); }
  async::awaitable<void> verify_injected();
  [[nodiscard]] bool may_fail(bool answered) const;
  [[nodiscard]] RegistrationInputs build_inputs(std::string bundle) const;
  /// Shall ServiceAccounts be bound at admission, by the one or the other?
  [[nodiscard]] bool wants_binding() const;
  [[nodiscard]] bool wants_policy() const;
  [[nodiscard]] bool is_wanted(RegistrationKind kind) const;
  [[nodiscard]] bool is_registered(RegistrationKind kind) const;
  [[nodiscard]] StandingWebhook standing() const;
  [[nodiscard]] bool is_meant_to_fail() const;  ///< whoever binds: the webhook or a policy
  [[nodiscard]] bool wants_fail() const;
  [[nodiscard]] bool must_raise() const;
  [[nodiscard]] std::optional<std::string> watched_bundle() const;
  async::awaitable<Outcome> bring_standing(RegistrationKind kind);
  async::awaitable<std::string> keep_trust(std::string bundle);
  void tell_unusable_file();
  async::awaitable<Outcome> switch_on();
  /// The policy first, then off with the webhook; and back in the same order: new accounts are bound all the while.
  async::awaitable<Result<void>> bring_policy();
  async::awaitable<Outcome> retire_policy();
  /// `answered`: an endpoint just has, so that Fail may be registered where it did not stand.
  async::awaitable<Outcome> bring_on(RegistrationKind kind, const std::string& bundle, bool answered);
  /// `target`: what `wanted` is to become once an endpoint has answered.
  async::awaitable<Outcome> bring(RegistrationKind kind, std::string wanted, std::string target,
                                  RegistrationInputs inputs);
  /// What stands there is not what we left: has somebody changed it, though the same is wanted? Then how long to wait.
  async::awaitable<std::optional<std::chrono::milliseconds>> judge_change(RegistrationKind kind, std::string standing,
                                                                          std::string target);
  void leave(RegistrationKind kind, std::string target, std::string standing);
  void tell_registered(RegistrationKind kind, const RegistrationInputs& inputs);
  void note_answer(const Result<void>& answer);

  Parts parts_;
  std::string username_;
  std::string unusable_file_;     ///< why --webhook-ca-file cannot be used, as it was told
  std::string untrusted_bundle_;  ///< of --webhook-ca-file, by which no endpoint has answered yet
  std::string verified_bundle_;   ///< the injected one by which an endpoint has answered
  /// One kind of object as it was left, and what it was to be then.
  struct Left {
    std::string target = {};
    std::string standing = {};  ///< empty: not known
  };
  Left& left(RegistrationKind kind) { return kind == RegistrationKind::Mutating ? left_mutating_ : left_validating_; }
  Fights& fights(RegistrationKind kind) {
    return kind == RegistrationKind::Mutating ? mutating_fights_ : validating_fights_;
  }

  Left left_mutating_;
  Left left_validating_;
  Fights mutating_fights_;
  Fights validating_fights_;
  EndpointProbe probe_;
  WebhookBreaker breaker_;
  PolicyKeeper policy_;
  std::optional<bool> policy_serves_;                ///< in the webhook's place; nullopt: not known yet
  std::optional<async::Deadline> registered_since_;  ///< the webhook, as far as this leader knows
  bool complained_ = false;
  /// Since when an endpoint is waited for, and whether to bind ServiceAccounts or only to check the configuration.
  std::optional<async::Deadline> probing_since_;
  bool probes_to_bind_ = false;
};

}  // namespace acr::controller
