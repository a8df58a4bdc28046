// SPDX-License-Identifier: Apache-2.0
// The routes every process serves for people and probes: /healthz, /readyz, /metrics.
#pragma once

#include <functional>
#include <string>

#include "common/base/error.hpp"
#include "common/http/server.hpp"

namespace acr::http {

/// Where the answers come from; called at each request. A route whose callback is empty does not exist (404), so that
/// metrics and probes can have a port each.
struct ProbeSources {
  std::function<Result<void>()> healthy = {};  ///< an Error = 503 with its message as the body
  std::function<Result<void>()> ready = {};    ///< the same
  std::function<std::string()> metrics = {};   ///< Prometheus text format 0.0.4
};

/// GET and HEAD only (else 405); a query after the path is ignored.
Handler make_probe_handler(ProbeSources sources);

/// An answer at once, for handlers that need not wait: `return answer_with({.status = 404});`.
async::awaitable<Response> answer_with(Response response);

/// `text` as text/plain.
Response text_response(unsigned status, std::string text);

}  // namespace acr::http
