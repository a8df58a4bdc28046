// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/errors.hpp"

#include <catch2/catch.hpp>

#include "tests/fakes/fixture.hpp"

namespace acr::alibaba {
namespace {

std::string class_name(FailureClass failure_class) {
  switch (failure_class) {
    case FailureClass::Retry:
      return "retry";
    case FailureClass::Resign:
      return "resign";
    case FailureClass::NewCredential:
      return "new-credential";
    case FailureClass::UserMustAct:
      return "user-must-act";
  }
  return "?";
}

http::Response read_response(const JsonValue& entry) {
  http::Response response{
      .status = entry["status"].GetUint(), .headers = {}, .body = std::string(string_at(entry, "body"))};
  if (const auto* headers = find_member(entry, "headers")) {
    for (const auto& [name, value] : headers->GetObject()) response.headers.add(name.GetString(), value.GetString());
  }
  return response;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_CASE("the error says what failed, where, the code, the request id and what to do", "[errors]") {
  const auto fixture = fakes::read_json_fixture("alibaba/failures.json");
  for (const auto& entry : fixture["failures"].GetArray()) {
    INFO(string_at(entry, "name"));
    const CallContext context{.api = std::string(string_at(entry, "api")),
                              .instance_id = "cri-test",
                              .region_id = "cn-hangzhou",
                              .host = "cr.cn-hangzhou.aliyuncs.com"};
    const auto error = find_failure(read_response(entry), context);
    REQUIRE(error);
    INFO(error->message);
    CHECK(to_string(error->kind) == string_at(entry, "kind"));
    CHECK(class_name(class_of(*error)) == string_at(entry, "class"));
    CHECK(contains(error->message, context.api));
    CHECK(contains(error->message, "cri-test"));
    CHECK(contains(error->message, "cn-hangzhou"));
    for (const auto& part : entry["contains"].GetArray()) CHECK(contains(error->message, part.GetString()));
    for (const auto& part : entry["lacks"].GetArray()) CHECK_FALSE(contains(error->message, part.GetString()));
    CHECK_FALSE(contains(error->message, "\n"));
  }
}

TEST_CASE("answers that SDKs know are understood the same way", "[errors]") {
  const auto fixture = fakes::read_json_fixture("alibaba/answers.json");
  for (const auto& entry : fixture["answers"].GetArray()) {
    INFO(string_at(entry, "name"));
    const auto expected = string_at(entry, "expect");
    const auto error = find_failure(read_response(entry), {.api = std::string(string_at(entry, "api"))});
    if (expected == "success" || expected == "incomplete") {
      CHECK_FALSE(error);
    } else {
      REQUIRE(error);
      INFO(error->message);
      CHECK(class_name(class_of(*error)) == expected);
      if (!error->code.empty()) CHECK(class_name(classify_failure(error->code, entry["status"].GetUint())) == expected);
    }
  }
}

TEST_CASE("the code decides before the status", "[errors]") {
  for (const unsigned status : {200u, 400u, 403u, 404u, 500u, 503u}) {
    CHECK(classify_failure("Throttling.Api", status) == FailureClass::Retry);
    CHECK(classify_failure("InvalidSecurityToken.Expired", status) == FailureClass::NewCredential);
    CHECK(classify_failure("USER_NOT_EXIST", status) == FailureClass::UserMustAct);
    CHECK(classify_failure("SignatureNonceUsed", status) == FailureClass::Resign);
  }
  CHECK(classify_failure("", 503) == FailureClass::Retry);
  CHECK(classify_failure("", 429) == FailureClass::Retry);
  CHECK(classify_failure("", 403) == FailureClass::UserMustAct);
  CHECK(classify_failure("Never.Seen", 400) == FailureClass::UserMustAct);
  CHECK(classify_failure("InvalidAccessKeyId.Inactive", 400) == FailureClass::UserMustAct);
}

TEST_CASE("the pause asked for is obeyed up to a minute", "[errors]") {
  using std::chrono::milliseconds;
  CHECK(parse_retry_after({{"X-Acs-Retry-After", "1500"}}) == milliseconds(1500));
  CHECK(parse_retry_after({{"x-acs-retry-after", "600000"}}) == milliseconds(60000));
  for (const auto* bad : {"", "0", "-5", "soon", "99999999999999999999"}) {
    CHECK_FALSE(parse_retry_after({{"x-acs-retry-after", bad}}));
  }
  CHECK_FALSE(parse_retry_after({}));
}

TEST_CASE("whoever is told to wait is throttled, whatever the code", "[errors]") {
  const http::Response response{
      .status = 400, .headers = {{"x-acs-retry-after", "1500"}}, .body = R"({"Code":"New.Code"})"};
  const auto error = find_failure(response, {.api = "AssumeRole"});
  REQUIRE(error);
  CHECK(error->kind == ErrorKind::Throttled);
  CHECK(class_of(*error) == FailureClass::Retry);
  CHECK(error->retry_after == std::chrono::milliseconds(1500));
}

TEST_CASE("ordinary words survive redaction, key material does not", "[errors]") {
  CHECK(redact("The specified Role not exists .") == "The specified Role not exists .");
  CHECK(redact("see https://api.aliyun.com/troubleshoot") == "see https://api.aliyun.com/troubleshoot");
  CHECK(redact("id E069EB86-E6AD-4A98-ADDE-0E993390239A") == "id E069EB86-E6AD-4A98-ADDE-0E993390239A");
  CHECK(redact("key=TestAccessKeySecret00000000000000000000000") == "***");
  CHECK(redact("hash 0123456789abcdef0123456789abcdef01234567") == "hash ***");
  CHECK(redact("LTAIx") == "***");
  CHECK(redact(std::string(1000, ' ') + "a\x01") == "a\\x01");
  CHECK(redact("aaaa bbbb cccc", 6) == "aaaa b...");
}

}  // namespace
}  // namespace acr::alibaba
