// SPDX-License-Identifier: Apache-2.0
// Sends one OpenAPI call: picks the endpoint, signs, corrects the clock, counts. Everything it decides with is pure and
// elsewhere.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "common/alibaba/call_budget.hpp"
#include "common/alibaba/cloud_clock.hpp"
#include "common/alibaba/credentials.hpp"
#include "common/alibaba/endpoints.hpp"
#include "common/alibaba/errors.hpp"
#include "common/alibaba/sign_v3.hpp"
#include "common/base/metrics.hpp"
#include "common/http/client.hpp"

namespace acr::alibaba {

struct OpenApiOptions {
  std::string own_region_id;  ///< VPC hosts come first there, and last while it is unknown (set_own_region)
  std::chrono::milliseconds attempt_limit{10000};  ///< for one attempt
  std::chrono::milliseconds vpc_limit{4000};       ///< for one attempt while another host is left to try
  std::chrono::minutes remember_host{10};          ///< how long a host that answers stands in for one out of reach
  EndpointOverrides overrides = {};
  CallBudgetPolicy budget = {};  ///< of each RAM account
  ClockSources clock = {};
  std::function<std::string()> nonce = {};  ///< default: 16 random bytes as hex
};

/// Where to send what about.
struct Target {
  Product product;
  std::string region_id;
  std::string instance_id = {};  ///< only for words
  std::string account = {};      ///< whose budget it burdens; that of the credential if there is one
  bool is_signed = false;        ///< with a time that the cloud checks; set by call()
};

/// Each attempt waits for the budget of its account. Counts every attempt in acr_cloud_requests_total{api,result};
/// result is "ok" or the kind of the error.
class OpenApi {
 public:
  /// Both must outlive it.
  OpenApi(http::Client& client, Metrics& metrics, OpenApiOptions options);

  /// One signed call; `call.host` is filled in. The result is a success in the sense of find_failure(). On
  /// FailureClass::Resign it is signed and sent once more. Where a host gives no answer the next one is tried; that one
  /// is preferred for a while only if no connection to the first came about. A connection that was cut, or fell silent,
  /// says nothing about the way to it.
  async::awaitable<Result<http::Response>> call(Target target, OpenApiCall call, RamCredentials credentials,
                                                async::Deadline deadline);

  /// The same for calls without a signature; `build` makes the request for a host and a time.
  using Build = std::function<http::Request(const std::string& host, WallTime now)>;
  async::awaitable<Result<http::Response>> send(Target target, std::string api, Build build, async::Deadline deadline);

  /// To be awaited before a series of calls, outside its deadline: until these accounts have calls to spare.
  async::awaitable<void> begin_series(std::vector<std::string> accounts) {
    return budgets_.begin_series(std::move(accounts));
  }

  /// The present time of the cloud as far as known.
  [[nodiscard]] WallTime now() const { return clock_.now(); }
  [[nodiscard]] CloudClock& clock() { return clock_; }
  /// As clock() says it, for as long as this lives.
  [[nodiscard]] CloudTime time() const {
    return {.now = [this] { return clock_.now(); }, .is_known = [this] { return clock_.is_known(); }};
  }

  [[nodiscard]] const std::string& own_region() const { return options_.own_region_id; }
  void set_own_region(std::string region_id) { options_.own_region_id = std::move(region_id); }

 private:
  struct Preference {
    std::string host;
    async::Deadline until;
  };
  [[nodiscard]] std::vector<std::string> hosts_in_order(const Target& target) const;
  [[nodiscard]] std::vector<std::string> hosts_to_try(const Target& target) const;
  void remember(const Target& target, const std::string& host);
  /// One attempt at one host: the answer (judged by the caller), or why there was none.
  async::awaitable<Result<http::Response>> attempt(std::string host, const Build& build, async::Deadline deadline);
  /// `asked`: when the attempt began.
  Result<http::Response> judge(Result<http::Response> response, const CallContext& context, bool is_signed,
                               async::Deadline asked);
  void learn_clock(const http::Response& response, const std::optional<Error>& failure, bool is_signed,
                   std::chrono::nanoseconds round_trip);

  http::Client& client_;
  CounterFamily& requests_;
  CallBudgets budgets_;
  OpenApiOptions options_;
  std::map<std::pair<Product, std::string>, Preference> preferred_;
  CloudClock clock_;
};

}  // namespace acr::alibaba
