// SPDX-License-Identifier: Apache-2.0
#include "common/kube/api_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "acr_version.hpp"
#include "common/async/sleep.hpp"
#include "common/async/with_deadline.hpp"
#include "common/base/log.hpp"
#include "common/base/text.hpp"
#include "common/http/beast_client.hpp"
#include "common/kube/requests.hpp"
#include "common/kube/status_error.hpp"

namespace acr::kube {
namespace {

using namespace std::chrono_literals;
using Permit = std::unique_ptr<async::Semaphore::Permit>;

constexpr std::size_t kErrorBody = 64u * 1024;
constexpr std::size_t kWarnings = 200;
/// After a backfill its connections, each of more than 20 KB, are not kept for long; TLS sessions make new ones cheap.
constexpr std::chrono::seconds kIdleLimit{20};

bool is_success(unsigned status) {
  return status >= 200 && status < 300;
}

/// After which pause the same request may be sent again; nullopt = the caller decides (LW-15).
std::optional<std::chrono::milliseconds> retry_pause(const std::string& method, unsigned status, const Error& error) {
  // It asks for patience too, but only a list from another position helps (LW-3).
  if (error.code == kResourceVersionTooLarge) return std::nullopt;
  if ((status == 429 || status >= 500) && error.retry_after)
    return std::max(*error.retry_after, std::chrono::milliseconds{100});
  const bool broken_connection = status == 0 && error.kind == ErrorKind::Unavailable;
  if (broken_connection && method == "GET") return 1s;
  return std::nullopt;
}

async::awaitable<Result<Permit>> acquire(async::Semaphore& places, async::Priority priority) {
  co_return std::make_unique<async::Semaphore::Permit>(co_await places.acquire(priority));
}

/// The body of a refusal, as far as it is worth reading.
async::awaitable<std::string> read_refusal(http::ResponseStream& stream, async::Deadline deadline) {
  std::string body;
  while (body.size() < kErrorBody) {
    auto bytes = co_await stream.read_some(deadline);
    if (!bytes || bytes->empty()) break;
    body += *bytes;
  }
  co_return body;
}

}  // namespace

ApiClient::ApiClient(async::Executor executor, Cluster& cluster, http::Client& http, Metrics& metrics, ApiLimits limits)
    : executor_(std::move(executor)),
      cluster_(cluster),
      http_(http),
      limits_(limits),
      places_(executor_, limits.in_flight),
      rate_(limits.qps, limits.burst),
      requests_(metrics.counter("rest_client_requests_total", "Requests to the API server by method and status code")) {
}

async::awaitable<Result<void>> ApiClient::wait_for_turn(async::Deadline deadline) {
  const auto now = async::Clock::now();
  const auto turn = rate_.reserve(now);
  if (turn > deadline)
    co_return fail(ErrorKind::Timeout, "the client's own rate limit leaves no turn within the deadline");
  if (turn > now) co_await async::sleep_until(turn);
  co_return Result<void>{};
}

Result<http::Request> ApiClient::prepare(const http::Request& request) {
  const auto now = async::Clock::now();
  if (cluster_.trust.refresh(now)) http_.close_idle();
  auto token = cluster_.token.get(now);
  if (!token) return fail(token.error());
  auto prepared = request;
  prepared.target = cluster_.access.path_prefix + request.target;
  if (!prepared.headers.has("Accept")) prepared.headers.set("Accept", "application/json");
  if (!token->empty()) prepared.headers.set("Authorization", "Bearer " + std::string(token->reveal()));
  return prepared;
}

void ApiClient::count(const std::string& method, unsigned status) {
  auto& counter = counters_[{method, status}];
  if (counter == nullptr)
    counter = &requests_.Add({{"method", method}, {"code", status == 0 ? "<error>" : std::to_string(status)}});
  counter->Increment();
}

void ApiClient::note_headers(const http::Headers& headers, async::Deadline asked) {
  note_warnings(headers);
  if (!on_date_) return;
  if (const auto date = headers.get("Date"); !date.empty()) on_date_(date, async::Clock::now() - asked);
}

void ApiClient::note_warnings(const http::Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (!equals_ignore_case(name, "Warning") || warnings_.size() >= kWarnings) continue;
    if (warnings_.insert(value).second) log::warn("the API server warns", {log::kv("warning", value)});
  }
}

void ApiClient::note_no_streamed_lists() {
  if (std::exchange(streams_lists_, false)) log::info("the API server streams no lists; they are read in pages");
}

async::awaitable<Result<http::Response>> ApiClient::try_once(const http::Request& request, CallOptions options) {
  const auto turn = co_await wait_for_turn(options.deadline);
  if (!turn) co_return fail(turn.error());
  auto place = places_.try_acquire();
  if (!place) {
    auto waited = co_await async::with_deadline(options.deadline, "waiting for other requests",
                                                acquire(places_, options.priority));
    if (!waited) co_return fail(waited.error());
    place.emplace(std::move(**waited));
  }
  auto prepared = prepare(request);
  if (!prepared) co_return fail(prepared.error());
  const http::Limits limits{.deadline = options.deadline, .max_body = options.max_body};
  const auto asked = async::Clock::now();
  auto response = co_await http_.fetch(cluster_.access.origin, std::move(*prepared), limits);
  count(request.method, response ? response->status : 0);
  if (response) note_headers(response->headers, asked);
  co_return response;
}

async::awaitable<Result<http::Response>> ApiClient::send(http::Request request, CallOptions options) {
  const auto what = describe_failure(request);
  bool token_reread = false;
  for (int tries = 1;; ++tries) {
    auto response = co_await try_once(request, options);
    if (response && is_success(response->status)) co_return response;
    const unsigned status = response ? response->status : 0;
    auto error = response ? parse_status_error(*response, what) : with_context(response.error(), what);
    if (status == 401 && !token_reread && cluster_.token.expire()) {
      token_reread = true;
      continue;
    }
    const auto pause = retry_pause(request.method, status, error);
    if (!pause || tries >= limits_.max_tries) co_return fail(std::move(error));
    const auto again = async::deadline_in(*pause);
    if (again >= options.deadline) co_return fail(std::move(error));
    co_await async::sleep_until(again);
  }
}

async::awaitable<Result<std::unique_ptr<http::ResponseStream>>> ApiClient::open(http::Request request,
                                                                                CallOptions options) {
  const auto what = describe_failure(request);
  for (bool token_reread = false;; token_reread = true) {
    const auto turn = co_await wait_for_turn(options.deadline);
    if (!turn) co_return fail(with_context(turn.error(), what));
    auto prepared = prepare(request);
    if (!prepared) co_return fail(with_context(prepared.error(), what));
    const auto asked = async::Clock::now();
    auto stream = co_await http_.open(cluster_.access.origin, std::move(*prepared), {.deadline = options.deadline});
    count(request.method, stream ? (*stream)->status() : 0);
    if (!stream) co_return fail(with_context(stream.error(), what));
    note_headers((*stream)->headers(), asked);
    const auto status = (*stream)->status();
    if (is_success(status)) co_return std::move(*stream);
    if (status == 401 && !token_reread && cluster_.token.expire()) continue;
    http::Response refusal{.status = status, .headers = (*stream)->headers()};
    refusal.body = co_await read_refusal(**stream, options.deadline);
    co_return fail(parse_status_error(refusal, what));
  }
}

std::string user_agent(std::string_view program) {
#if defined(__aarch64__)
  constexpr std::string_view kArchitecture = "arm64";
#else
  constexpr std::string_view kArchitecture = "amd64";
#endif
  return fmt::format("{}/{} (linux/{})", program, kVersion, kArchitecture);
}

std::unique_ptr<http::Client> make_cluster_http_client(async::Executor executor, http::Resolver& resolver,
                                                       Cluster& cluster, std::string_view program) {
  http::ClientOptions options{.tls_server_name = cluster.access.tls_server_name,
                              .user_agent = user_agent(program),
                              .max_idle = 32,
                              .idle_limit = kIdleLimit};
  options.tls = [&cluster] { return cluster.trust.context(); };
  return http::make_beast_client(std::move(executor), resolver, std::move(options));
}

}  // namespace acr::kube
