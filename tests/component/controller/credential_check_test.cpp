// SPDX-License-Identifier: Apache-2.0
// --check-credentials over a cloud that answers by function: every chain runs once, none waits for another.
#include "controller/credential_check/check.hpp"

#include "controller/credential_check/print.hpp"
#include "tests/component/credentials/refresher_test.hpp"

namespace acr::controller {
namespace {

using credentials::Answered;
using credentials::enterprise;
using fakes::error_answer;
using fakes::FakeCloud;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct CredentialCheckTest : credentials::RefresherTest {
  CredentialCheckTest() {
    options.once = true;
    options.attempt_limit = milliseconds(700);
    cloud.answer = [this](const FakeCloud::Call& call) { return answer(call); };
  }

  /// The usual answers, and registries that take every login which the cloud gave.
  Answered answer(const FakeCloud::Call& call) {
    const auto& host = call.origin.host;
    if (host.starts_with("dockerauth.")) return fakes::json_answer(R"({"token":"bearer-1"})");
    if (call.request.target != "/v2/") return usual(call);
    if (call.request.headers.get("authorization") == "Bearer bearer-1") return fakes::json_answer("{}");
    return ask_for_login(host.substr(0, host.find("-registry.")));
  }

  static http::Response ask_for_login(const std::string& instance_id,
                                      const std::string& realm = "https://dockerauth.cn-hangzhou.aliyuncs.com/auth") {
    return {.status = 401,
            .headers = {{"www-authenticate", "Bearer realm=\"" + realm +
                                                 "\",service=\"registry.aliyuncs.com:cn-hangzhou:china:" + instance_id +
                                                 "\""}},
            .body = {}};
  }

  [[nodiscard]] long asked(const std::string& host) const {
    return std::ranges::count_if(cloud.calls, [&](const auto& call) { return call.origin.host == host; });
  }

  CredentialReport check(std::vector<config::RegistryInstance> items, bool rrsa_enabled = false) {
    make();
    config::Settings settings;
    settings.instances = std::move(items);
    settings.rrsa_enabled = rrsa_enabled;
    return {.configuration = "test",
            .configuration_errors = {},
            .region_id = "cn-hangzhou",
            .instances = fakes::run(io, check_instances(*refresher, cloud, settings, milliseconds(500)))};
  }
};

TEST_CASE_METHOD(CredentialCheckTest, "good, denied, wrong and hanging instances are all told, each once",
                 "[credential_check]") {
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.instance() == "cri-denied") return error_answer(403, "NoPermission");
    if (call.instance() == "cri-wrong") return error_answer(404, "INSTANCE_NOT_EXIST");
    if (call.instance() == "cri-hangs") return std::nullopt;
    return answer(call);
  };
  const auto began = async::deadline_in({});
  const auto report =
      check({enterprise("cri-hangs"), enterprise("cri-good"), enterprise("cri-denied"), enterprise("cri-wrong")});
  CHECK(async::deadline_in({}) - began < seconds(3));
  REQUIRE(report.instances.size() == 4);
  CHECK(report.failures() == 3);
  const auto& good = report.instances[1];
  CHECK_FALSE(good.failure);
  CHECK(good.domains == std::vector<std::string>{"cri-good-registry.cn-hangzhou.cr.aliyuncs.com"});
  REQUIRE(good.hosts.size() == 1);
  CHECK(good.hosts[0].answer == HostAnswer::Taken);
  CHECK(report.instances[2].hosts.empty());
  CHECK(good.expires > now() + std::chrono::minutes(59));
  CHECK(good.access_key == "***");  // "STS.worker1" is too short to show a part of it
  CHECK(report.instances[0].failure->kind == ErrorKind::Timeout);
  CHECK(report.instances[2].failure->code == "NoPermission");
  CHECK(report.instances[2].failure->request_id == "R-NoPermission");
  CHECK(report.instances[3].failure->code == "INSTANCE_NOT_EXIST");
  CHECK(cloud.count("ListInstanceEndpoint", "cri-denied") == 1);
  CHECK(cloud.count("ListInstanceEndpoint", "cri-wrong") == 1);
  CHECK(cloud.count("GetAuthorizationToken", "cri-good") == 1);
  CHECK(cloud.count("GetAuthorizationToken", "cri-denied") == 1);
  CHECK(cloud.count("GetAuthorizationToken") == 2);
  CHECK(source.fetches == 1);
  const auto text = print_text(report) + print_json(report);
  for (const auto* secret : {"pw1:x", "secret-of-STS", "token-of-STS", "bearer-1"})
    CHECK(text.find(secret) == std::string::npos);
}

TEST_CASE_METHOD(CredentialCheckTest, "the chain of roles is shown from its first credential on",
                 "[credential_check]") {
  auto item = enterprise("cri-partner");
  item.assume_role_arn = "acs:ram::2234567890123456:role/pull";
  auto keyed = enterprise("cri-keyed");
  keyed.custom_access_key = {.id = "LTAI5texample0001", .secret = Secret("s")};
  auto off = enterprise("cri-rrsa");
  off.rrsa_role_arn = "acs:ram::1:role/pod";
  off.rrsa_oidc_provider_arn = "acs:ram::1:oidc-provider/p";
  const auto report = check({item, keyed, off});
  REQUIRE(report.instances.size() == 3);
  CHECK(report.instances[0].identity == "fake source");
  CHECK(report.instances[0].roles == std::vector<std::string>{item.assume_role_arn});
  CHECK_FALSE(report.instances[0].failure);
  CHECK(report.instances[1].identity == "access key LTAI***");
  CHECK(report.instances[1].access_key == "***0001");
  CHECK(report.instances[2].identity == "RRSA (off)");
  CHECK(report.instances[2].failure->advice.starts_with("add the key rrsa"));
}

TEST_CASE_METHOD(CredentialCheckTest,
                 "each host is asked by itself; a dead one delays no other and is no failure beside a good one",
                 "[credential_check]") {
  auto item = enterprise("cri-a");
  item.domains = {"dead.example.test", "down.example.test", "cri-a-registry.cn-hangzhou.cr.aliyuncs.com",
                  "*.example.test"};
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.origin.host == "dead.example.test") return std::nullopt;
    if (call.origin.host == "down.example.test") return fail(ErrorKind::Unavailable, "no way there");
    return answer(call);
  };
  const auto began = async::deadline_in({});
  const auto report = check({item});
  CHECK(async::deadline_in({}) - began < seconds(3));
  REQUIRE(report.is_good());
  const auto& hosts = report.instances[0].hosts;
  REQUIRE(hosts.size() == 3);
  CHECK(hosts[0].answer == HostAnswer::Unreachable);
  CHECK(hosts[1].answer == HostAnswer::Unreachable);
  CHECK(hosts[1].detail == "no way there");
  CHECK(hosts[2].answer == HostAnswer::Taken);
}

TEST_CASE_METHOD(CredentialCheckTest, "a login never goes to a stranger, nor to the registry of another instance",
                 "[credential_check]") {
  auto item = enterprise("cri-a");
  item.domains = {"cri-b-registry.cn-hangzhou.cr.aliyuncs.com", "stranger.example.test"};
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.origin.host != "stranger.example.test") return answer(call);
    return ask_for_login("cri-a", "https://dockerauth.aliyuncs.com.example.test/auth");
  };
  const auto report = check({item});
  const auto& hosts = report.instances[0].hosts;
  REQUIRE(hosts.size() == 2);
  CHECK(hosts[0].answer == HostAnswer::Foreign);
  CHECK(hosts[0].detail == "this host belongs to instance cri-b in cn-hangzhou");
  CHECK(hosts[1].answer == HostAnswer::Foreign);
  CHECK(report.failures() == 1);
  CHECK(asked("dockerauth.cn-hangzhou.aliyuncs.com") + asked("dockerauth.aliyuncs.com.example.test") == 0);
  for (const auto& call : cloud.calls) CHECK_FALSE(call.request.headers.get("authorization").starts_with("Basic "));
}

TEST_CASE_METHOD(CredentialCheckTest, "a refusal is one wherever it comes from; a broken token service is none",
                 "[credential_check]") {
  const auto result = [&](const Answered& token, const Answered& entry) {
    cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
      if (call.origin.host.starts_with("dockerauth.")) return token;
      if (call.request.headers.has("authorization") && call.request.target == "/v2/") return entry;
      return answer(call);
    };
    const auto report = check({enterprise("cri-a")});
    fakes::run(io, refresher->stop());
    CHECK(report.failures() == 1);
    return report.instances[0].hosts.at(0).answer;
  };
  const Answered token = fakes::json_answer(R"({"access_token":"t"})");
  const Answered refusal = fakes::json_answer(R"({"errors":[{"code":"UNAUTHORIZED"}]})", 401);
  CHECK(result(refusal, fakes::json_answer("{}")) == HostAnswer::Refused);
  CHECK(result(token, refusal) == HostAnswer::Refused);
  CHECK(result(fakes::json_answer("{}", 503), refusal) == HostAnswer::Unclear);
  CHECK(result(std::nullopt, refusal) == HostAnswer::Unclear);
  CHECK(result(token, fakes::json_answer("{}", 500)) == HostAnswer::Unclear);
}

TEST_CASE_METHOD(CredentialCheckTest, "many instances wait their turn and none is forgotten", "[credential_check]") {
  std::vector<config::RegistryInstance> items;
  for (int i = 0; i < 25; ++i) items.push_back(enterprise("cri-" + std::to_string(i)));
  CHECK(check(items).is_good());
}

TEST_CASE_METHOD(CredentialCheckTest, "an item without a region is told, the others are tried", "[credential_check]") {
  auto item = enterprise("cri-a");
  item.region_id.clear();
  const auto report = check({enterprise("cri-b"), item});
  REQUIRE(report.instances.size() == 2);
  CHECK(report.instances[0].failure->advice == "set regionId of the item, or --region");
  CHECK_FALSE(report.instances[1].failure);
  CHECK(check({}).is_good());
}

}  // namespace
}  // namespace acr::controller
