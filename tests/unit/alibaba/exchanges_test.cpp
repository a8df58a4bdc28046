// SPDX-License-Identifier: Apache-2.0
// Every answer of the field cases in exchanges.json: what it is taken for, and what the admin reads.
#include <catch2/catch.hpp>

#include "common/alibaba/metadata.hpp"
#include "common/alibaba/registry.hpp"
#include "common/alibaba/sts.hpp"
#include "tests/fakes/fixture.hpp"

namespace acr::alibaba {
namespace {

const std::map<FailureClass, std::string> kClassNames{{FailureClass::Retry, "retry"},
                                                      {FailureClass::Resign, "resign"},
                                                      {FailureClass::NewCredential, "new-credential"},
                                                      {FailureClass::UserMustAct, "user-must-act"}};

template <class T>
std::optional<Error> error_of(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error());
}

/// What the parser of the answer's API makes of it.
std::optional<Error> read_answer(const JsonValue& answer) {
  http::Response response{
      .status = answer["status"].GetUint(), .headers = {}, .body = std::string(string_at(answer, "body"))};
  if (const auto* headers = find_member(answer, "headers")) {
    for (const auto& [name, value] : headers->GetObject()) response.headers.add(name.GetString(), value.GetString());
  }
  const auto api = std::string(string_at(answer, "api"));
  const CallContext context{.api = api, .instance_id = "cri-x", .region_id = "cn-hangzhou", .host = "h.test"};
  if (api == "ImdsToken") return error_of(parse_metadata_token_response(response));
  if (api == "ImdsRoleName") return error_of(parse_role_name_response(response));
  if (api == "ImdsCredentials") return error_of(parse_role_credentials_response(response, "KubeWorkerRole"));
  if (api == "ListInstanceEndpoint") return error_of(parse_list_instance_endpoint_response(response, context));
  if (api.starts_with("AssumeRole")) return error_of(parse_assume_role_response(response, {}, context));
  if (string_at(answer, "version") == "2016-06-07") return error_of(parse_personal_token_response(response, context));
  return error_of(parse_get_authorization_token_response(response, context));
}

TEST_CASE("the answers of all field cases are taken for what they are", "[exchanges]") {
  const auto fixture = fakes::read_json_fixture("alibaba/exchanges.json");
  REQUIRE(fixture["cases"].Size() == 22);
  for (const auto& entry : fixture["cases"].GetArray()) {
    std::string told;
    for (const auto& answer : entry["answers"].GetArray()) {
      INFO(string_at(entry, "id") << " " << string_at(entry, "title") << ": " << string_at(answer, "body"));
      const auto error = read_answer(answer);
      if (string_at(answer, "class") == "success") {
        CHECK_FALSE(error);
        continue;
      }
      REQUIRE(error);
      INFO(error->message);
      CHECK(to_string(error->kind) == string_at(answer, "kind"));
      if (find_member(answer, "class") != nullptr)
        CHECK(kClassNames.at(class_of(*error)) == string_at(answer, "class"));
      CHECK(error->message.find("XKID") == std::string::npos);
      CHECK(error->message.find('\n') == std::string::npos);
      told += error->message + "\n";
    }
    INFO(string_at(entry, "id") << " " << told);
    for (const auto& word : entry["words"].GetArray()) CHECK(told.find(word.GetString()) != std::string::npos);
  }
}

struct DocumentedCode {
  const char* code;
  std::vector<unsigned> statuses;
  FailureClass expected;
};

TEST_CASE("every documented code has its class, whatever status comes with it", "[exchanges]") {
  using enum FailureClass;
  const std::vector<DocumentedCode> codes{
      {"Throttling", {400, 429, 503}, Retry},
      {"Throttling.User", {400}, Retry},
      {"Throttling.Api", {400}, Retry},
      {"ServiceUnavailable", {500, 503}, Retry},
      {"InternalError", {500}, Retry},
      {"UnknownError", {500}, Retry},
      {"SignatureNonceUsed", {400}, Resign},
      {"InvalidTimeStamp.Expired", {400}, Resign},
      {"InvalidTimeStamp.Format", {400}, UserMustAct},
      {"IllegalTimestamp", {400}, UserMustAct},
      {"IncompleteSignature", {400}, UserMustAct},
      {"InvalidSignatureMethod", {400}, UserMustAct},
      {"InvalidApi.NotFound", {400, 404}, UserMustAct},
      {"InvalidAction.NotFound", {404}, UserMustAct},
      {"UnsupportedHTTPMethod", {400}, UserMustAct},
      {"SignatureDoesNotMatch", {400, 403}, NewCredential},
      {"InvalidSecurityToken.Expired", {400, 403}, NewCredential},
      {"InvalidSecurityToken.Malformed", {400, 403}, NewCredential},
      {"InvalidSecurityToken.MismatchWithAccessKey", {400, 403}, NewCredential},
      {"InvalidAccessKeyId", {400, 404}, NewCredential},
      {"InvalidAccessKeyId.NotFound", {400, 404}, NewCredential},
      {"InvalidAccessKeyId.Inactive", {400}, UserMustAct},
      {"Forbidden.AccessKeyDisabled", {400, 403}, UserMustAct},
      {"MissingSecurityToken", {400}, UserMustAct},
      {"NoPermission", {403}, UserMustAct},
      {"NoPermission.Implicit", {403}, UserMustAct},
      {"Forbidden", {403}, UserMustAct},
      {"Forbidden.RAM", {400, 403}, UserMustAct},
      {"StatusForbidden", {403}, UserMustAct},
      {"EntityNotExist.Role", {404}, UserMustAct},
      {"InvalidParameter.RoleArn", {400}, UserMustAct},
      {"InvalidParameter.RoleSessionName", {400}, UserMustAct},
      {"InvalidParameter.DurationSeconds", {400}, UserMustAct},
      {"InvalidParameter.PolicyGrammar", {400}, UserMustAct},
      {"MissingRoleArn", {400}, UserMustAct},
      {"AuthenticationFail.NoPermission", {401}, UserMustAct},
      {"AuthenticationFail.OIDCToken.Expired", {401}, NewCredential},
      {"AuthenticationFail.OIDCToken.AudienceNotMatch", {401}, UserMustAct},
      {"AuthenticationFail.OIDCToken.IssuerNotMatch", {401}, UserMustAct},
      {"AuthenticationFail.OIDCToken.HttpsUrlInvalid", {401}, UserMustAct},
      {"AuthenticationFail.OIDCToken.Invalid", {401}, NewCredential},
      {"AuthenticationFail.OIDCToken.InvalidSignature", {401}, NewCredential},
      {"INSTANCE_NOT_EXIST", {200, 400, 404}, UserMustAct},
      {"USER_NOT_EXIST", {404, 500}, UserMustAct},
      {"SYSTEM_ERROR", {200}, Retry},
      {"", {500, 502, 503, 504, 408, 429}, Retry},
  };
  for (const auto& [code, statuses, expected] : codes) {
    for (const auto status : statuses) {
      INFO(code << " with " << status);
      CHECK(classify_failure(code, status) == expected);
    }
  }
}

TEST_CASE("the answers of the metadata service that SDKs know", "[exchanges]") {
  const auto ok = [](std::string body) {
    return http::Response{.status = 200, .headers = {}, .body = std::move(body)};
  };
  CHECK(parse_metadata_token_response(ok("dGVzdC1pbWRzLXRva2Vu")).value()->reveal() == "dGVzdC1pbWRzLXRva2Vu");
  const std::string role = "KubernetesWorkerRole-00000000-0000-0000-0000-000000000000";
  CHECK(parse_role_name_response(ok(role)).value() == role);
  CHECK(parse_region_response(ok("cn-hangzhou")).value() == "cn-hangzhou");
  const auto credentials = parse_role_credentials_response(
      ok(R"({"AccessKeyId":"STS.NTestAccessKeyId0000000000","AccessKeySecret":"TestAccessKeySecret00000000000000000000000",)"
         R"("Expiration":"2026-01-02T09:04:05Z","SecurityToken":"CAISTestSecurityToken0000",)"
         R"("LastUpdated":"2026-01-02T03:04:05Z","Code":"Success"})"),
      role);
  REQUIRE(credentials);
  CHECK(credentials->access_key_id == "STS.NTestAccessKeyId0000000000");
  CHECK(credentials->access_key_secret.reveal() == "TestAccessKeySecret00000000000000000000000");
  CHECK(credentials->security_token.reveal() == "CAISTestSecurityToken0000");
  CHECK(format_rfc3339(credentials->expires.value()) == "2026-01-02T09:04:05Z");
}

}  // namespace
}  // namespace acr::alibaba
