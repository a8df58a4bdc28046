// SPDX-License-Identifier: Apache-2.0
// A Refresher over a cloud that answers by function, run on the real clock with short lives.
#pragma once

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "common/credentials/refresher.hpp"
#include "tests/fakes/credential_source.hpp"
#include "tests/fakes/fake_cloud.hpp"
#include "tests/fakes/run.hpp"

namespace acr::credentials {

using fakes::error_answer;
using fakes::FakeCloud;
using fakes::json_answer;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

using Answered = std::optional<Result<http::Response>>;
using Names = std::vector<std::string>;

struct RefresherTest {
  RefresherTest() {
    source.answer = [this] {
      return fakes::temporary_credentials("STS.worker" + std::to_string(source.fetches), now() + std::chrono::hours(6));
    };
    options.retry = {.first = milliseconds(40),
                     .cap = milliseconds(200),
                     .no_source = milliseconds(100),
                     .user_must_act = minutes(10)};
    options.attempt_limit = milliseconds(2000);
    options.random = [] { return 0.5; };
  }
  ~RefresherTest() {
    if (refresher) fakes::run(io, refresher->stop());
  }

  static WallTime now() { return std::chrono::system_clock::now(); }

  Refresher& make() {
    RefresherCallbacks callbacks{
        .on_login = [this](const RegistryLogin& login) { obtained.push_back(login.instance_key); },
        .on_failure =
            [this](const InstanceStatus& status, const Error& error) {
              failed.push_back(status.instance_key);
              errors.push_back(error);
            },
        .on_expired = [this](const RegistryLogin& login) { expired.push_back(login.instance_key); }};
    const SecretReader reader = [this](std::string, async::Deadline) { return read_secret(); };
    refresher =
        std::make_unique<Refresher>(io.get_executor(), openapi, source, reader, metrics, std::move(callbacks), options);
    return *refresher;
  }
  async::awaitable<Result<std::map<std::string, Secret>>> read_secret() { co_return secret; }

  /// The usual answers: sessions called "STS.<last part of the role>", one host, and a token that lives `life`.
  Answered usual(const FakeCloud::Call& call) {
    if (call.action().starts_with("AssumeRole")) {
      const auto role = call.parameter("RoleArn");
      const seconds duration(std::stol(call.parameter("DurationSeconds")));
      return json_answer(R"({"RequestId":"R","Credentials":{"AccessKeyId":"STS.)" + role.substr(role.find("%2F") + 3) +
                         R"(","AccessKeySecret":"s","SecurityToken":"t)" + std::to_string(++sessions) +
                         R"(","Expiration":")" + format_rfc3339(now() + duration) + "\"}}");
    }
    if (call.action() == "ListInstanceEndpoint") {
      const auto host = call.instance() + "-registry.cn-hangzhou.cr.aliyuncs.com";
      return json_answer(
          R"({"IsSuccess":true,"Code":"success","RequestId":"R","Endpoints":[{"Enable":true,"Domains":[{"Domain":")" +
          host + R"(","Type":"SYSTEM"}]}]})");
    }
    const auto expires = std::chrono::duration_cast<milliseconds>((now() + life).time_since_epoch()).count();
    const auto password = "pw" + std::to_string(++passwords) + ":x";
    if (call.request.target.starts_with("/tokens")) {
      return json_answer(R"({"data":{"tempUserName":"cr_temp_user","authorizationToken":")" + password +
                         R"(","expireDate":)" + std::to_string(expires) + "}}");
    }
    return json_answer(
        R"({"IsSuccess":true,"Code":"success","RequestId":"R","TempUsername":"cr_temp_user","AuthorizationToken":")" +
        password + R"(","ExpireTime":)" + std::to_string(expires) + "}");
  }

  /// As the cloud does: refuses what was signed at another time than its own, and tells its own.
  Answered at_its_time(const FakeCloud::Call& call) {
    const auto signed_at = parse_rfc3339(call.request.headers.get("x-acs-date"));
    const bool is_off = signed_at && std::chrono::abs(*signed_at - now()) > minutes(15);
    auto answer = is_off ? Answered(error_answer(400, "InvalidTimeStamp.Expired")) : usual(call);
    (*answer)->headers.set("Date", fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", std::chrono::floor<seconds>(now())));
    return answer;
  }

  /// Runs the loop until `condition` holds; false after `limit`.
  bool until(const std::function<bool()>& condition, milliseconds limit = seconds(5)) {
    const auto end = async::deadline_in(limit);
    io.restart();
    while (!condition()) {
      if (async::deadline_in({}) >= end) return false;
      io.run_one_until(std::min(end, async::deadline_in(milliseconds(20))));
      if (io.stopped()) io.restart();
    }
    return true;
  }
  /// Lets the loop run for a while in which nothing is expected to happen.
  void settle(milliseconds time) {
    until([] { return false; }, time);
  }

  [[nodiscard]] Names hosts() const {
    Names all;
    for (const auto& login : refresher->logins()) all.insert(all.end(), login.hosts.begin(), login.hosts.end());
    return all;
  }
  [[nodiscard]] InstanceStatus status_of(const std::string& key) const {
    for (const auto& status : refresher->status()) {
      if (status.instance_key == key) return status;
    }
    throw std::runtime_error("no instance " + key);
  }
  [[nodiscard]] bool metric(const std::string& line) const { return metrics.render().find(line) != std::string::npos; }

  boost::asio::io_context io;
  Metrics metrics{"test"};
  FakeCloud cloud{[this](const FakeCloud::Call& call) { return usual(call); }};
  milliseconds node_ahead{0};  ///< by how much the clock of the node is ahead of the cloud's
  alibaba::ClockSources node_clock{.wall = [this] { return now() + node_ahead; }};
  alibaba::OpenApi openapi{cloud, metrics, {.own_region_id = "cn-hangzhou", .clock = node_clock}};
  fakes::FakeSource source{{}};
  Result<std::map<std::string, Secret>> secret;
  RefresherOptions options;
  milliseconds life{60 * 60 * 1000};
  int passwords = 0;
  int sessions = 0;
  Names obtained, failed, expired;
  std::vector<Error> errors;
  std::unique_ptr<Refresher> refresher;
};

inline config::RegistryInstance enterprise(const std::string& id) {
  config::RegistryInstance item;
  item.instance_id = id;
  item.region_id = "cn-hangzhou";
  return item;
}
inline config::RegistryInstance personal() {
  return enterprise("");
}

}  // namespace acr::credentials
