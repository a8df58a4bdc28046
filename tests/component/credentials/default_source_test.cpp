// SPDX-License-Identifier: Apache-2.0
// --token-mode: which identity is used where.
#include "common/credentials/default_source.hpp"

#include <catch2/catch.hpp>

#include "tests/fakes/fake_cloud.hpp"
#include "tests/fakes/fixture.hpp"
#include "tests/fakes/mounted_volume.hpp"
#include "tests/fakes/run.hpp"

namespace acr::credentials {
namespace {

using fakes::FakeCloud;
using fakes::json_answer;
using Data = std::map<std::string, Secret>;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

struct DefaultSourceTest {
  std::unique_ptr<CredentialSource> make(TokenMode mode) {
    return build_default_source(mode, {.metadata = metadata,
                                       .addon_token_file = volume.path(),
                                       .read_secret = [this](std::string name, async::Deadline) { return read(name); },
                                       .time = {.now = [this] { return now; }}});
  }
  async::awaitable<Result<Data>> read(std::string name) {
    asked.push_back(std::move(name));
    co_return secret;
  }
  Result<alibaba::RamCredentials> fetch(CredentialSource& source) {
    return fakes::run(io, source.fetch(async::deadline_in(std::chrono::seconds(2))));
  }
  void mount_addon_token() {
    const auto fixture = fakes::read_json_fixture("alibaba/addon-tokens.json");
    volume.publish(to_json(fixture["good"][2]["file"]));
  }
  std::optional<Result<http::Response>> node(const FakeCloud::Call& call) const {
    if (unreachable) return fail(ErrorKind::Timeout, "no answer");
    if (call.request.method == "PUT") return json_answer("token");
    if (role.empty()) return json_answer("<html>404</html>", 404);
    if (call.request.target.ends_with('/')) return json_answer(role);
    return json_answer(
        R"({"Code":"Success","AccessKeyId":"STS.W","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2030-01-01T00:00:00Z"})");
  }

  boost::asio::io_context io;
  WallTime now = parse_rfc3339("2029-12-31T00:00:00Z").value();
  bool unreachable = false;
  std::string role = "KubeWorkerRole";
  Result<Data> secret = fail(ErrorKind::NotFound, "no such Secret");
  std::vector<std::string> asked;
  fakes::MountedVolume volume{"token-config"};
  FakeCloud cloud{[this](const FakeCloud::Call& call) { return node(call); }};
  alibaba::MetadataService metadata{cloud, alibaba::parse_metadata_endpoint(alibaba::kMetadataEndpoint).value()};
};

const Data kKey{{"access-key-id", Secret("LTAIregistered")}, {"access-key-secret", Secret("s")}};

TEST_CASE("the modes are spelled as the vendor spells them", "[default_source]") {
  CHECK(parse_token_mode("auto") == TokenMode::Auto);
  CHECK(parse_token_mode("managedRole") == TokenMode::ManagedRole);
  CHECK(parse_token_mode("workerRole") == TokenMode::WorkerRole);
  for (const auto* other : {"", "Auto", "managed-role", "telepathy"}) CHECK_FALSE(parse_token_mode(other));
}

TEST_CASE_METHOD(DefaultSourceTest, "auto takes the managed role where its token is mounted", "[default_source]") {
  mount_addon_token();
  const auto source = make(TokenMode::Auto);
  CHECK(fetch(*source).value().access_key_id == "STS.fakeid256");
  CHECK(source->name() == "managed role");
  CHECK(cloud.calls.empty());
}

TEST_CASE_METHOD(DefaultSourceTest, "auto takes the worker role elsewhere, until a token is mounted",
                 "[default_source]") {
  const auto source = make(TokenMode::Auto);
  CHECK(fetch(*source).value().access_key_id == "STS.W");
  CHECK(source->name() == "worker role KubeWorkerRole");
  CHECK(asked.empty());
  CHECK_FALSE(source->has_changed());
  mount_addon_token();
  CHECK(source->has_changed());
  CHECK(fetch(*source).value().access_key_id == "STS.fakeid256");
}

TEST_CASE_METHOD(DefaultSourceTest, "a broken token is reported, not passed over", "[default_source]") {
  volume.publish("{}");
  const auto source = make(TokenMode::Auto);
  const auto result = fetch(*source);
  REQUIRE_FALSE(result);
  CHECK(contains(result.error().message, "keyring"));
  CHECK(cloud.calls.empty());
}

TEST_CASE_METHOD(DefaultSourceTest, "an expired token is reported, not passed over", "[default_source]") {
  mount_addon_token();
  now = parse_rfc3339("2030-02-01T00:00:00Z").value();
  const auto source = make(TokenMode::Auto);
  const auto result = fetch(*source);
  REQUIRE_FALSE(result);
  CHECK(contains(result.error().message, "it has expired at 2030-01-02T03:04:05Z"));
  CHECK(cloud.calls.empty());
}

TEST_CASE_METHOD(DefaultSourceTest, "auto takes the access key of a registered cluster, which has no metadata service",
                 "[default_source]") {
  unreachable = true;
  secret = kKey;
  const auto source = make(TokenMode::Auto);
  CHECK(fetch(*source).value().access_key_id == "LTAIregistered");
  CHECK(asked == std::vector<std::string>{"alibaba-addon-secret"});
  CHECK(source->is_long_term());
}

TEST_CASE_METHOD(DefaultSourceTest, "a node without a role and a Secret that may not be read: both are named",
                 "[default_source]") {
  role.clear();
  secret = fail(Error{.kind = ErrorKind::Denied, .message = "forbidden; add a rule", .code = "Forbidden"});
  const auto source = make(TokenMode::Auto);
  const auto result = fetch(*source);
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::NotFound);  // a role can be attached at run time
  for (const auto* part : {"token-config", "no RAM role", "alibaba-addon-secret", "add a rule"})
    CHECK(contains(result.error().message, part));
}

TEST_CASE_METHOD(DefaultSourceTest, "a named mode uses that source only", "[default_source]") {
  secret = kKey;
  const auto managed = make(TokenMode::ManagedRole);
  const auto missing = fetch(*managed);
  REQUIRE_FALSE(missing);
  CHECK(contains(missing.error().message, volume.path().string()));
  CHECK(cloud.calls.empty());

  mount_addon_token();
  role.clear();
  const auto worker = make(TokenMode::WorkerRole);
  CHECK(contains(fetch(*worker).error().message, "no RAM role"));
  CHECK(asked.empty());
}

}  // namespace
}  // namespace acr::credentials
