// SPDX-License-Identifier: Apache-2.0
#include "common/kube/connect.hpp"

#include <cstdlib>

#include "common/async/backoff.hpp"
#include "common/async/sleep.hpp"
#include "common/base/log.hpp"

namespace acr::kube {
namespace {

constexpr std::chrono::minutes kTellEvery{1};
constexpr async::BackoffPolicy kRetry{.first = std::chrono::seconds{1}, .cap = std::chrono::seconds{30}};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string{value};
}

}  // namespace

Result<ClusterAccess> read_cluster_access(const std::string& path) {
  if (path.empty())
    return in_cluster_access(environment("KUBERNETES_SERVICE_HOST"), environment("KUBERNETES_SERVICE_PORT"));
  const auto text = read_file(path);
  if (!text) return fail(with_context(text.error(), "cannot use kubeconfig"));
  return parse_kubeconfig(text->reveal(), path);
}

Result<std::unique_ptr<Cluster>> read_cluster(const std::string& path) {
  auto access = read_cluster_access(path);
  if (!access) return fail(access.error());
  auto cluster = std::make_unique<Cluster>(std::move(*access), read_file);
  const auto now = async::Clock::now();
  if (const auto loaded = cluster->trust.load(now); !loaded) return fail(loaded.error());
  if (const auto token = cluster->token.get(now); !token) return fail(token.error());
  return cluster;
}

bool FailureLog::should_tell(const std::string& text, async::Deadline now) {
  if (text == told_ && now - told_at_ < kTellEvery) return false;
  told_ = text;
  told_at_ = now;
  return true;
}

async::awaitable<std::unique_ptr<Cluster>> connect_cluster(std::string path,
                                                           std::function<void(const Error&)> on_failure) {
  FailureLog told;
  for (int failures = 1;; ++failures) {
    auto cluster = read_cluster(path);
    if (cluster) co_return std::move(*cluster);
    on_failure(cluster.error());
    if (told.should_tell(cluster.error().message, async::Clock::now())) {
      log::error("cannot reach the cluster yet; trying again",
                 {log::kv("failures", failures), log::kv("error", cluster.error().message)});
    }
    co_await async::sleep_for(async::backoff_delay(kRetry, failures, async::random_fraction()));
  }
}

}  // namespace acr::kube
