// SPDX-License-Identifier: Apache-2.0
// Turns the refresher's logins into the content of all pull Secrets, at the moments that Publication chooses.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/config/settings.hpp"
#include "common/credentials/refresher.hpp"
#include "common/pullsecret/wanted_secret.hpp"
#include "controller/plan.hpp"
#include "controller/publication.hpp"

namespace acr::controller {

/// What stands around a Publisher.
struct PublisherEdge {
  std::function<const config::Settings*()> settings;  ///< in force; nullptr while none are known
  std::function<WallTime()> now;                      ///< the cloud's time
  std::function<void(AwaitedLogins)> set_awaited;
  std::function<void(pullsecret::WantedSecret)> publish;
  /// What could not be published as it is configured, whenever that changes.
  std::function<void(const pullsecret::DockerConfig&)> tell;
};

class Publisher {
 public:
  /// `refresher` and what `edge` calls must outlive it.
  Publisher(std::string secret_name, credentials::Refresher& refresher, PublisherEdge edge)
      : secret_name_(std::move(secret_name)), refresher_(refresher), edge_(std::move(edge)) {}

  /// A new term of leadership: what was published in an earlier one says nothing any more.
  void begin_term();

  /// A state with logins was found: that all of them have expired is knowledge too.
  void mark_known() { publication_.mark_known(); }

  /// Somebody has edited the configuration, and looks for what comes of it.
  void note_edit() { publication_.note_edit(); }

  /// Runs while this process leads, until cancelled.
  async::awaitable<void> run();

 private:
  void publish(WallTime now);
  [[nodiscard]] AwaitedLogins find_awaited() const;
  void tell(const pullsecret::DockerConfig& config);

  std::string secret_name_;
  credentials::Refresher& refresher_;
  PublisherEdge edge_;
  Publication publication_;
  async::Deadline term_began_{};
  std::vector<pullsecret::DockerConfig::LeftOut> told_left_out_;
  std::vector<pullsecret::DockerConfig::Clash> told_clashes_;
};

}  // namespace acr::controller
