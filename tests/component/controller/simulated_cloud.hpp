// SPDX-License-Identifier: Apache-2.0
// A cloud in simulated time whose instances fail now and then, each in its own way and for a while, as a seed draws it.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "common/alibaba/credentials.hpp"
#include "common/base/time.hpp"
#include "tests/fakes/fake_cloud.hpp"
#include "tests/fakes/simulated_clock.hpp"

namespace acr::controller {

using fakes::SimulatedClock;

/// How a part of the cloud fails.
enum class Fault { None, Hang, Cut, ServerError, Throttled, Html, NotSuccess, NoPermission, InvalidToken };

/// Good times and bad times in turn, drawn once for a whole day.
class Weather {
 public:
  Weather(std::mt19937_64& random, std::chrono::hours day, std::vector<Fault> kinds);

  [[nodiscard]] Fault at(std::chrono::nanoseconds moment) const;
  /// For how long it has been good without a break; zero in bad times.
  [[nodiscard]] std::chrono::nanoseconds good_for(std::chrono::nanoseconds moment) const;
  /// When it changes.
  [[nodiscard]] std::vector<std::chrono::nanoseconds> turns() const;

 private:
  struct Storm {
    std::chrono::nanoseconds begin;
    std::chrono::nanoseconds end;
    Fault kind;
  };
  std::vector<Storm> storms_;
};

/// Refuses what was signed at another time than its own. Answers GetAuthorizationToken with logins of an hour that end
/// with the RAM credential at the latest, and AssumeRole with sessions of an hour. Tells its time in each answer.
class SimulatedCloud {
 public:
  struct Success {
    WallTime issued;
    WallTime expires;
  };
  /// Calls of one API about one instance by one kind of identity.
  struct Record {
    std::vector<Success> successes;
    std::vector<WallTime> calls;  ///< failed ones too
  };

  SimulatedCloud(unsigned long seed, int instances, std::chrono::hours day, const SimulatedClock& clock);

  std::optional<Result<http::Response>> answer(const fakes::FakeCloud::Call& call);
  /// What the metadata service gives.
  Result<alibaba::RamCredentials> fetch_ram_credentials();

  [[nodiscard]] std::vector<std::string> instances() const;
  /// "cri-0" by the default credential or "cri-0/role" by a role.
  [[nodiscard]] const Record& logins(const std::string& caller) const { return record_of(logins_, caller); }
  [[nodiscard]] const Record& lists(const std::string& caller) const { return record_of(lists_, caller); }
  [[nodiscard]] const Record& sessions() const { return sessions_; }
  /// When the credential was given that assumes the role.
  [[nodiscard]] const std::vector<WallTime>& bases() const { return bases_; }
  /// When a session was refused.
  [[nodiscard]] const std::vector<WallTime>& refused_sessions() const { return refused_sessions_; }
  /// When AssumeRole was refused for a missing permission.
  [[nodiscard]] const std::vector<WallTime>& denied_sessions() const { return denied_sessions_; }
  /// When storms began and ended, whosever they are.
  [[nodiscard]] std::vector<WallTime> turns() const;
  /// When the login with this password ends.
  [[nodiscard]] WallTime expiry_of(const std::string& password) const { return expiries_.at(password); }
  /// For how long a refresh by this caller would have succeeded at any moment.
  [[nodiscard]] std::chrono::nanoseconds good_for(const std::string& caller) const;

 private:
  std::optional<Result<http::Response>> answer_without_date(const fakes::FakeCloud::Call& call);
  static const Record& record_of(const std::map<std::string, Record>& all, const std::string& caller) {
    static const Record none;
    const auto found = all.find(caller);
    return found == all.end() ? none : found->second;
  }
  http::Response grant(Record& record, const std::string& caller_id);
  http::Response assume_role();

  std::mt19937_64 random_;
  const SimulatedClock& clock_;
  Weather metadata_weather_;
  Weather sts_weather_;
  std::map<std::string, Weather> weathers_;  ///< by instance
  std::map<std::string, Record> logins_;
  std::map<std::string, Record> lists_;
  Record sessions_;
  std::vector<WallTime> bases_;
  std::vector<WallTime> refused_sessions_;
  std::vector<WallTime> denied_sessions_;
  std::map<std::string, WallTime> expiries_;
  std::map<std::string, WallTime> ram_expiries_;  ///< by access key id
};

}  // namespace acr::controller
