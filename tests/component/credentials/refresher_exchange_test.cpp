// SPDX-License-Identifier: Apache-2.0
// The field cases of exchanges.json played to a Refresher: when it tries again, and that others go on.
#include "tests/component/credentials/refresher_test.hpp"
#include "tests/fakes/fixture.hpp"

namespace acr::credentials {
namespace {

struct ExchangeTest : RefresherTest {
  /// The first answer of a case.
  http::Response answer_of(std::string_view id) {
    const auto fixture = fakes::read_json_fixture("alibaba/exchanges.json");
    for (const auto& entry : fixture["cases"].GetArray()) {
      if (string_at(entry, "id") != id) continue;
      const auto& answer = entry["answers"][0];
      http::Response response{
          .status = answer["status"].GetUint(), .headers = {}, .body = std::string(string_at(answer, "body"))};
      if (const auto* headers = find_member(answer, "headers")) {
        for (const auto& [name, value] : headers->GetObject())
          response.headers.add(name.GetString(), value.GetString());
      }
      return response;
    }
    throw std::runtime_error("no such case");
  }
  /// Runs two instances, the first of which meets the answer whenever it asks for a token.
  void play(std::string_view id, config::RegistryInstance item) {
    item.domains = {"a.example.test"};
    cloud.answer = [answer = answer_of(id), instance = item.instance_id,
                    this](const FakeCloud::Call& call) -> Answered {
      if (call.action() == "GetAuthorizationToken" && call.instance() == instance) return answer;
      return usual(call);
    };
    make().apply({item, enterprise("cri-good")}, minutes(15));
    refresher->start();
    REQUIRE(until([&] { return !failed.empty() && refresher->logins().size() == 1; }));
    CHECK(refresher->logins()[0].instance_id == "cri-good");
  }
  [[nodiscard]] bool probes_slowly(const std::string& key) const {
    return status_of(key).next_try.value() > now() + minutes(9);
  }
};

config::RegistryInstance with_key(const std::string& id) {
  auto item = enterprise(id);
  item.custom_access_key = config::AccessKey{"LTAIpartner", Secret("s")};
  return item;
}

TEST_CASE_METHOD(ExchangeTest, "D-03 a key id that is not found is the key's fault, and is not hammered",
                 "[refresher]") {
  play("D-03", with_key("cri-a"));
  CHECK(errors[0].message.find("access key does not exist") != std::string::npos);
  CHECK(probes_slowly("cri-a@cn-hangzhou"));
}

TEST_CASE_METHOD(ExchangeTest, "D-14 Personal Edition that nobody asked for fails slowly and alone", "[refresher]") {
  auto item = personal();
  item.implicit = true;
  play("D-14", item);
  CHECK(errors[0].code == "USER_NOT_EXIST");
  CHECK(status_of("personal@cn-hangzhou").implicit);
  CHECK(probes_slowly("personal@cn-hangzhou"));
}

TEST_CASE_METHOD(ExchangeTest, "D-15 a wrong instance id is never written as an empty login", "[refresher]") {
  play("D-15", enterprise("cri-typo"));
  CHECK(errors[0].code == "INSTANCE_NOT_EXIST");
  CHECK(probes_slowly("cri-typo@cn-hangzhou"));
}

TEST_CASE_METHOD(ExchangeTest, "D-20 a page of a proxy is tried again soon", "[refresher]") {
  play("D-20", enterprise("cri-a"));
  CHECK_FALSE(probes_slowly("cri-a@cn-hangzhou"));
  CHECK(until([&] { return failed.size() >= 3; }));
}

TEST_CASE_METHOD(ExchangeTest, "D-22 a redirect is tried again soon, at the same host", "[refresher]") {
  play("D-22", enterprise("cri-a"));
  CHECK(until([&] { return failed.size() >= 3; }));
  for (const auto& call : cloud.calls) CHECK(call.origin.host.ends_with(".aliyuncs.com"));
}

TEST_CASE_METHOD(ExchangeTest,
                 "D-04 the age of a login is judged by the cloud's time once the clock is known to be wrong",
                 "[refresher]") {
  // The clock of the node is 40 min ahead, and a login of 30 min would seem to have ended before it began.
  const auto cloud_time = parse_rfc3339("2026-11-25T08:40:00Z").value();
  const http::Headers date{{"Date", "Wed, 25 Nov 2026 08:40:00 GMT"}};
  alibaba::OpenApi ahead(cloud, metrics,
                         {.own_region_id = "cn-hangzhou", .clock = {.wall = [&] { return cloud_time + minutes(40); }}});
  source.answer = [&] { return fakes::temporary_credentials("STS.worker", cloud_time + std::chrono::hours(6)); };
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    const auto signed_at = parse_rfc3339(call.request.headers.get("x-acs-date")).value();
    if (std::chrono::abs(signed_at - cloud_time) > minutes(15))
      return error_answer(400, "InvalidTimeStamp.Expired", date);
    const auto expires =
        std::chrono::duration_cast<milliseconds>((cloud_time + minutes(30)).time_since_epoch()).count();
    return json_answer(R"({"IsSuccess":true,"TempUsername":"u","AuthorizationToken":"p:x","ExpireTime":)" +
                           std::to_string(expires) + "}",
                       200, date);
  };
  auto item = enterprise("cri-a");
  item.domains = {"a.example.test"};
  refresher = std::make_unique<Refresher>(
      io.get_executor(), ahead, source, SecretReader{}, metrics,
      RefresherCallbacks{.on_login = [this](const RegistryLogin& login) { obtained.push_back(login.instance_key); },
                         .on_failure = {},
                         .on_expired = [this](const RegistryLogin& login) { expired.push_back(login.instance_key); }},
      options);
  refresher->apply({item}, minutes(15));
  refresher->start();
  REQUIRE(until([&] { return obtained.size() == 1; }));
  settle(milliseconds(50));
  CHECK(refresher->logins().size() == 1);
  CHECK(expired.empty());
  CHECK(cloud.count("GetAuthorizationToken") == 2);
  fakes::run(io, refresher->stop());
  refresher.reset();
}

}  // namespace
}  // namespace acr::credentials
