// SPDX-License-Identifier: Apache-2.0
// Trust that changes while the process runs, with real certificates.
#include <catch2/catch.hpp>
#include <map>

#include "common/kube/cluster_credentials.hpp"
#include "tests/fakes/certificates.hpp"

namespace acr::kube {
namespace {

using namespace std::chrono_literals;

const async::Deadline kStart{1h};

struct Files {
  std::map<std::string, std::string> content;

  FileReader reader() {
    return [this](const std::string& path) -> Result<Secret> {
      const auto found = content.find(path);
      if (found == content.end()) return fail(ErrorKind::Invalid, "cannot read " + path);
      return Secret(std::string(found->second));
    };
  }
};

ClusterAccess with_ca() {
  return {.origin = {"https", "kube.example", 443}, .ca = {.file = "/ca.crt"}};
}

}  // namespace

TEST_CASE("LW-27: a changed CA is taken over at the next look, five minutes later") {
  Files files{{{"/ca.crt", fakes::Authority("first").pem()}}};
  ClusterTrust trust(with_ca(), files.reader());
  REQUIRE(trust.load(kStart));
  const auto first = trust.context();
  REQUIRE(first);

  CHECK_FALSE(trust.refresh(kStart + 6min));
  files.content["/ca.crt"] = fakes::Authority("second").pem();
  CHECK_FALSE(trust.refresh(kStart + 10min));
  CHECK(trust.context() == first);

  CHECK(trust.refresh(kStart + 11min));
  CHECK(trust.context() != first);
}

TEST_CASE("LW-27: a CA that is gone, empty or broken leaves the old trust in service") {
  const fakes::Authority authority("first");
  Files files{{{"/ca.crt", authority.pem()}}};
  ClusterTrust trust(with_ca(), files.reader());
  REQUIRE(trust.load(kStart));
  const auto first = trust.context();

  auto now = kStart;
  for (const auto* broken : {"", "\n", "not PEM"}) {
    files.content["/ca.crt"] = broken;
    CHECK_FALSE(trust.refresh(now += 6min));
  }
  files.content.clear();
  CHECK_FALSE(trust.refresh(now += 6min));
  CHECK(trust.context() == first);

  files.content["/ca.crt"] = fakes::Authority("second").pem();
  CHECK(trust.refresh(now += 6min));
}

TEST_CASE("LW-28: certificate and key are taken over only as a pair that fits") {
  const fakes::Authority authority("first");
  const auto old_pair = authority.issue();
  const auto new_pair = authority.issue();
  Files files{{{"/ca.crt", authority.pem()},
               {"/tls.crt", old_pair.certificate_chain},
               {"/tls.key", std::string(old_pair.private_key.reveal())}}};
  auto access = with_ca();
  access.client_certificate.file = "/tls.crt";
  access.client_key.file = "/tls.key";
  ClusterTrust trust(access, files.reader());
  REQUIRE(trust.load(kStart));

  files.content["/tls.crt"] = new_pair.certificate_chain;
  CHECK_FALSE(trust.refresh(kStart + 6min));
  files.content["/tls.key"] = std::string(new_pair.private_key.reveal());
  CHECK(trust.refresh(kStart + 12min));
}

TEST_CASE("without TLS there is nothing to trust") {
  ClusterTrust trust({.origin = {"http", "127.0.0.1", 8001}}, Files{}.reader());
  CHECK(trust.load(kStart));
  CHECK_FALSE(trust.refresh(kStart + 1h));
  CHECK(trust.context() == nullptr);
}

}  // namespace acr::kube
