// SPDX-License-Identifier: Apache-2.0
#include "common/base/credential_form.hpp"

#include <catch2/catch.hpp>

namespace acr {
namespace {

// Invented, in the form of real ones.
constexpr const char* kSecret = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2";
constexpr const char* kToken = "CAISgAJ1q6Ft5B2yfSjIr5bkcsnvlZV0+bu5iQ7gYwmBbb4aWP2e2uvk1/=";

TEST_CASE("credentials are known by their form, wherever they stand", "[credential_form]") {
  for (const std::string text : {"LTAI5tAbCdEfGh12", "STS.NTabcdefgh123", kSecret, kToken}) {
    INFO(text);
    CHECK(credential_length(text, 0) == text.size());
    CHECK(holds_credential(text));
    CHECK(hide_credentials("--region: \"" + text + "\" is none") == "--region: \"***\" is none");
    CHECK(hide_credentials("a=" + text + ", b") == "a=***, b");
  }
}

TEST_CASE("an id in lower case is hidden, but it may be a name", "[credential_form]") {
  CHECK(hide_credentials("ltai5tabcdefgh12 x") == "*** x");
  CHECK_FALSE(holds_credential("ltai5tabcdefgh12"));
}

TEST_CASE("names that look a little like credentials stay readable", "[credential_form]") {
  for (const std::string text :
       {"LTAI", "ltail-1", "STS.x", "cri-0123456789abcdef", "rrsaOIDCProviderRoleARN", "acs:ram::1:role/Reader",
        "KubernetesWorkerRole-3a1b2c3d4e5f60718293", "acs:ram::1:role/aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2",
        "0123456789abcdef0123456789abcdef", "0F3B9A6C-6A0D-4D3E-8A21-3C3F0E4B7D11", "team-a.example.com"}) {
    INFO(text);
    CHECK(hide_credentials(text) == text);
    CHECK_FALSE(holds_credential(text));
  }
}

}  // namespace
}  // namespace acr
