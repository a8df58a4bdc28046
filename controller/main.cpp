// SPDX-License-Identifier: Apache-2.0
// acr-controller: the list of its parts, from the command line to the clean stop.
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>

#include "common/async/stop_signal.hpp"
#include "common/async/task_group.hpp"
#include "common/base/process.hpp"
#include "common/http/routes.hpp"
#include "controller/check_credentials.hpp"
#include "controller/cleanup.hpp"
#include "controller/program.hpp"

namespace acr::controller {
namespace {

/// The process once its command line is good.
class Process {
 public:
  explicit Process(const Options& options)
      : options_(options),
        metrics_("controller"),
        resolver_(http::make_cares_resolver(loop_.get_executor())),
        tasks_(loop_.get_executor()) {}

  /// `--cleanup`: one job, then the end; a signal ends it at once, since it is safe to repeat. Whoever started it
  /// waits, so it does not wait for a way to the cluster.
  int run_cleanup() {
    auto cluster = kube::read_cluster(options_.common.kubeconfig);
    if (!cluster) return refuse(cluster.error());
    tasks_.spawn("cleanup", clean_up(std::move(*cluster)));
    lifetime_.spawn("stop signal", async::exit_at_second_signal(stop_signal_));
    run_loop();
    return exit_code_;
  }

  /// `--check-credentials`, likewise.
  int run_credential_check() {
    auto tls = make_cloud_tls(options_);
    if (!tls) return refuse(tls.error());
    tasks_.spawn("check of credentials", check_all(std::move(*tls)));
    lifetime_.spawn("stop signal", async::exit_at_second_signal(stop_signal_));
    run_loop();
    return exit_code_;
  }

  int run() {
    auto tls = make_cloud_tls(options_);
    if (!tls) return refuse(tls.error());
    cloud_tls_ = *tls;
    auto health = http::make_server(
        loop_.get_executor(), {.bind_address = options_.common.health_probe_bind_address},
        http::make_probe_handler({.healthy = [this] { return healthy(); }, .ready = [this] { return ready(); }}));
    if (!health) return refuse(health.error());
    auto metrics = http::make_server(loop_.get_executor(), {.bind_address = options_.common.metrics_bind_address},
                                     http::make_probe_handler({.metrics = [this] { return render_metrics(); }}));
    if (!metrics) return refuse(metrics.error());
    tasks_.spawn("health", (*health)->serve());
    tasks_.spawn("metrics", (*metrics)->serve());
    tasks_.spawn("start", start());
    lifetime_.spawn("lifetime", live());
    run_loop();
    return exit_code_;
  }

 private:
  void run_loop() {
    try {
      loop_.run();
    } catch (const std::exception& error) {
      log::error("the controller ends", {log::kv("error", error.what())});
      std::_Exit(kExitFailure);  // tasks are still there; unwinding would destroy what they use
    }
  }

  static int refuse(const Error& error) {
    std::fprintf(stderr, "acr-controller: %s\n", error.message.c_str());
    return kExitUsage;
  }

  async::awaitable<void> start() {
    auto cluster = co_await kube::connect_cluster(options_.common.kubeconfig,
                                                  [this](const Error& error) { connect_error_ = error; });
    program_ = std::make_unique<Program>(
        Program::Edge{loop_.get_executor(), *resolver_, metrics_, options_, cloud_tls_}, std::move(cluster));
    program_->start();
  }

  async::awaitable<void> clean_up(std::unique_ptr<kube::Cluster> cluster) {
    const auto http = kube::make_cluster_http_client(loop_.get_executor(), *resolver_, *cluster, "acr-controller");
    kube::ApiClient api(loop_.get_executor(), *cluster, *http, metrics_);
    const auto summary = co_await apply_cleanup(api, options_);
    if (summary) {
      log::info(options_.dry_run ? "dry run: cleanup would take away" : "cleanup done",
                {log::kv("unbound", summary->unbound), log::kv("deleted_secrets", summary->deleted_secrets)});
    } else {
      log::error("cleanup failed; it is safe to repeat", {log::kv("error", summary.error().message)});
      exit_code_ = kExitFailure;
    }
    lifetime_.cancel();
  }

  async::awaitable<void> check_all(http::TlsContextSource tls) {
    exit_code_ = co_await check_credentials(options_, *resolver_, metrics_, std::move(tls));
    lifetime_.cancel();
  }

  async::awaitable<void> live() {
    co_await stop_signal_.wait();
    tasks_.spawn("second signal", async::exit_at_second_signal(stop_signal_));
    if (program_) co_await program_->stop();
    co_await tasks_.stop();
  }

  std::string render_metrics() {
    if (program_) program_->measure();
    return metrics_.render();
  }
  [[nodiscard]] Result<void> healthy() const { return program_ ? program_->healthy() : Result<void>{}; }
  [[nodiscard]] Result<void> ready() const {
    if (program_) return program_->ready();
    return fail(connect_error_.value_or(Error{.message = "the cluster has not been reached yet"}));
  }

  const Options& options_;
  boost::asio::io_context loop_{1};
  int exit_code_ = kExitOk;
  async::StopSignal stop_signal_{loop_.get_executor()};
  Metrics metrics_;
  std::unique_ptr<http::Resolver> resolver_;
  http::TlsContextSource cloud_tls_;
  std::optional<Error> connect_error_;
  std::unique_ptr<Program> program_;
  async::TaskGroup tasks_;
  async::TaskGroup lifetime_{loop_.get_executor()};
};

}  // namespace
}  // namespace acr::controller

int main(int argc, char** argv) {
  using namespace acr;
  const auto parsed = controller::parse_options(argc, argv);
  if (parsed.exit_code) return *parsed.exit_code;
  forbid_dumps();
  if (parsed.options.mode == controller::Mode::CheckConfig) {
    return controller::run_config_check(parsed.options.config_check);
  }
  using controller::Mode;
  const auto mode = parsed.options.mode;
  const auto level = parsed.options.common.log_level;
  // A check prints its findings; the ordinary lines of the log would only repeat them.
  const bool is_quiet = mode == Mode::CheckCredentials && level == log::Level::Info;
  log::configure(is_quiet ? log::Level::Error : level, parsed.options.common.log_format);
  controller::Process process(parsed.options);
  if (mode == Mode::CheckCredentials) return process.run_credential_check();
  return mode == Mode::Cleanup ? process.run_cleanup() : process.run();
}
