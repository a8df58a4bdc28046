// SPDX-License-Identifier: Apache-2.0
#include "common/http/routes.hpp"

namespace acr::http {
namespace {

Response verdict(const Result<void>& state) {
  return state ? text_response(200, "ok\n") : text_response(503, state.error().message + "\n");
}

Response probe(const ProbeSources& sources, const Request& request) {
  const auto path = request.target.substr(0, request.target.find('?'));
  const bool health = path == "/healthz" && sources.healthy;
  const bool ready = path == "/readyz" && sources.ready;
  const bool metrics = path == "/metrics" && sources.metrics;
  if (!health && !ready && !metrics) return text_response(404, "not found\n");
  if (request.method != "GET" && request.method != "HEAD") {
    auto response = text_response(405, "only GET and HEAD\n");
    response.headers.set("Allow", "GET, HEAD");
    return response;
  }
  if (health) return verdict(sources.healthy());
  if (ready) return verdict(sources.ready());
  auto response = text_response(200, sources.metrics());
  response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  return response;
}

}  // namespace

Response text_response(unsigned status, std::string text) {
  return {.status = status, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = std::move(text)};
}

async::awaitable<Response> answer_with(Response response) {
  co_return response;
}

Handler make_probe_handler(ProbeSources sources) {
  return [sources = std::move(sources)](const Request& request) { return answer_with(probe(sources, request)); };
}

}  // namespace acr::http
