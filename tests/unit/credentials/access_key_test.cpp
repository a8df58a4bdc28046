// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/access_key_source.hpp"

#include <catch2/catch.hpp>

#include "common/credentials/registry_login.hpp"
#include "tests/fakes/run.hpp"

namespace acr::credentials {
namespace {

using Data = std::map<std::string, Secret>;

struct FakeSecret {
  Result<Data> data;
  std::vector<std::string> asked = {};

  async::awaitable<Result<Data>> read(std::string name) {
    asked.push_back(std::move(name));
    co_return data;
  }
  SecretReader reader() {
    return [this](std::string name, async::Deadline) { return read(std::move(name)); };
  }
};

Result<alibaba::RamCredentials> fetch_from(CredentialSource& source) {
  boost::asio::io_context io;
  return fakes::run(io, source.fetch(async::deadline_in(std::chrono::seconds(1))));
}

TEST_CASE("a pasted key pair is trimmed and checked", "[access_key]") {
  const auto key = build_access_key(" LTAI5tExample\n", "\tsecret ");
  REQUIRE(key);
  CHECK(key->access_key_id == "LTAI5tExample");
  CHECK(key->access_key_secret.reveal() == "secret");
  CHECK(key->security_token.empty());
  CHECK_FALSE(key->expires);
  CHECK(key->source == "access key LTAI***");
  CHECK_FALSE(build_access_key("", "s"));
  CHECK_FALSE(build_access_key("id", " \n"));
  CHECK(build_access_key("STS.NTest", "s").error().message.find("STS.") != std::string::npos);
}

TEST_CASE("the access key of an item needs no call", "[access_key]") {
  AccessKeySource source("LTAI5tExample", Secret("hidden"));
  CHECK(source.name() == "access key LTAI***");
  CHECK(fetch_from(source).value().access_key_secret.reveal() == "hidden");
}

TEST_CASE("the access key of a Secret is read anew at every fetch", "[access_key]") {
  FakeSecret secret{.data = Data{{"access-key-id", Secret("LTAI1")}, {"access-key-secret", Secret("one\n")}}};
  AccessKeySecretSource source("team-a", "customAccessKeySecretRef", secret.reader());
  CHECK(fetch_from(source).value().access_key_secret.reveal() == "one");
  secret.data = Data{{"access-key-id", Secret("LTAI1")}, {"access-key-secret", Secret("two")}};
  CHECK(fetch_from(source).value().access_key_secret.reveal() == "two");
  CHECK(secret.asked == std::vector<std::string>{"team-a", "team-a"});
}

TEST_CASE("what is wrong with a Secret is said without its content", "[access_key]") {
  FakeSecret secret{.data = Data{{"access-key-id", Secret("LTAI1")}, {"secret", Secret("hidden")}}};
  AccessKeySecretSource source("team-a", "customAccessKeySecretRef", secret.reader());
  const auto incomplete = fetch_from(source);
  REQUIRE_FALSE(incomplete);
  CHECK(incomplete.error().kind == ErrorKind::Invalid);
  CHECK(incomplete.error().message.find("team-a") != std::string::npos);
  CHECK(incomplete.error().message.find("access-key-secret") != std::string::npos);
  CHECK(incomplete.error().message.find("hidden") == std::string::npos);

  secret.data = fail(Error{.kind = ErrorKind::NotFound, .message = "no such Secret", .code = "NotFound"});
  const auto absent = fetch_from(source);
  CHECK(absent.error().kind == ErrorKind::NotFound);
  CHECK(absent.error().code.empty());
}

TEST_CASE("an instance has one name in logs, metrics and the state Secret", "[registry_login]") {
  CHECK(build_instance_key("cri-x", "cn-hangzhou") == "cri-x@cn-hangzhou");
  CHECK(build_instance_key("", "cn-beijing") == "personal@cn-beijing");
  CHECK(build_instance_key("cri-x", "cn-hangzhou", "0a1b2c3d") == "cri-x@cn-hangzhou#0a1b2c3d");
}

}  // namespace
}  // namespace acr::credentials
