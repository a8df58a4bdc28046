// SPDX-License-Identifier: Apache-2.0
#include "webhook/program.hpp"

#include "acr_version.hpp"
#include "common/async/sleep.hpp"
#include "common/base/log.hpp"
#include "common/base/trim.hpp"
#include "common/http/routes.hpp"

namespace acr::webhook {
namespace {

/// The start is over by then, and nothing new has begun.
constexpr std::chrono::seconds kFirstTrim{1};
constexpr std::chrono::seconds kTrimEvery{10};

/// What the start and each burst of work leave behind is given back.
async::awaitable<void> keep_trimmed() {
  for (auto pause = kFirstTrim;; pause = kTrimEvery) {
    co_await async::sleep_for(pause);
    trim_memory();
  }
}

/// Probes and scrapes come from a handful of places.
constexpr std::size_t kMostProbeConnections = 64;

AdmissionNames admission_names(const Options& options) {
  return {.own_namespace = options.common.own_namespace,
          .secret_name = options.common.secret_name,
          .controller_username = controller_username(options),
          .configuration = {options.common.config_map_namespace, options.common.config_map_name}};
}

Result<void> open_server(std::unique_ptr<http::Server>& server, const async::Executor& executor,
                         http::ServerOptions options, http::Handler handler) {
  auto made = http::make_server(executor, std::move(options), std::move(handler));
  if (!made) return fail(std::move(made.error()));
  server = std::move(*made);
  return {};
}

}  // namespace

Program::Program(async::Executor executor, Options options)
    : executor_(executor),
      options_(std::move(options)),
      metrics_("webhook"),
      resolver_(http::make_cares_resolver(executor)),
      cluster_(executor, *resolver_, metrics_, options_),
      configuration_(cluster_.stores.config_maps, cluster_.stores.states, metrics_),
      namespaces_(executor, cluster_.stores.namespaces),
      certificate_(options_.client_ca_file, options_.client_cn, metrics_),
      minter_(executor, cluster_.stores.authorities, names_of(options_), certificate_),
      files_(options_.cert_dir, certificate_),
      admission_(configuration_, namespaces_, admission_names(options_), metrics_),
      stop_(executor),
      background_(executor),
      serving_(executor) {}

Result<void> Program::listen() {
  const http::ServerOptions admission{.bind_address = options_.bind_address,
                                      .tls = [this] { return certificate_.context(); }};
  const http::ServerOptions health{.bind_address = options_.common.health_probe_bind_address,
                                   .max_connections = kMostProbeConnections};
  const http::ServerOptions metrics{.bind_address = options_.common.metrics_bind_address,
                                    .max_connections = kMostProbeConnections};
  if (auto opened = open_server(admission_server_, executor_, admission,
                                [this](const http::Request& request) { return admission_.handle(request); });
      !opened) {
    return opened;
  }
  if (auto opened = open_server(health_server_, executor_, health,
                                http::make_probe_handler({.healthy = [this] { return cluster_.healthy(); },
                                                          .ready = [this] { return ready(); }}));
      !opened) {
    return opened;
  }
  return open_server(metrics_server_, executor_, metrics,
                     http::make_probe_handler({.metrics = [this] { return metrics_.render(); }}));
}

Program::Ports Program::ports() const {
  return {admission_server_->port(), health_server_->port(), metrics_server_->port()};
}

Result<void> Program::ready() {
  return readiness_.judge({.certificate = certificate_.check(std::chrono::system_clock::now()),
                           .configuration_known = configuration_.settings() != nullptr,
                           .namespaces_synced = namespaces_.synced()});
}

void Program::start() {
  background_.spawn("cluster", cluster_.run());
  if (options_.cert_dir.empty()) {
    background_.spawn("certificate", minter_.run());
  } else {
    background_.spawn("certificate", files_.run());
  }
  background_.spawn("memory", keep_trimmed());
  background_.spawn("health", health_server_->serve());
  background_.spawn("metrics", metrics_server_->serve());
  serving_.spawn("admission", admission_server_->serve());
}

async::awaitable<void> Program::run() {
  log::info("webhook starts", {log::kv("version", kVersion), log::kv("namespace", options_.common.own_namespace),
                               log::kv("address", options_.bind_address)});
  start();
  co_await stop_.wait();
  log::info("webhook stops", {log::kv("delay_ms", options_.common.shutdown_delay.count())});
  background_.spawn("second signal", async::exit_at_second_signal(stop_));
  readiness_.start_draining();
  co_await drain(*admission_server_, serving_, {.delay = options_.common.shutdown_delay});
  co_await background_.stop();
  log::info("webhook stopped");
}

}  // namespace acr::webhook
