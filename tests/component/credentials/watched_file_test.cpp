// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/watched_file.hpp"

#include <sys/stat.h>
#include <catch2/catch.hpp>

#include "tests/fakes/mounted_volume.hpp"

namespace acr::credentials {
namespace {

TEST_CASE("a mounted file is seen to change when its folder is swapped", "[watched_file]") {
  fakes::MountedVolume volume("token");
  WatchedFile file(volume.path(), 100);
  CHECK_FALSE(file.has_changed());
  CHECK(file.read().error().kind == ErrorKind::NotFound);
  CHECK_FALSE(file.has_changed());

  volume.publish("one");
  CHECK(file.has_changed());
  CHECK(file.read().value().reveal() == "one");
  CHECK_FALSE(file.has_changed());

  volume.publish("two");  // of the same length, perhaps within the same tick of the clock
  CHECK(file.has_changed());
  CHECK(file.read().value().reveal() == "two");

  volume.withdraw();
  CHECK(file.has_changed());
  CHECK(file.read().error().kind == ErrorKind::NotFound);
  CHECK_FALSE(file.has_changed());
}

TEST_CASE("a file written in place is seen to change", "[watched_file]") {
  fakes::MountedVolume volume("token");
  volume.publish("short");
  WatchedFile file(volume.path(), 100);
  REQUIRE(file.read());
  std::ofstream(volume.path()) << "longer than before";
  CHECK(file.has_changed());
  CHECK(file.read().value().reveal() == "longer than before");
}

TEST_CASE("what is no small file is refused by name", "[watched_file]") {
  fakes::MountedVolume volume("token");
  volume.publish(std::string(101, 'x'));
  const auto path = volume.path().string();
  const auto large = WatchedFile(path, 100).read();
  REQUIRE_FALSE(large);
  CHECK(large.error().kind == ErrorKind::Invalid);
  CHECK(large.error().message == "cannot read " + path + ": it is larger than 100 bytes");
  CHECK(WatchedFile(path, 101).read().value().size() == 101);

  const auto folder = WatchedFile(volume.path().parent_path(), 100).read();
  REQUIRE_FALSE(folder);
  CHECK(folder.error().message.find("not a regular file") != std::string::npos);

  const auto pipe = volume.path().parent_path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(WatchedFile(pipe, 100).read().error().message.find("not a regular file") != std::string::npos);

  CHECK(WatchedFile(path + "/below", 100).read().error().kind == ErrorKind::NotFound);
}

}  // namespace
}  // namespace acr::credentials
