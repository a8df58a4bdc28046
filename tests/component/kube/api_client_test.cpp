// SPDX-License-Identifier: Apache-2.0
// What a call does on refusals, broken connections and old tokens.
#include "common/kube/api_client.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "common/http/beast_client.hpp"
#include "common/kube/fetch.hpp"
#include "common/kube/writes.hpp"
#include "tests/component/kube/fixture.hpp"
#include "tests/fakes/fake_client.hpp"
#include "tests/fakes/scripted_peer.hpp"

namespace acr::kube::test {
namespace {

using namespace std::chrono_literals;

/// A client over answers given one after another; the last is repeated.
struct Answering {
  explicit Answering(std::vector<Result<http::Response>> list, ClusterAccess access = plain_access(),
                     FileReader files = no_files(), ApiLimits limits = {})
      : answers(std::move(list)),
        cluster(std::move(access), files),
        client(io.get_executor(), cluster, http, metrics, limits) {}

  Result<http::Response> send(http::Request request, std::chrono::milliseconds limit = 5s) {
    return fakes::run(io, client.send(std::move(request), within(limit)));
  }

  boost::asio::io_context io{1};
  std::vector<Result<http::Response>> answers;
  std::size_t next = 0;
  fakes::FakeClient http{[this](const http::Request&) { return answers.at(std::min(next++, answers.size() - 1)); }};
  Metrics metrics{"test"};
  Cluster cluster;
  ApiClient client;
};

const http::Response kFine{.status = 200, .body = "{}"};
http::Response busy(unsigned status, const std::string& after) {
  return {.status = status, .headers = {{"Retry-After", after}}, .body = "busy"};
}
const http::Request kGet = build_get_request(kSecrets, {"ns", "a"});
const http::Request kPatch = build_merge_patch_request(kServiceAccounts, {"ns", "a"}, "{}");

}  // namespace

TEST_CASE("the server's time is told for each answer that has it, refusals too") {
  Answering server({http::Response{.status = 404, .headers = {{"Date", "Fri, 02 Jan 2026 03:04:05 GMT"}}, .body = "x"},
                    http::Response{.status = 200, .body = "{}"}});
  std::vector<std::string> dates;
  server.client.on_date([&](std::string_view date, std::chrono::nanoseconds round_trip) {
    dates.emplace_back(date);
    CHECK(round_trip >= 0ns);
    CHECK(round_trip < 5s);
  });
  CHECK_FALSE(server.send(kGet));
  CHECK(server.send(kGet));
  CHECK(dates == std::vector<std::string>{"Fri, 02 Jan 2026 03:04:05 GMT"});
}

TEST_CASE("an answer of 2xx is the result, anything else an Error that names the call") {
  Answering fine({http::Response{.status = 201, .body = "x"}});
  CHECK(fine.send(kPatch)->body == "x");

  Answering refused({fakes::status_response(403, "Forbidden", "no")});
  const auto response = refused.send(kPatch);
  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::Denied);
  CHECK(response.error().message == "cannot patch serviceaccounts ns/a: no (HTTP 403)");
  CHECK(refused.http.calls.size() == 1);
}

TEST_CASE("LW-15: 429 and 5xx with whole seconds are waited out, for any verb") {
  for (const unsigned status : {429u, 500u, 503u}) {
    Answering test({busy(status, "0"), busy(status, "0"), kFine});
    CHECK(test.send(kPatch));
    CHECK(test.http.calls.size() == 3);
  }
}

TEST_CASE("LW-15: without Retry-After, or beyond the deadline, the caller decides at once") {
  Answering plain({busy(429, "soon")});
  CHECK(plain.send(kGet).error().kind == ErrorKind::Throttled);
  CHECK(plain.http.calls.size() == 1);

  Answering late({busy(429, "30")});
  const auto begun = async::Clock::now();
  const auto response = late.send(kGet, 2s);
  CHECK(response.error().retry_after == 30s);
  CHECK(async::Clock::now() - begun < 1s);
  CHECK(late.http.calls.size() == 1);
}

TEST_CASE("LW-3: a version that is too large is the caller's to solve, whatever Retry-After says") {
  auto refusal = fakes::status_response(504, "Timeout", "Too large resource version", "ResourceVersionTooLarge");
  refusal.headers.set("Retry-After", "0");
  Answering test({refusal});
  CHECK(test.send(kGet).error().code == "ResourceVersionTooLarge");
  CHECK(test.http.calls.size() == 1);
}

TEST_CASE("LW-15: patience ends after a few tries") {
  Answering test({busy(503, "0")});
  CHECK(test.send(kGet).error().kind == ErrorKind::Unavailable);
  CHECK(test.http.calls.size() == 4);
}

TEST_CASE("LW-15: after a broken connection a read is repeated and a write never") {
  const Result<http::Response> broken = fail(ErrorKind::Unavailable, "connection reset");
  Answering read({broken, kFine});
  CHECK(read.send(kGet));
  CHECK(read.http.calls.size() == 2);

  for (const auto& write :
       {kPatch, build_create_request(kSecrets, "ns", "{}"), build_update_request(kLeases, {"n", "l"}, "{}"),
        build_delete_request(kSecrets, {"n", "s"})}) {
    Answering test({broken, kFine});
    const auto response = test.send(write);
    REQUIRE_FALSE(response);
    CHECK(response.error().message.find("connection reset") != std::string::npos);
    CHECK(test.http.calls.size() == 1);
  }
}

TEST_CASE("LW-26: a refused token is read anew and the call repeated once") {
  auto access = plain_access();
  access.token.file = "/token";
  int reads = 0;
  const FileReader files = [&](const std::string&) -> Result<Secret> {
    return Secret("token-" + std::to_string(++reads));
  };
  const auto refusal = fakes::status_response(401, "Unauthorized");

  Answering test({refusal, kFine}, access, files);
  CHECK(test.send(kPatch));
  CHECK(test.http.calls.at(0).request.headers.get("Authorization") == "Bearer token-1");
  CHECK(test.http.calls.at(1).request.headers.get("Authorization") == "Bearer token-2");

  Answering never({refusal}, access, files);
  CHECK(never.send(kPatch).error().kind == ErrorKind::Unauthenticated);
  CHECK(never.http.calls.size() == 2);
}

TEST_CASE("a fixed token cannot be renewed, so a refusal is final") {
  auto access = plain_access();
  access.token.text = Secret("fixed");
  Answering test({fakes::status_response(401, "Unauthorized")}, access);
  CHECK_FALSE(test.send(kGet));
  CHECK(test.http.calls.size() == 1);
}

TEST_CASE("a token that has never been readable fails the call, not the process") {
  auto access = plain_access();
  access.token.file = "/token";
  Answering test({kFine}, access);
  CHECK(test.send(kGet).error().message.find("/token") != std::string::npos);
  CHECK(test.http.calls.empty());
}

TEST_CASE("a path prefix of the server's URL stands before every path, but not in messages") {
  auto access = plain_access();
  access.path_prefix = "/k8s/clusters/c";
  Answering test({http::Response{.status = 404}}, access);
  CHECK(test.send(kGet).error().message == "cannot get secrets ns/a: HTTP 404");
  CHECK(test.http.calls.at(0).request.target == "/k8s/clusters/c/api/v1/namespaces/ns/secrets/a");
}

TEST_CASE("calls are counted by method and code") {
  Answering test({kFine, fail(ErrorKind::Timeout, "late")});
  (void)test.send(kGet);
  (void)test.send(kPatch);
  const auto text = test.metrics.render();
  CHECK(text.find(R"(rest_client_requests_total{code="200",method="GET"} 1)") != std::string::npos);
  CHECK(text.find(R"(rest_client_requests_total{code="<error>",method="PATCH"} 1)") != std::string::npos);
}

TEST_CASE("a limit of requests a second holds, and says so when a deadline is too near") {
  Answering test({kFine}, plain_access(), no_files(), {.qps = 20, .burst = 1});
  const auto begun = async::Clock::now();
  for (int i = 0; i < 4; ++i) CHECK(test.send(kGet));
  CHECK(async::Clock::now() - begun >= 140ms);

  CHECK(test.send(kGet, 1ms).error().kind == ErrorKind::Timeout);
  CHECK(test.http.calls.size() == 4);
}

namespace {

/// Holds every request until the test lets it go.
class GatedClient final : public http::Client {
 public:
  explicit GatedClient(const async::Executor& executor) : gate_(executor) {}
  async::awaitable<Result<http::Response>> fetch(http::Origin, http::Request request, http::Limits) override {
    order.push_back(request.target);
    most = std::max(most, ++inside);
    while (!open_gate) co_await gate_.wait();
    --inside;
    co_return kFine;
  }
  async::awaitable<Result<std::unique_ptr<http::ResponseStream>>> open(http::Origin, http::Request,
                                                                       http::Limits) override {
    co_return fail(ErrorKind::Unavailable, "not here");
  }
  void close_idle() override {}
  void let_go() {
    open_gate = true;
    gate_.notify_all();
  }

  std::vector<std::string> order;
  int inside = 0;
  int most = 0;
  bool open_gate = false;

 private:
  async::Notifier gate_;
};

async::awaitable<void> call(ApiClient& client, std::string target, CallOptions options, int& ended) {
  const auto response = co_await client.send({.target = std::move(target)}, options);
  if (response) ++ended;
}

}  // namespace

TEST_CASE("only so many requests are in flight, and the urgent ones go first") {
  boost::asio::io_context io{1};
  Cluster cluster(plain_access(), no_files());
  Metrics metrics("test");
  GatedClient http(io.get_executor());
  ApiClient client(io.get_executor(), cluster, http, metrics, {.in_flight = 2});
  Tasks tasks(io);
  int ended = 0;
  const auto start = [&](const std::string& name, async::Priority priority) {
    tasks.group.spawn(
        name, call(client, "/api/v1/" + name, {.deadline = async::deadline_in(5s), .priority = priority}, ended));
    fakes::run(io, async::sleep_for(1ms));
  };
  for (const auto* name : {"a", "b", "c", "d"}) start(name, async::Priority::Backfill);
  start("urgent", async::Priority::NewServiceAccount);
  CHECK(http.inside == 2);

  http.let_go();
  fakes::run(io, until([&] { return ended == 5; }));

  CHECK(http.most == 2);
  CHECK(http.order.at(2) == "/api/v1/urgent");
}

TEST_CASE("a call that waits in line longer than its deadline ends in time") {
  boost::asio::io_context io{1};
  Cluster cluster(plain_access(), no_files());
  Metrics metrics("test");
  GatedClient http(io.get_executor());
  ApiClient client(io.get_executor(), cluster, http, metrics, {.in_flight = 1});
  Tasks tasks(io);
  int ended = 0;
  tasks.group.spawn("first", call(client, "/api/v1/a", within(5s), ended));
  fakes::run(io, until([&] { return http.inside == 1; }));

  const auto late = fakes::run(io, client.send({.target = "/api/v1/b"}, within(20ms)));

  REQUIRE_FALSE(late);
  CHECK(late.error().kind == ErrorKind::Timeout);
  http.let_go();
  fakes::run(io, until([&] { return ended == 1; }));
  CHECK(fakes::run(io, client.send({.target = "/api/v1/c"}, within(5s))));
}

TEST_CASE("objects and lists are fetched by type") {
  Fixture test;
  for (int i = 0; i < 5; ++i) {
    test.server.put("/api/v1/secrets",
                    R"({"metadata":{"name":"s)" + std::to_string(i) + R"(","namespace":"ns"},"type":"Opaque"})");
  }
  test.server.page_limit = 2;

  const auto one = fakes::run(test.io, fetch_object<SecretInfo>(test.client, kSecrets, {"ns", "s1"}, within(5s)));
  const auto list = fakes::run(test.io, fetch_list<SecretInfo>(test.client, {.resource = kSecrets}, "", within(5s)));
  const auto none = fakes::run(test.io, fetch_object<SecretInfo>(test.client, kSecrets, {"ns", "x"}, within(5s)));

  CHECK(one->key == ObjectKey{"ns", "s1"});
  CHECK(list->items.size() == 5);
  CHECK(list->resource_version == "105");
  CHECK(test.asked("continue=") == 2);
  CHECK(none.error().kind == ErrorKind::NotFound);
}

TEST_CASE("WR-1: of two writers who read the same ServiceAccount the second gets a Conflict and nothing is lost") {
  Fixture test;
  const auto version =
      test.server.put("/api/v1/serviceaccounts",
                      R"({"metadata":{"name":"a","namespace":"ns"},"imagePullSecrets":[{"name":"theirs"}]})");
  const auto patch = [&](const std::vector<std::string>& names) {
    auto request =
        build_merge_patch_request(kServiceAccounts, {"ns", "a"}, build_image_pull_secrets_patch(version, names));
    return fakes::run(test.io, apply_request<ServiceAccountInfo>(test.client, std::move(request), within(5s)));
  };

  const auto first = patch({"theirs", "ours"});
  const auto second = patch({"theirs", "also"});

  CHECK(first->image_pull_secrets == std::vector<std::string>{"theirs", "ours"});
  CHECK(second.error().kind == ErrorKind::Conflict);
  CHECK(parse_text<ServiceAccountInfo>(test.server.find("/api/v1/serviceaccounts", "ns", "a"))->image_pull_secrets ==
        first->image_pull_secrets);
}

TEST_CASE("over a real socket a list and a watch arrive in whatever pieces the network makes") {
  boost::asio::io_context io{1};
  const std::string list =
      R"({"metadata":{"resourceVersion":"5"},"items":[{"metadata":{"name":"a","namespace":"ns"}}]})";
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto chunk = [](const std::string& text) { return fmt::format("{:x}\r\n{}\r\n", text.size(), text); };
  const std::string event =
      R"({"type":"ADDED","object":{"metadata":{"name":"b","namespace":"ns","resourceVersion":"6"}}})";
  const std::string stream = head + chunk(event.substr(0, 30)) + chunk(event.substr(30) + "\n");
  fakes::ScriptedPeer peer(
      io, {{fakes::step::ReadRequest{}, fakes::step::Send{fakes::ok_response(list), 3}, fakes::step::Close{}},
           {fakes::step::ReadRequest{}, fakes::step::Send{stream, 5}, fakes::step::Stall{}}});
  ClusterAccess access{.origin = peer.origin()};
  access.token.text = Secret("t0ken");
  Cluster cluster(access, no_files());
  const auto resolver = http::make_cares_resolver(io.get_executor());
  const auto http = make_cluster_http_client(io.get_executor(), *resolver, cluster, "acr-controller");
  Metrics metrics("test");
  ApiClient client(io.get_executor(), cluster, *http, metrics);

  const auto fetched =
      fakes::run(io, fetch_list<ServiceAccountInfo>(client, {.resource = kServiceAccounts}, "0", within(5s)));
  REQUIRE(fetched);
  CHECK(fetched->items.size() == 1);
  const auto opened =
      fakes::run(io, client.open(build_watch_request({.resource = kServiceAccounts}, "5", 300s), within(5s)));
  REQUIRE(opened);
  JsonSplitter splitter;
  Result<std::optional<std::string>> object = std::nullopt;
  while (object && !*object) {
    auto bytes = fakes::run(io, (*opened)->read_some(async::deadline_in(5s)));
    REQUIRE(bytes);
    REQUIRE_FALSE(bytes->empty());
    splitter.feed(*bytes);
    object = splitter.next();
  }

  REQUIRE(object);
  CHECK(**object == event);
  CHECK(peer.requests().at(0).find("Authorization: Bearer t0ken\r\n") != std::string::npos);
  CHECK(peer.requests().at(0).find("User-Agent: acr-controller/") != std::string::npos);
  CHECK(peer.requests().at(1).find("Accept-Encoding") == std::string::npos);
}

}  // namespace acr::kube::test
