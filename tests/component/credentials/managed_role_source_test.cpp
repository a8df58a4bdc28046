// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/managed_role_source.hpp"

#include <catch2/catch.hpp>

#include "common/credentials/cache.hpp"
#include "tests/fakes/fixture.hpp"
#include "tests/fakes/mounted_volume.hpp"
#include "tests/fakes/run.hpp"

namespace acr::credentials {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

struct ManagedRoleTest {
  std::string token(const char* name) {
    for (const auto* group : {"good", "bad"}) {
      for (const auto& entry : fixture[group].GetArray()) {
        if (string_at(entry, "name") == name) return to_json(entry["file"]);
      }
    }
    throw std::runtime_error("no such token");
  }
  Result<alibaba::RamCredentials> fetch() {
    return fakes::run(io, source.fetch(async::deadline_in(std::chrono::seconds(1))));
  }
  Result<alibaba::RamCredentials> get() {
    return fakes::run(io, cache.get(std::chrono::minutes(20), async::deadline_in(std::chrono::seconds(1))));
  }

  boost::asio::io_context io;
  JsonDocument fixture = fakes::read_json_fixture("alibaba/addon-tokens.json");
  WallTime now = parse_rfc3339("2029-12-31T00:00:00Z").value();
  fakes::MountedVolume volume{"token-config"};
  bool time_known = true;
  ManagedRoleSource source{volume.path(), {.now = [this] { return now; }, .is_known = [this] { return time_known; }}};
  CredentialCache cache{io.get_executor(), source, {.now = [this] { return now; }}};
};

TEST_CASE_METHOD(ManagedRoleTest, "without the file the managed role does not exist here", "[managed_role]") {
  const auto none = fetch();
  REQUIRE_FALSE(none);
  CHECK(none.error().kind == ErrorKind::NotFound);
  CHECK(contains(none.error().message, volume.path().string()));
  CHECK(contains(none.error().message, "addon.aliyuncsmanagedacrrole.token"));
}

TEST_CASE_METHOD(ManagedRoleTest, "a token that is replaced is used at once, and one that is broken is not",
                 "[managed_role]") {
  volume.publish(token("synthetic-aes192"));
  CHECK(get().value().access_key_id == "STS.fakeid192");
  volume.publish(token("synthetic-aes256"));
  CHECK(get().value().access_key_id == "STS.fakeid256");
  volume.publish("{");
  CHECK(get().value().access_key_id == "STS.fakeid256");
  now = parse_rfc3339("2030-02-01T00:00:00Z").value();
  const auto over = get();
  REQUIRE_FALSE(over);
  CHECK(contains(over.error().message, "not JSON"));
}

TEST_CASE_METHOD(ManagedRoleTest, "a token that has expired is not used, and the message says since when",
                 "[managed_role]") {
  volume.publish(token("csi-published"));
  const auto expired = fetch();
  REQUIRE_FALSE(expired);
  CHECK(expired.error().kind == ErrorKind::Unauthenticated);
  CHECK(contains(expired.error().message, "2021-01-01T14:22:45Z"));
  CHECK(contains(expired.error().message, "AliyunCSManagedAcrRole"));
  // The clock of the node may be years ahead: then the cloud judges.
  time_known = false;
  CHECK(fetch());
}

TEST_CASE_METHOD(ManagedRoleTest, "a role that ACK could not assume is told with its code", "[managed_role]") {
  volume.publish(token("error-object"));
  const auto refused = fetch();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::Denied);
  CHECK(contains(refused.error().message, "Role"));
  CHECK(contains(refused.error().message, volume.path().string()));
}

TEST_CASE_METHOD(ManagedRoleTest, "a file that is too large is refused", "[managed_role]") {
  volume.publish(std::string(64 * 1024 + 1, ' '));
  CHECK(fetch().error().kind == ErrorKind::Invalid);
}

}  // namespace
}  // namespace acr::credentials
