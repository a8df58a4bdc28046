// SPDX-License-Identifier: Apache-2.0
// Keeps the API server's webhook registrations as webhook-configuration wants them: on only after an endpoint answered.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/http/client.hpp"
#include "common/http/resolver.hpp"
#include "common/kube/event_recorder.hpp"
#include "controller/apply.hpp"
#include "controller/authority_keeper.hpp"
#include "controller/configuration.hpp"
#include "controller/options.hpp"
#include "controller/outcome.hpp"
#include "controller/registration/probe.hpp"
#include "controller/registration/registration.hpp"

namespace acr::controller {

class RegistrationKeeper {
 public:
  struct Parts {
    Writer writer;
    http::Resolver& resolver;
    Configuration& configuration;
    AuthorityKeeper& authority;
    kube::EventRecorder& events;
    const Options& options;
  };
  /// All references must outlive it.
  explicit RegistrationKeeper(Parts parts) : parts_(parts) {}

  async::awaitable<Outcome> reconcile();

 private:
  async::awaitable<Result<void>> learn_username();
  Result<std::string> ca_bundle() const;
  async::awaitable<Result<std::string>> fetch_cluster_ip();
  async::awaitable<Result<void>> probe_endpoint(std::string bundle);
  [[nodiscard]] RegistrationInputs build_inputs(std::string bundle) const;
  [[nodiscard]] bool wants_webhook() const;
  [[nodiscard]] bool is_wanted(RegistrationKind kind) const;
  [[nodiscard]] bool is_registered(RegistrationKind kind) const;
  async::awaitable<Outcome> bring_standing(RegistrationKind kind);
  async::awaitable<Outcome> switch_on();
  async::awaitable<Outcome> bring(RegistrationKind kind, std::string wanted, RegistrationInputs inputs);
  void note_answer(const Result<void>& answer);

  /// What probes need again and again: while no webhook runs there are two a second, for as long as it takes.
  struct Line {
    std::string bundle = {};
    ProbeTarget target = {};
    std::unique_ptr<http::Client> client = {};
    async::Deadline good_until = {};
  };
  async::awaitable<Result<void>> refresh_line(std::string bundle);

  Parts parts_;
  std::string username_;
  Line line_;
  bool complained_ = false;
};

}  // namespace acr::controller
