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

TEST_CASE_METHOD(ChainTest, "a source that exists and fails does not change the identity", "[chain]") {
  add([] { return fail(ErrorKind::Unavailable, "slow today"); }, "first");
  auto* second = add(good, "second");
  Chain chain(std::move(sources));
  const auto result = fetch(chain);
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "slow today");
  CHECK(second->fetches == 0);
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
