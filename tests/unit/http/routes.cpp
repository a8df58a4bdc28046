// SPDX-License-Identifier: Apache-2.0
#include "common/http/routes.hpp"

#include <catch2/catch.hpp>

#include "tests/fakes/run.hpp"

using namespace acr;
using namespace acr::http;

namespace {

Response ask(const ProbeSources& sources, const std::string& target, const std::string& method = "GET") {
  boost::asio::io_context io;
  const auto handler = make_probe_handler(sources);
  const Request request{.method = method, .target = target};
  return fakes::run(io, handler(request));
}

const ProbeSources kWell{
    .healthy = [] { return Result<void>(); },
    .ready = []() -> Result<void> { return fail(ErrorKind::Unavailable, "namespaces are not yet synced"); },
    .metrics = [] { return std::string("acr_x 1\n"); }};

}  // namespace

TEST_CASE("a probe answers 200 when well and 503 with the reason when not") {
  CHECK(ask(kWell, "/healthz").status == 200);
  CHECK(ask(kWell, "/healthz?verbose").status == 200);
  CHECK(ask(kWell, "/readyz").status == 503);
  CHECK(ask(kWell, "/readyz").body == "namespaces are not yet synced\n");
}

TEST_CASE("metrics carry the type that scrapers expect") {
  const auto response = ask(kWell, "/metrics");

  CHECK(response.body == "acr_x 1\n");
  CHECK(response.headers.get("content-type") == "text/plain; version=0.0.4; charset=utf-8");
}

TEST_CASE("other paths and routes without a source do not exist, other methods are not allowed") {
  CHECK(ask(kWell, "/").status == 404);
  CHECK(ask(kWell, "/healthz/").status == 404);
  CHECK(ask({.metrics = kWell.metrics}, "/healthz").status == 404);
  CHECK(ask({.healthy = kWell.healthy}, "/metrics").status == 404);
  CHECK(ask(kWell, "/healthz", "HEAD").status == 200);
  CHECK(ask(kWell, "/healthz", "POST").status == 405);
  CHECK(ask(kWell, "/healthz", "POST").headers.get("allow") == "GET, HEAD");
}
