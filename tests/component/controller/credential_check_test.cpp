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
  }

  CredentialReport check(std::vector<config::RegistryInstance> items, bool rrsa_enabled = false) {
    make();
    config::Settings settings;
    settings.instances = std::move(items);
    settings.rrsa_enabled = rrsa_enabled;
    return {.configuration = "test",
            .configuration_errors = {},
            .region_id = "cn-hangzhou",
            .instances = fakes::run(io, check_instances(*refresher, settings))};
  }
};

TEST_CASE_METHOD(CredentialCheckTest, "good, denied, wrong and hanging instances are all told, each once",
                 "[credential_check]") {
  cloud.answer = [&](const FakeCloud::Call& call) -> Answered {
    if (call.instance() == "cri-denied") return error_answer(403, "NoPermission");
    if (call.instance() == "cri-wrong") return error_answer(404, "INSTANCE_NOT_EXIST");
    if (call.instance() == "cri-hangs") return std::nullopt;
    return usual(call);
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
  for (const auto* secret : {"pw1:x", "secret-of-STS", "token-of-STS"}) CHECK(text.find(secret) == std::string::npos);
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
