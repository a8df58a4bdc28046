// SPDX-License-Identifier: Apache-2.0
// Whatever fails, the Event says what, where, and the one thing to do.
#include "controller/failure_note.hpp"

#include <catch2/catch.hpp>

#include "common/alibaba/errors.hpp"
#include "tests/fakes/fixture.hpp"

namespace acr::controller {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

credentials::InstanceStatus status_of(const std::string& key) {
  credentials::InstanceStatus status;
  status.instance_key = key;
  status.next_try = parse_rfc3339("2026-11-25T08:10:00Z").value();
  return status;
}

}  // namespace

TEST_CASE("every failure of the cloud is told with instance, region, code, request id and one thing to do") {
  const auto fixture = fakes::read_json_fixture("alibaba/failures.json");
  REQUIRE(fixture["failures"].Size() >= 20);
  for (const auto& entry : fixture["failures"].GetArray()) {
    INFO(string_at(entry, "name"));
    http::Response response{.status = static_cast<unsigned>(entry["status"].GetInt()),
                            .headers = {},
                            .body = std::string(string_at(entry, "body"))};
    if (const auto* headers = find_member(entry, "headers")) {
      for (const auto& header : headers->GetObject())
        response.headers.set(header.name.GetString(), header.value.GetString());
    }
    const auto error = alibaba::find_failure(response, {.api = std::string(string_at(entry, "api")),
                                                        .instance_id = "cri-test",
                                                        .region_id = "cn-hangzhou",
                                                        .host = "cr.cn-hangzhou.aliyuncs.com"});
    REQUIRE(error);
    const auto note = build_failure_note(status_of("cri-test@cn-hangzhou"), *error);
    INFO(note);
    CHECK(note.starts_with("cri-test@cn-hangzhou: cannot call "));
    CHECK(contains(note, error->code));
    CHECK(contains(note, error->request_id));
    const auto advice = alibaba::advise(*error);
    CHECK_FALSE(advice.empty());
    CHECK(contains(note, "; " + advice + "; it has no login now; next try at 2026-11-25T08:10:00Z"));
    CHECK(note.size() <= 1024);
  }
}

TEST_CASE("failures without an answer end in something to do as well") {
  for (const auto kind : {ErrorKind::Invalid, ErrorKind::Unauthenticated, ErrorKind::Denied, ErrorKind::NotFound,
                          ErrorKind::AlreadyExists, ErrorKind::Conflict, ErrorKind::Expired, ErrorKind::Throttled,
                          ErrorKind::Unavailable, ErrorKind::Timeout, ErrorKind::Protocol}) {
    INFO(to_string(kind));
    const Error error{.kind = kind, .message = "cannot do it"};
    REQUIRE_FALSE(alibaba::advise(error).empty());
    CHECK(build_failure_note(status_of("personal@cn-hangzhou"), error) ==
          "personal@cn-hangzhou: cannot do it; " + alibaba::advise(error) +
              "; it has no login now; next try at 2026-11-25T08:10:00Z");
  }
}

TEST_CASE("D-14 who never asked for Personal Edition is told why it is tried, and how to stop that") {
  auto status = status_of("personal@cn-hangzhou");
  const Error error{.kind = ErrorKind::Denied, .message = "cannot do it"};
  const std::string why = "acr-registry-info lists nothing: if it is not used, list your instances there";
  CHECK_FALSE(contains(build_failure_note(status, error), why));
  status.implicit = true;
  CHECK(contains(build_failure_note(status, error), why));
}

TEST_CASE("a long failure loses its end, never the code, the request id, the advice or the times") {
  auto status = status_of("cri-test@cn-hangzhou");
  status.expires = parse_rfc3339("2026-11-25T09:00:00Z").value();
  const auto error = with_advice({.kind = ErrorKind::Denied,
                                  .message = std::string(2000, 'x') + ": NoPermission (RequestId R-1)",
                                  .code = "NoPermission",
                                  .request_id = "R-1"},
                                 "grant it");
  const auto note = build_failure_note(status, error);
  CHECK(note.size() <= 1024);
  CHECK(note.size() > 1000);
  CHECK(
      note.ends_with("; Code NoPermission; RequestId R-1; grant it; its present login serves until "
                     "2026-11-25T09:00:00Z; next try at 2026-11-25T08:10:00Z"));
}

}  // namespace acr::controller
