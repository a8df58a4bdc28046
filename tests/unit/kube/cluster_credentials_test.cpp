// SPDX-License-Identifier: Apache-2.0
// A token through its life, with files that change under us.
#include "common/kube/cluster_credentials.hpp"

#include <catch2/catch.hpp>

namespace acr::kube {
namespace {

using namespace std::chrono_literals;

const async::Deadline kStart{1h};

struct File {
  Result<Secret> content = Secret("first\n");
  int reads = 0;

  FileReader reader() {
    return [this](const std::string&) {
      ++reads;
      return content;
    };
  }
};

BearerToken from_file(File& file) {
  return {TextSource{.file = "/token"}, file.reader()};
}

}  // namespace

TEST_CASE("LW-26: a token is trimmed and read at most once a minute") {
  File file;
  auto token = from_file(file);
  CHECK(token.get(kStart)->reveal() == "first");

  file.content = Secret("second");
  CHECK(token.get(kStart + 59s)->reveal() == "first");
  CHECK(file.reads == 1);
  CHECK(token.get(kStart + 60s)->reveal() == "second");
}

TEST_CASE("LW-26: after a refusal the token is read anew at once") {
  File file;
  auto token = from_file(file);
  (void)token.get(kStart);
  file.content = Secret("second");

  CHECK(token.expire());
  CHECK(token.get(kStart + 1s)->reveal() == "second");
}

TEST_CASE("LW-26: an unreadable or empty file leaves the last good token in service") {
  File file;
  auto token = from_file(file);
  (void)token.get(kStart);

  file.content = fail(ErrorKind::Invalid, "gone");
  CHECK(token.get(kStart + 2min)->reveal() == "first");
  file.content = Secret(" \n");
  CHECK(token.get(kStart + 4min)->reveal() == "first");
  file.content = Secret("third");
  CHECK(token.get(kStart + 6min)->reveal() == "third");
}

TEST_CASE("LW-26: without ever a good token there is an error that names the file") {
  File file;
  file.content = Secret("");
  auto token = from_file(file);
  const auto got = token.get(kStart);
  REQUIRE_FALSE(got);
  CHECK(got.error().message.find("/token") != std::string::npos);

  file.content = Secret("late");
  CHECK(token.get(kStart + 1s)->reveal() == "late");
}

TEST_CASE("an inline token cannot change, and none at all is no error") {
  File file;
  BearerToken inline_token({.text = Secret("abc"), .file = "/token"}, file.reader());
  CHECK(inline_token.get(kStart)->reveal() == "abc");
  CHECK_FALSE(inline_token.expire());

  BearerToken none({}, file.reader());
  CHECK(none.get(kStart)->empty());
  CHECK_FALSE(none.expire());
  CHECK(file.reads == 0);
}

TEST_CASE("LW-25: a CA that cannot be read is an error, never the system's roots") {
  File file;
  file.content = fail(ErrorKind::Invalid, "cannot read /ca.crt: No such file or directory");
  ClusterTrust trust({.origin = {"https", "k", 443}, .ca = {.file = "/ca.crt"}}, file.reader());
  const auto loaded = trust.load(kStart);
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().message.find("/ca.crt") != std::string::npos);
  CHECK(trust.context() == nullptr);
}

TEST_CASE("a file that is not there is named with the reason") {
  const auto text = read_file("/nonexistent/file");
  REQUIRE_FALSE(text);
  CHECK(text.error().message == "cannot read /nonexistent/file: No such file or directory");
  CHECK_FALSE(read_file("/dev/zero"));
}

}  // namespace acr::kube
