// SPDX-License-Identifier: Apache-2.0
// One day of a leader, its restarts on this node and others, its configuration and its node's clock, against a
// SimulatedCloud.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/credentials/state.hpp"
#include "controller/publisher.hpp"
#include "tests/component/controller/simulated_cloud.hpp"
#include "tests/fakes/credential_source.hpp"

namespace acr::controller {

class SimulatedDay {
 public:
  explicit SimulatedDay(unsigned long seed);
  ~SimulatedDay();
  SimulatedDay(const SimulatedDay&) = delete;
  SimulatedDay& operator=(const SimulatedDay&) = delete;

  /// What was wrong first; empty if nothing.
  std::string live();
  [[nodiscard]] std::size_t writes() const { return writes_.size(); }

 private:
  struct Process;

  void start();
  void kill();
  void run_ready();
  void happen();
  void edit();
  void set_clock();
  void take_over();
  void configure();
  [[nodiscard]] long draw(long least, long most) { return std::uniform_int_distribution<long>(least, most)(random_); }
  [[nodiscard]] std::chrono::nanoseconds draw_time(std::chrono::minutes least, std::chrono::minutes most);

  void write(const pullsecret::WantedSecret& wanted);
  [[nodiscard]] std::string judge_secret();
  [[nodiscard]] std::string judge_caller(const std::string& caller);
  [[nodiscard]] std::string judge_sessions();
  /// Do the successful calls of each hour make up for little more than an hour?
  [[nodiscard]] std::string judge_ideal(const std::string& caller) const;
  /// `callers`: how many may make these calls.
  [[nodiscard]] std::string judge_hours(const std::string& what, const std::vector<WallTime>& calls,
                                        long callers) const;
  [[nodiscard]] std::string judge_writes() const;
  [[nodiscard]] bool is_disturbed(WallTime after, WallTime until) const;
  /// How often the caller was disturbed by edits in a time; see SimulatedCloud::logins().
  [[nodiscard]] long edits(const std::string& caller, WallTime after, WallTime until) const;

  /// What the admin may have written for one instance.
  struct Wishes {
    bool present = true;
    bool own_domains = false;
    bool second_item = false;  ///< for other hosts of it, by a role
  };

  SimulatedClock clock_;
  std::mt19937_64 random_;
  SimulatedCloud cloud_;
  Metrics metrics_{"test"};
  std::chrono::nanoseconds clock_error_{0};   ///< how far the clock of the node is ahead
  std::chrono::nanoseconds server_error_{0};  ///< how far that of the API server is
  int node_ = 0;                              ///< on which the process runs
  std::map<std::string, Wishes> wishes_;
  std::map<std::string, std::vector<WallTime>> edited_;  ///< by caller
  config::Settings settings_;
  std::chrono::nanoseconds next_event_{0};
  std::vector<WallTime> events_;
  std::map<std::string, Secret> state_;
  std::map<std::string, std::string> secret_;  ///< host to password, in the one Secret that all namespaces have
  std::vector<WallTime> writes_;
  int restarts_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace acr::controller
