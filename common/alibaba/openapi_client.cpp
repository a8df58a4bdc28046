// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/openapi_client.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/crypto.hpp"
#include "common/base/log.hpp"
#include "common/http/connection_failure.hpp"

namespace acr::alibaba {
namespace {

constexpr std::size_t kMaxBody = 1024 * 1024;
constexpr std::size_t kNonceBytes = 16;

bool is_clock_error(const Error& error) {
  return error.code.starts_with("InvalidTimeStamp");
}

Error join(const std::vector<Error>& errors, const CallContext& context) {
  Error joined = errors.back();
  joined.message.clear();
  for (const auto& error : errors) {
    if (!joined.message.empty()) joined.message += "; then ";
    joined.message += error.message;
  }
  return with_context(std::move(joined), describe(context));
}

}  // namespace

OpenApi::OpenApi(http::Client& client, Metrics& metrics, OpenApiOptions options)
    : client_(client),
      requests_(metrics.counter("acr_cloud_requests_total", "Requests to the cloud's APIs by API and result.")),
      budgets_(options.budget, metrics),
      options_(std::move(options)),
      clock_(options_.clock) {
  if (!options_.nonce) options_.nonce = [] { return random_hex(kNonceBytes); };
}

async::awaitable<Result<http::Response>> OpenApi::call(Target target, OpenApiCall call, RamCredentials credentials,
                                                       async::Deadline deadline) {
  auto api = call.action;
  target.account = credentials.account;
  target.is_signed = true;
  Build build = [this, call = std::move(call), credentials = std::move(credentials)](const std::string& host,
                                                                                     WallTime time) {
    auto addressed = call;
    addressed.host = host;
    return sign_v3(addressed, credentials, time, options_.nonce());
  };
  co_return co_await send(std::move(target), std::move(api), std::move(build), deadline);
}

async::awaitable<Result<http::Response>> OpenApi::send(Target target, std::string api, Build build,
                                                       async::Deadline deadline) {
  CallContext context{.api = std::move(api), .instance_id = target.instance_id, .region_id = target.region_id};
  if (target.region_id.empty())
    co_return fail(with_advice({.kind = ErrorKind::Invalid, .message = describe(context) + ": no region is known"},
                               "set regionId of the item, or --region"));
  std::vector<Error> unanswered;
  bool was_reached = false;
  const auto hosts = hosts_to_try(target);
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    if (auto spent = co_await budgets_.spend(target.account, deadline); !spent) {
      unanswered.push_back(std::move(spent.error()));
      break;
    }
    const bool last = i + 1 == hosts.size();
    const auto limit = std::min(deadline, async::deadline_in(last ? options_.attempt_limit : options_.vpc_limit));
    auto asked = async::Clock::now();
    auto response = co_await attempt(hosts[i], build, limit);
    if (!response) {
      requests_.Add({{"api", context.api}, {"result", std::string(to_string(response.error().kind))}}).Increment();
      was_reached = was_reached || !http::is_connection_failure(response.error());
      unanswered.push_back(std::move(response.error()));
      if (async::deadline_in({}) >= deadline) break;
      continue;
    }
    if (!was_reached) remember(target, hosts[i]);
    context.host = hosts[i];
    auto result = judge(std::move(response), context, target.is_signed, asked);
    if (result || class_of(result.error()) != FailureClass::Resign) co_return result;
    if (const auto spent = co_await budgets_.spend(target.account, deadline); !spent) co_return result;
    const auto again = std::min(deadline, async::deadline_in(options_.attempt_limit));
    asked = async::Clock::now();
    response = co_await attempt(hosts[i], build, again);
    co_return judge(std::move(response), context, target.is_signed, asked);
  }
  co_return fail(join(unanswered, context));
}

async::awaitable<Result<http::Response>> OpenApi::attempt(std::string host, const Build& build,
                                                          async::Deadline deadline) {
  auto request = build(host, now());
  return client_.fetch({.scheme = "https", .host = std::move(host), .port = 443}, std::move(request),
                       {.deadline = deadline, .max_body = kMaxBody});
}

Result<http::Response> OpenApi::judge(Result<http::Response> response, const CallContext& context, bool is_signed,
                                      async::Deadline asked) {
  auto failure = response ? find_failure(*response, context) : with_context(response.error(), describe(context));
  const auto result = failure ? std::string(to_string(failure->kind)) : std::string("ok");
  requests_.Add({{"api", context.api}, {"result", result}}).Increment();
  if (response) learn_clock(*response, failure, is_signed, async::Clock::now() - asked);
  if (failure) return fail(std::move(*failure));
  return response;
}

std::vector<std::string> OpenApi::hosts_in_order(const Target& target) const {
  auto hosts = order_hosts(target.product, target.region_id, options_.own_region_id);
  const auto first = find_override(options_.overrides, target.product, target.region_id);
  if (first.empty()) return hosts;
  std::erase(hosts, first);
  hosts.insert(hosts.begin(), first);
  return hosts;
}

std::vector<std::string> OpenApi::hosts_to_try(const Target& target) const {
  auto hosts = hosts_in_order(target);
  const auto preference = preferred_.find({target.product, target.region_id});
  if (preference != preferred_.end() && preference->second.until > async::deadline_in({})) {
    const auto host = std::ranges::find(hosts, preference->second.host);
    if (host != hosts.end()) std::rotate(hosts.begin(), host, host + 1);
  }
  return hosts;
}

void OpenApi::remember(const Target& target, const std::string& host) {
  const auto key = std::pair(target.product, target.region_id);
  const auto preference = preferred_.find(key);
  const bool first_choice = hosts_in_order(target).front() == host;
  // The first choice needs no memory; another one is forgotten after a while, so that the first gets its chance again.
  if (first_choice) {
    if (preference != preferred_.end()) preferred_.erase(preference);
  } else if (preference == preferred_.end() || preference->second.host != host ||
             preference->second.until <= async::deadline_in({})) {
    log::warn("an endpoint of the cloud cannot be reached; another one is used",
              {log::kv("region", target.region_id), log::kv("used", host)});
    preferred_[key] = {host, async::deadline_in(options_.remember_host)};
  }
}

void OpenApi::learn_clock(const http::Response& response, const std::optional<Error>& failure, bool is_signed,
                          std::chrono::nanoseconds round_trip) {
  // Without a code something else than the cloud may have spoken.
  if (failure && failure->code.empty()) return;
  const auto date = parse_http_date(response.headers.get("date"));
  if (!date) return;
  using Trust = CloudClock::Trust;
  const auto trust = failure && is_clock_error(*failure) ? Trust::TimeRefused
                     : is_signed && !failure             ? Trust::TimeAccepted
                                                         : Trust::TimeNotChecked;
  clock_.learn(*date, trust, round_trip);
}

}  // namespace acr::alibaba
