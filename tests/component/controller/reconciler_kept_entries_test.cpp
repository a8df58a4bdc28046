// SPDX-License-Identifier: Apache-2.0
// Without a state to tell of it, the login of an instance that cannot be renewed lives on in the Secrets that hold it,
// until it ends, and nowhere else.
#include <catch2/catch.hpp>

#include "common/pullsecret/secret_body.hpp"
#include "tests/component/controller/reconciler_world.hpp"
#include "tests/fakes/merge_patch.hpp"

namespace acr::controller {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

const std::string kLive = "acme-registry.cn-hangzhou.cr.aliyuncs.com";
const std::string kDead = "dead.example.com";
const std::string kLate = "late.example.com";

struct KeptEntries : ReconcilerWorld {
  KeptEntries() {
    add_namespace("web");
    add_namespace("shop");
  }
  static credentials::RegistryLogin earlier(Names hosts, std::chrono::minutes life) {
    return {.hosts = std::move(hosts),
            .username = "u",
            .password = Secret("earlier"),
            .expires = SimulatedClock::kStart + life,
            .instance_key = "dead"};
  }
  /// What an earlier leader has written, good for `life` from the beginning of the world.
  void add_earlier_secret(std::chrono::minutes life) { add_earlier_secret({earlier({kLive, kDead}, life)}); }
  void add_earlier_secret(const std::vector<credentials::RegistryLogin>& logins) {
    const auto wanted = pullsecret::build_wanted_secret(
        kPullSecret, pullsecret::build_docker_config(logins, SimulatedClock::kStart), SimulatedClock::kStart);
    server.put(kSecretPath, std::string(pullsecret::build_secret_body("web", wanted).reveal()));
  }
  /// A leader with a login for kLive finds entries of two dead instances, of which kLate ends last.
  void begin_with_two_dead(std::chrono::minutes first_ends, std::chrono::minutes last_ends) {
    add_earlier_secret({earlier({kLive, kDead}, first_ends), earlier({kLate}, last_ends)});
    lead("");
    set_awaited({.tried = true, .hosts = {kLate, kDead}});
    publish("first");
    pass(2s);
  }
  /// As another client would; `value` is JSON.
  void annotate_secret(const std::string& namespace_name, const std::string& annotation, const std::string& value) {
    auto object = parse_json(server.find(kSecretPath, namespace_name, kPullSecret)).value();
    const auto patch = fmt::format(R"({{"metadata":{{"annotations":{{"{}":{}}}}}}})", annotation, value);
    fakes::apply_merge_patch(object, parse_json(patch).value());
    server.put(kSecretPath, to_json(object));
  }
  [[nodiscard]] kube::SecretInfo secret(const std::string& namespace_name) const {
    return kube::parse_text<kube::SecretInfo>(server.find(kSecretPath, namespace_name, kPullSecret)).value();
  }
  [[nodiscard]] Names hosts(const std::string& namespace_name) const { return secret(namespace_name).registry_hosts; }
};

}  // namespace

TEST_CASE_METHOD(KeptEntries, "E-16 others' new logins reach a Secret that keeps the entry of a dead instance") {
  add_earlier_secret(30min);
  lead("");
  set_awaited({.tried = false, .hosts = {kDead}});
  publish("first");
  pass(2s);
  CHECK(password("shop") == "first");
  CHECK(password("web") == "first");
  CHECK(hosts("web") == Names{kLive, kDead});
  CHECK(writes("PATCH").size() == 1);

  set_awaited({.tried = true, .hosts = {kDead}});
  pass(2s);
  CHECK(writes("PATCH").size() == 1);
  CHECK(hosts("web") == Names{kLive, kDead});
  CHECK(secret("web").annotations.at("acr-credential-helper/expires-at") ==
        format_rfc3339(SimulatedClock::kStart + 30min));
  CHECK(hosts("shop") == Names{kLive});

  const auto asked = server.asked.size();
  pass(20min);
  CHECK(writes("PATCH").size() == 1);
  CHECK(std::ranges::count_if(
            server.asked.begin() + static_cast<long>(asked), server.asked.end(),
            [](const std::string& line) { return line.ends_with("/secrets/" + std::string(kPullSecret)); }) == 0);

  publish("second");
  pass(2s);
  CHECK(password("web") == "second");
  CHECK(hosts("web") == Names{kLive, kDead});

  pass(11min);
  CHECK(hosts("web") == Names{kLive});
  CHECK(password("web") == "second");
  CHECK(events("ForeignWriter").empty());
}

TEST_CASE_METHOD(KeptEntries, "E-16 of two dead instances each entry stays until its own end, beside a living one") {
  begin_with_two_dead(10min, 20min);
  CHECK(hosts("web") == Names{kLive, kDead, kLate});
  pass(9min);
  CHECK(hosts("web") == Names{kLive, kDead, kLate});
  pass(2min);
  CHECK(hosts("web") == Names{kLive, kLate});
  pass(8min);
  CHECK(hosts("web") == Names{kLive, kLate});
  pass(2min);
  CHECK(hosts("web") == Names{kLive});
  CHECK(hosts("shop") == Names{kLive});
  CHECK(writes("PATCH").size() == 3);
}

TEST_CASE_METHOD(KeptEntries, "E-16 when a kept entry ends is known, whatever somebody writes about it") {
  begin_with_two_dead(10min, 20min);
  const auto written = secret("web").annotations;
  const auto strip = GENERATE(as<std::string>{}, "acr-credential-helper/entries-outlive",
                              "acr-credential-helper/expires-at", "acr-credential-helper/refreshed-at");
  annotate_secret("web", strip, GENERATE(as<std::string>{}, "null", R"("2030-01-01T00:00:00Z")"));
  pass(5min);
  CHECK(hosts("web") == Names{kLive, kDead, kLate});
  if (!strip.ends_with("refreshed-at")) CHECK(secret("web").annotations == written);
  pass(6min);
  CHECK(hosts("web") == Names{kLive, kLate});
  pass(10min);
  CHECK(hosts("web") == Names{kLive});
}

TEST_CASE_METHOD(KeptEntries,
                 "who writes again and again when a kept entry ends is fought ever more slowly, and told of") {
  begin_with_two_dead(50min, 60min);
  const auto before = writes("PATCH").size();
  for (int i = 0; i < 20; ++i) {
    annotate_secret("web", "acr-credential-helper/expires-at", R"("2030-01-01T00:00:00Z")");
    pass(2s);
  }
  CHECK(writes("PATCH").size() - before < 10);
  CHECK_FALSE(events("ForeignWriter").empty());
  pass(5min);
  CHECK(secret("web").annotations.at("acr-credential-helper/expires-at") ==
        format_rfc3339(SimulatedClock::kStart + 50min));
  CHECK(hosts("web") == Names{kLive, kDead, kLate});
}

TEST_CASE_METHOD(KeptEntries, "E-16 while nobody has a login each entry leaves the Secret at its own end") {
  add_earlier_secret({earlier({kDead}, 10min), earlier({kLive}, 20min)});
  lead("");
  set_awaited({.tried = true, .any_host = true});
  pass(11min);
  CHECK(hosts("web") == Names{kLive});
  CHECK(password("web") == "earlier");
  CHECK(secret("web").annotations.at("acr-credential-helper/expires-at") ==
        format_rfc3339(SimulatedClock::kStart + 20min));
  pass(10min);
  CHECK(hosts("web").empty());
  CHECK(writes("PATCH").size() == 2);
  CHECK(secret("web").annotations.at("acr-credential-helper/refreshed-at") == format_rfc3339(SimulatedClock::kStart));
}

TEST_CASE_METHOD(KeptEntries,
                 "after an outage that all entries have ended in, who logs in does not wait for who hangs") {
  add_earlier_secret(10min);
  lead("");
  set_awaited({.tried = false, .any_host = true});
  pass(20min);
  publish("first");
  pass(2s);
  CHECK(password("web") == "first");
  CHECK(hosts("web") == Names{kLive});
}

TEST_CASE_METHOD(KeptEntries, "the entry gives way as soon as its instance has a login, or is configured no more") {
  add_earlier_secret(30min);
  lead("");
  set_awaited({.tried = true, .any_host = true});
  publish("first");
  pass(2s);
  CHECK(hosts("web") == Names{kLive, kDead});
  set_awaited({.tried = true});
  pass(2s);
  CHECK(hosts("web") == Names{kLive});
}

TEST_CASE_METHOD(KeptEntries, "a Secret that another client changes while it is read is looked at again") {
  add_earlier_secret(30min);
  lead("");
  bool changed = false;
  before = [&](const http::Request& request) -> std::optional<Result<http::Response>> {
    const bool is_read =
        request.method == "GET" && request.target.ends_with("/web/secrets/" + std::string(kPullSecret));
    if (is_read && !std::exchange(changed, true)) {
      server.end_streams();
      add_earlier_secret(20min);
    }
    return std::nullopt;
  };
  set_awaited({.tried = true, .hosts = {kDead}});
  publish("first");
  pass(5s);
  CHECK(changed);
  CHECK(password("web") == "first");
  CHECK(hosts("web") == Names{kLive, kDead});
  CHECK(secret("web").annotations.at("acr-credential-helper/expires-at") ==
        format_rfc3339(SimulatedClock::kStart + 20min));
}

TEST_CASE_METHOD(KeptEntries, "E-16 what ends before any login is known leaves the Secret") {
  add_earlier_secret(10min);
  lead("");
  set_awaited({.tried = true, .any_host = true});
  pass(9min);
  CHECK(password("web") == "earlier");
  CHECK(writes("PATCH").empty());
  pass(2min);
  CHECK(hosts("web").empty());
  CHECK_FALSE(secret("web").annotations.contains("acr-credential-helper/expires-at"));
  pass(30min);
  CHECK(writes("PATCH").size() == 1);
  CHECK(writes("POST /api/v1/namespaces/shop/secrets").empty());
  publish("first");
  pass(2s);
  CHECK(password("web") == "first");
}

}  // namespace acr::controller
