// SPDX-License-Identifier: Apache-2.0
#include "tests/component/controller/simulated_cloud.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "tests/fakes/credential_source.hpp"

namespace acr::controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr hours kTokenLife{1};
constexpr hours kRamLife{6};
constexpr hours kSessionLife{1};

std::optional<Result<http::Response>> fail_as(Fault fault) {
  switch (fault) {
    case Fault::Hang:
    case Fault::None:
      return std::nullopt;
    case Fault::Cut:
      return Result<http::Response>(fail(ErrorKind::Unavailable, "the connection was cut"));
    case Fault::ServerError:
      return fakes::error_answer(500, "InternalError");
    case Fault::Throttled:
      return fakes::error_answer(400, "Throttling.User", {{"x-acs-retry-after", "2000"}});
    case Fault::Html:
      return http::Response{.status = 502, .headers = {}, .body = "<html><body>Bad Gateway</body></html>"};
    case Fault::NotSuccess:
      return fakes::json_answer(R"({"IsSuccess":false,"Code":"SYSTEM_ERROR","RequestId":"R"})");
    case Fault::NoPermission:
      return fakes::error_answer(403, "NoPermission");
    case Fault::InvalidToken:
      return fakes::error_answer(403, "InvalidSecurityToken.Expired");
  }
  return std::nullopt;
}

}  // namespace

Weather::Weather(std::mt19937_64& random, hours day, std::vector<Fault> kinds) {
  const auto draw = [&random](auto least, auto most) {
    const auto low = nanoseconds(least).count();
    const auto high = nanoseconds(most).count();
    return nanoseconds(std::uniform_int_distribution<long>(low, high)(random));
  };
  auto at = draw(minutes{2}, hours{4});
  while (at < day) {
    const bool is_long = random() % 10 == 0;
    const auto end = at + (is_long ? draw(minutes{40}, hours{3}) : draw(seconds{5}, minutes{40}));
    storms_.push_back({.begin = at, .end = end, .kind = kinds[random() % kinds.size()]});
    at = end + draw(seconds{30}, hours{5});
  }
}

Fault Weather::at(nanoseconds moment) const {
  const auto storm = std::ranges::find_if(
      storms_, [moment](const Storm& candidate) { return candidate.begin <= moment && moment < candidate.end; });
  return storm == storms_.end() ? Fault::None : storm->kind;
}

nanoseconds Weather::good_for(nanoseconds moment) const {
  nanoseconds since{0};
  for (const auto& storm : storms_) {
    if (storm.begin > moment) break;
    since = storm.end;
  }
  return std::max(moment - since, nanoseconds{0});
}

std::vector<nanoseconds> Weather::turns() const {
  std::vector<nanoseconds> all;
  for (const auto& storm : storms_) all.insert(all.end(), {storm.begin, storm.end});
  return all;
}

SimulatedCloud::SimulatedCloud(unsigned long seed, int instances, hours day, const SimulatedClock& clock)
    : random_(seed),
      clock_(clock),
      metadata_weather_(random_, day, {Fault::Cut}),
      sts_weather_(random_, day, {Fault::Cut, Fault::ServerError, Fault::Throttled, Fault::NoPermission}) {
  const std::vector<Fault> kinds{Fault::Hang, Fault::Cut,        Fault::ServerError,  Fault::Throttled,
                                 Fault::Html, Fault::NotSuccess, Fault::NoPermission, Fault::InvalidToken};
  for (int i = 0; i < instances; ++i) weathers_.emplace(fmt::format("cri-{}", i), Weather(random_, day, kinds));
}

std::vector<std::string> SimulatedCloud::instances() const {
  std::vector<std::string> ids;
  for (const auto& [id, weather] : weathers_) ids.push_back(id);
  return ids;
}

std::vector<WallTime> SimulatedCloud::turns() const {
  std::vector<WallTime> all;
  const auto add = [&all](const Weather& weather) {
    for (const auto moment : weather.turns())
      all.push_back(SimulatedClock::kStart + std::chrono::duration_cast<WallTime::duration>(moment));
  };
  add(metadata_weather_);
  add(sts_weather_);
  for (const auto& [id, weather] : weathers_) add(weather);
  return all;
}

std::optional<Result<http::Response>> SimulatedCloud::answer(const fakes::FakeCloud::Call& call) {
  auto answer = answer_without_date(call);
  if (answer && *answer)
    (*answer)->headers.add("Date",
                           fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", std::chrono::floor<seconds>(clock_.now())));
  return answer;
}

std::optional<Result<http::Response>> SimulatedCloud::answer_without_date(const fakes::FakeCloud::Call& call) {
  const auto signed_at = parse_rfc3339(call.request.headers.get("x-acs-date"));
  if (signed_at && std::chrono::abs(*signed_at - clock_.now()) > minutes{15})
    return fakes::error_answer(400, "InvalidTimeStamp.Expired");
  if (call.action() == "AssumeRole") {
    sessions_.calls.push_back(clock_.now());
    const auto fault = sts_weather_.at(clock_.elapsed());
    if (fault == Fault::NoPermission) denied_sessions_.push_back(clock_.now());
    return fault == Fault::None ? assume_role() : fail_as(fault);
  }
  const auto caller_id = std::string(call.request.headers.get("x-acs-accesskey-id"));
  const bool is_role = caller_id.starts_with("STS.role");
  const auto caller = call.instance() + (is_role ? "/role" : "");
  const auto fault = weathers_.at(call.instance()).at(clock_.elapsed());
  auto& record = call.action() == "GetAuthorizationToken" ? logins_[caller] : lists_[caller];
  record.calls.push_back(clock_.now());
  if (is_role && fault == Fault::InvalidToken) refused_sessions_.push_back(clock_.now());
  if (fault != Fault::None) return fail_as(fault);
  if (call.action() == "GetAuthorizationToken") return grant(record, caller_id);
  record.successes.push_back({.issued = clock_.now(), .expires = {}});
  return fakes::json_answer(
      R"({"IsSuccess":true,"Code":"success","RequestId":"R","Endpoints":[{"Enable":true,"Domains":[{"Domain":")" +
      call.instance() + R"(.listed.example.com","Type":"SYSTEM"}]}]})");
}

http::Response SimulatedCloud::grant(Record& record, const std::string& caller_id) {
  const auto expires = std::min(clock_.now() + kTokenLife, ram_expiries_.at(caller_id));
  const auto password = fmt::format("password-{}", expiries_.size());
  // The cloud tells whole milliseconds.
  const auto told = std::chrono::floor<std::chrono::milliseconds>(expires);
  expiries_[password] = told;
  record.successes.push_back({.issued = clock_.now(), .expires = told});
  return fakes::json_answer(fmt::format(
      R"({{"IsSuccess":true,"Code":"success","RequestId":"R","TempUsername":"cr_temp_user","AuthorizationToken":"{}","ExpireTime":{}}})",
      password, told.time_since_epoch() / std::chrono::milliseconds{1}));
}

http::Response SimulatedCloud::assume_role() {
  const auto id = fmt::format("STS.role{}", ram_expiries_.size());
  const auto expires = std::chrono::floor<seconds>(clock_.now() + kSessionLife);
  ram_expiries_[id] = expires;
  sessions_.successes.push_back({.issued = clock_.now(), .expires = expires});
  return fakes::json_answer(fmt::format(
      R"({{"RequestId":"R","Credentials":{{"AccessKeyId":"{}","AccessKeySecret":"s","SecurityToken":"t","Expiration":"{}"}}}})",
      id, format_rfc3339(expires)));
}

Result<alibaba::RamCredentials> SimulatedCloud::fetch_ram_credentials() {
  if (metadata_weather_.at(clock_.elapsed()) != Fault::None)
    return fail(ErrorKind::Unavailable, "the metadata service does not answer");
  const auto id = fmt::format("STS.{}", ram_expiries_.size());
  const auto expires = clock_.now() + kRamLife;
  ram_expiries_[id] = expires;
  bases_.push_back(clock_.now());
  return fakes::temporary_credentials(id, expires);
}

nanoseconds SimulatedCloud::good_for(const std::string& caller) const {
  const auto now = clock_.elapsed();
  const auto good =
      std::min(weathers_.at(caller.substr(0, caller.find('/'))).good_for(now), metadata_weather_.good_for(now));
  return caller.ends_with("/role") ? std::min(good, sts_weather_.good_for(now)) : good;
}

}  // namespace acr::controller
