// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/chain.hpp"

#include <catch2/catch.hpp>

#include "tests/fakes/credential_source.hpp"
#include "tests/fakes/run.hpp"

namespace acr::credentials {
namespace {

using fakes::FakeSource;

struct ChainTest {
  FakeSource* add(FakeSource::Answer answer, const std::string& name) {
    auto source = std::make_unique<FakeSource>(std::move(answer), name);
    auto* pointer = source.get();
    sources.push_back(std::move(source));
    return pointer;
  }
  Result<alibaba::RamCredentials> fetch(Chain& chain) {
    boost::asio::io_context io;
    return fakes::run(io, chain.fetch(async::deadline_in(std::chrono::seconds(1))));
  }
  std::vector<std::unique_ptr<CredentialSource>> sources;
};

const auto absent = [] { return fail(ErrorKind::NotFound, "not here"); };
const auto good = [] { return fakes::temporary_credentials("STS.A", WallTime{}); };

TEST_CASE_METHOD(ChainTest, "a source that does not exist leaves the word to the next", "[chain]") {
  add(absent, "first");
  add(good, "second");
  auto* third = add(good, "third");
  Chain chain(std::move(sources));
  CHECK(chain.name() == "no source yet");
  CHECK(fetch(chain).value().access_key_id == "STS.A");
  CHECK(third->fetches == 0);
  CHECK(chain.name() == "worker role test");
}

TEST_CASE_METHOD(ChainTest, "a source that has answered and cannot be reached does not change the identity",
                 "[chain]") {
  auto* first = add(good, "first");
  auto* second = add(good, "second");
  Chain chain(std::move(sources));
  REQUIRE(fetch(chain));
  first->answer = [] { return fail(ErrorKind::Unavailable, "slow today"); };
  const auto result = fetch(chain);
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "slow today");
  CHECK(second->fetches == 0);
}

TEST_CASE_METHOD(ChainTest, "a source that never answered and cannot be reached may not exist here", "[chain]") {
  add([] { return fail(ErrorKind::Timeout, "no answer"); }, "metadata");
  auto* second = add(good, "second");
  Chain chain(std::move(sources));
  CHECK(fetch(chain).value().access_key_id == "STS.A");
  second->answer = absent;
  const auto result = fetch(chain);
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::Timeout);  // so that it is tried again soon
  CHECK(result.error().message.find("metadata: no answer; second: not here") != std::string::npos);
}

TEST_CASE_METHOD(ChainTest, "a source that refuses exists", "[chain]") {
  for (const auto kind : {ErrorKind::Denied, ErrorKind::Protocol, ErrorKind::Invalid}) {
    sources.clear();
    add([kind] { return fail(kind, "no"); }, "first");
    auto* second = add(good, "second");
    Chain chain(std::move(sources));
    CHECK(fetch(chain).error().kind == kind);
    CHECK(second->fetches == 0);
  }
}

TEST_CASE_METHOD(ChainTest, "a change counts up to the source that answered", "[chain]") {
  auto* first = add(absent, "first");
  add(good, "second");
  auto* third = add(good, "third");
  Chain chain(std::move(sources));
  REQUIRE(fetch(chain));
  third->changed = true;
  CHECK_FALSE(chain.has_changed());
  first->changed = true;
  CHECK(chain.has_changed());
}

TEST_CASE_METHOD(ChainTest, "without any source the error names what was tried", "[chain]") {
  Chain empty({});
  CHECK(fetch(empty).error().kind == ErrorKind::NotFound);
  add(absent, "first");
  add(absent, "second");
  Chain chain(std::move(sources));
  const auto result = fetch(chain);
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::NotFound);
  CHECK(result.error().message.find("first: not here; second: not here") != std::string::npos);
}

}  // namespace
}  // namespace acr::credentials
