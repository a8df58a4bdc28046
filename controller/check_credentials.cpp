// SPDX-License-Identifier: Apache-2.0
#include "controller/check_credentials.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "common/config/in_force.hpp"
#include "common/kube/connect.hpp"
#include "common/kube/fetch.hpp"
#include "controller/cloud.hpp"
#include "controller/config_check/judgement.hpp"
#include "controller/config_check/print.hpp"
#include "controller/config_check/run.hpp"
#include "controller/credential_check/check.hpp"
#include "controller/credential_check/print.hpp"

namespace acr::controller {
namespace {

constexpr std::chrono::seconds kClusterLimit{15};
constexpr std::chrono::seconds kRegionLimit{5};

bool is_in_cluster() {
  return std::getenv("KUBERNETES_SERVICE_HOST") != nullptr;
}

/// The cluster, read when it is first needed.
class LateCluster {
 public:
  LateCluster(const Options& options, http::Resolver& resolver, Metrics& metrics, async::Executor executor)
      : options_(options), resolver_(resolver), metrics_(metrics), executor_(std::move(executor)) {}

  /// Error (NotFound): there is none that one could know of.
  Result<kube::ApiClient*> api() {
    if (api_) return &*api_;
    if (options_.common.kubeconfig.empty() && !is_in_cluster()) {
      return fail(with_advice({.kind = ErrorKind::NotFound, .message = "there is no cluster to read it from"},
                              "give --kubeconfig FILE"));
    }
    auto cluster = kube::read_cluster(options_.common.kubeconfig);
    if (!cluster) return fail(cluster.error());
    cluster_ = std::move(*cluster);
    http_ = kube::make_cluster_http_client(executor_, resolver_, *cluster_, "acr-controller");
    api_.emplace(executor_, *cluster_, *http_, metrics_);
    return &*api_;
  }

 private:
  const Options& options_;
  http::Resolver& resolver_;
  Metrics& metrics_;
  async::Executor executor_;
  std::unique_ptr<kube::Cluster> cluster_;
  std::unique_ptr<http::Client> http_;
  std::optional<kube::ApiClient> api_;
};

async::awaitable<Result<std::map<std::string, Secret>>> read_secret(LateCluster& cluster, std::string own_namespace,
                                                                    std::string name, async::Deadline deadline) {
  const auto api = cluster.api();
  if (!api) co_return fail(with_context(api.error(), "cannot read Secret " + name));
  const auto read = make_secret_reader(**api, std::move(own_namespace));
  co_return co_await read(std::move(name), deadline);
}

/// nullopt: the ConfigMap is absent.
using Content = std::optional<config::ConfigMapText>;

async::awaitable<Result<Content>> read_from_cluster(LateCluster& cluster, kube::ObjectKey key) {
  const auto api = cluster.api();
  if (!api) co_return fail(with_context(api.error(), "cannot read ConfigMap " + kube::to_string(key)));
  auto found = co_await kube::fetch_object<kube::ConfigMapInfo>(**api, kube::kConfigMaps, key,
                                                                {.deadline = async::deadline_in(kClusterLimit)});
  if (found) co_return Content({.data = std::move(found->data), .binary_keys = std::move(found->binary_keys)});
  if (found.error().kind == ErrorKind::NotFound) co_return Content();
  co_return fail(found.error());
}

int refuse(const Error& error, int code) {
  fmt::print(stderr, "acr-controller: {}\n", error.message);
  return code;
}

/// What is to be tried, wherever it was read.
struct Trial {
  config::Settings settings;
  CredentialReport report;
};

Trial trial_of_cluster(const kube::ObjectKey& key, const Content& content, const std::string& region) {
  const auto in_force = config::choose_configuration(content, std::nullopt, region);
  Trial trial{.settings = in_force.settings, .report = {}};
  trial.report.configuration = "ConfigMap " + kube::to_string(key) + (content ? "" : " (absent: the defaults)");
  trial.report.configuration_errors = config::format_diagnostics(in_force.diagnostics, config::Severity::Error);
  return trial;
}

/// With the same findings as --check-config has.
Trial trial_of_file(const std::string& path, const ConfigMapFile& file, const std::string& region) {
  const auto judgement = judge(file, std::nullopt, region);
  Trial trial{.settings = judgement.settings, .report = {}};
  trial.report.configuration = show_path(path);
  trial.report.configuration_errors = list_errors(judgement, file, show_path(path));
  trial.report.findings = print_findings(judgement, file, show_path(path));
  return trial;
}

}  // namespace

async::awaitable<int> check_credentials(const Options& options, http::Resolver& resolver, Metrics& metrics,
                                        http::TlsContextSource cloud_tls) {
  const auto executor = co_await boost::asio::this_coro::executor;
  LateCluster cluster(options, resolver, metrics, executor);
  const auto& file = options.config_check.file;
  const kube::ObjectKey key{options.common.config_map_namespace, options.common.config_map_name};
  Content content;
  ConfigMapFile written;
  if (file.empty()) {
    if (const auto api = cluster.api(); !api)
      co_return refuse(with_context(api.error(), "cannot read ConfigMap " + kube::to_string(key)), kExitUsage);
    auto read = co_await read_from_cluster(cluster, key);
    if (!read) co_return refuse(read.error(), kExitFailure);
    content = std::move(*read);
  } else {
    auto read = read_config_map(file, options.config_check.config_map);
    if (!read) co_return refuse(with_context(read.error(), show_path(file)), kExitUsage);
    written = std::move(*read);
  }
  const auto trial_for = [&](const std::string& region) {
    return file.empty() ? trial_of_cluster(key, content, region) : trial_of_file(file, written, region);
  };
  if (const auto warning = warn_of_region(options.region); !warning.empty())
    fmt::print(stderr, "acr-controller: {}\n", warning);
  const credentials::SecretReader reader = [&](std::string name, async::Deadline deadline) {
    return read_secret(cluster, options.common.own_namespace, std::move(name), deadline);
  };
  Cloud cloud(executor, resolver, options, std::move(cloud_tls), reader, metrics, {}, {.once = true});
  auto region = options.region;
  // Whether there is anything to try does not depend on it.
  if (region.empty() && !trial_for(region).settings.instances.empty())
    region = co_await cloud.ask_region(async::deadline_in(kRegionLimit));
  auto [settings, report] = trial_for(region);
  report.region_id = region;
  report.is_in_cluster = is_in_cluster();
  report.instances = co_await check_instances(cloud.refresher(), cloud.http_client(), std::move(settings));
  const auto text = options.config_check.output == CheckOutput::Json ? print_json(report) : print_text(report);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
  co_return report.is_good() ? kExitOk : kExitFailure;
}

}  // namespace acr::controller
