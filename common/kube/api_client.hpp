// SPDX-License-Identifier: Apache-2.0
// The one way to the API server: token, limits, retries and metrics around an http::Client.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "common/async/awaitable.hpp"
#include "common/async/rate_limit.hpp"
#include "common/async/semaphore.hpp"
#include "common/base/error.hpp"
#include "common/base/metrics.hpp"
#include "common/http/client.hpp"
#include "common/http/resolver.hpp"
#include "common/kube/cluster_credentials.hpp"
#include "common/kube/kubeconfig.hpp"

namespace acr::kube {

/// The limits of one call.
struct CallOptions {
  async::Deadline deadline;  ///< for everything, waiting in line and retries included
  async::Priority priority = async::Priority::Refresh;
  std::size_t max_body = 8u * 1024 * 1024;
};

struct ApiLimits {
  std::size_t in_flight = 32;
  double qps = 0;     ///< --kube-api-qps; 0 = none
  double burst = 1;   ///< --kube-api-burst
  int max_tries = 4;  ///< of one call, the first included
};

/// What a process needs once: where the server is, and credentials that several clients share.
struct Cluster {
  Cluster(ClusterAccess where, const FileReader& read)
      : access(std::move(where)), token(access.token, read), trust(access, read) {}

  ClusterAccess access;
  BearerToken token;
  ClusterTrust trust;
};

/// Leases get a client of their own, with a connection of its own (LE-5). Must outlive its calls.
class ApiClient {
 public:
  /// `cluster`, `http` and `metrics` must outlive the client.
  ApiClient(async::Executor executor, Cluster& cluster, http::Client& http, Metrics& metrics, ApiLimits limits = {});

  /// The answer if its status is 2xx, else an Error (status_error.hpp) that begins "cannot <verb> <resource> <object>".
  /// Tried again inside the deadline: 429 and 5xx with a whole-second Retry-After (any verb); a GET after a broken
  /// connection; once after 401 with a freshly read token. A write is never repeated after a connection error (LW-15).
  async::awaitable<Result<http::Response>> send(http::Request request, CallOptions options);

  /// As send() for an answer that is read piece by piece: a watch, or a list. The deadline bounds only the opening;
  /// one try, since the reflector does its own.
  async::awaitable<Result<std::unique_ptr<http::ResponseStream>>> open(http::Request request, CallOptions options);

  /// Does the server send lists as the beginning of a watch (LW-8)? Taken for granted until it has refused.
  [[nodiscard]] bool streams_lists() const { return streams_lists_; }
  void note_no_streamed_lists();

  [[nodiscard]] const async::Executor& executor() const { return executor_; }

  /// Called with the Date header of each answer that has one, and how long after its question the answer came.
  using DateSeen = std::function<void(std::string_view date, std::chrono::nanoseconds round_trip)>;
  void on_date(DateSeen callback) { on_date_ = std::move(callback); }

 private:
  async::awaitable<Result<void>> wait_for_turn(async::Deadline deadline);
  Result<http::Request> prepare(const http::Request& request);
  async::awaitable<Result<http::Response>> try_once(const http::Request& request, CallOptions options);
  /// `status` 0: no answer.
  void count(const std::string& method, unsigned status);
  void note_headers(const http::Headers& headers, async::Deadline asked);
  void note_warnings(const http::Headers& headers);

  async::Executor executor_;
  Cluster& cluster_;
  http::Client& http_;
  ApiLimits limits_;
  async::Semaphore places_;
  async::RateLimit rate_;
  bool streams_lists_ = true;
  DateSeen on_date_;
  CounterFamily& requests_;
  std::map<std::pair<std::string, unsigned>, prometheus::Counter*> counters_;  ///< by method and status
  std::set<std::string> warnings_;  ///< texts already logged (LW-21); bounded
};

/// The User-Agent of `program`, "acr-controller/0.1.0 (linux/amd64)" (LW-19).
std::string user_agent(std::string_view program);

/// A Beast client that trusts and appears as `cluster` says, whose trust must have been loaded. `resolver` and
/// `cluster` must outlive it.
std::unique_ptr<http::Client> make_cluster_http_client(async::Executor executor, http::Resolver& resolver,
                                                       Cluster& cluster, std::string_view program);

}  // namespace acr::kube
