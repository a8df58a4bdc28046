// SPDX-License-Identifier: Apache-2.0
#include "controller/program.hpp"

#include <cstdlib>
#include <set>

#include "certs/judge.hpp"
#include "common/async/sleep.hpp"
#include "common/base/crypto.hpp"
#include "common/base/log.hpp"
#include "common/base/trim.hpp"
#include "controller/failure_note.hpp"
#include "controller/secret_report.hpp"

namespace acr::controller {
namespace {

constexpr std::chrono::seconds kFlushLimit{3};
constexpr std::chrono::seconds kEventDrain{2};
constexpr std::chrono::milliseconds kLeadershipLook{250};
constexpr std::chrono::seconds kTrimEvery{30};

std::string pod_name() {
  const char* name = std::getenv("POD_NAME");
  return name == nullptr ? "acr-controller" : name;
}

}  // namespace

Program::Program(Edge edge, std::unique_ptr<kube::Cluster> cluster)
    : edge_(edge),
      identity_(pod_name() + "_" + random_hex(8)),
      cluster_(std::move(cluster)),
      kube_http_(kube::make_cluster_http_client(edge.executor, edge.resolver, *cluster_, "acr-controller")),
      lease_http_(kube::make_cluster_http_client(edge.executor, edge.resolver, *cluster_, "acr-controller")),
      api_(edge.executor, *cluster_, *kube_http_, edge.metrics,
           {.qps = edge.options.kube_api_qps, .burst = edge.options.kube_api_burst}),
      lease_api_(edge.executor, *cluster_, *lease_http_, edge.metrics),
      events_(api_, edge.metrics, {.controller = "acr-credential-helper/controller", .instance = pod_name()},
              edge.options.dry_run),
      cache_(api_, edge.metrics, edge.options),
      elector_(lease_api_, edge.metrics, elector_options()),
      configuration_(cache_, events_, edge.metrics, [this] { return is_leader(); }),
      cloud_(edge.executor, edge.resolver, edge.options, edge.cloud_tls,
             make_secret_reader(api_, edge.options.common.own_namespace), edge.metrics, refresher_callbacks()),
      reconciler_(edge.executor, edge.options, writer(), configuration_, events_, edge.metrics,
                  [this] { return is_leader(); }),
      state_(writer(), configuration_, cloud_.refresher(), events_, edge.metrics),
      authority_(writer(), edge.metrics, edge.options),
      probe_dialer_(make_probe_dialer(edge.executor, edge.resolver, edge.options.common.own_namespace,
                                      edge.options.webhook_client_cert_dir)),
      registration_({.writer = writer(),
                     .dialer = *probe_dialer_,
                     .configuration = configuration_,
                     .authority = authority_,
                     .events = events_,
                     .metrics = edge.metrics,
                     .options = edge.options,
                     .on_change =
                         [this] {
                           reconciler_.enqueue({.kind = WorkKey::Kind::Registration},
                                               async::Priority::NewServiceAccount);
                         }}),
      publisher_(edge.options.common.secret_name, cloud_.refresher(), publisher_edge()),
      status_(edge.executor, status_edge(), edge.metrics),
      leadership_changed_(edge.executor),
      work_(edge.executor),
      tasks_(edge.executor) {
  wire();
  configuration_.set_default_region(edge.options.region);
}

kube::LeaderElector::Options Program::elector_options() {
  return {.lease = {edge_.options.common.own_namespace, kLeaseName},
          .identity = identity_,
          .on_started = [this] { leadership_changed_.notify_all(); },
          .on_stopped = [this] { leadership_changed_.notify_all(); }};
}

credentials::RefresherCallbacks Program::refresher_callbacks() {
  return {.on_login = [this](const credentials::RegistryLogin& login) { tell_login(login); },
          .on_failure = [this](const credentials::InstanceStatus& status,
                               const Error& error) { tell_failure(status, error); },
          .on_expired =
              [this](const credentials::RegistryLogin&) {
                status_.mark();
                reconciler_.enqueue({.kind = WorkKey::Kind::State});
              }};
}

PublisherEdge Program::publisher_edge() {
  return {.settings =
              [this] {
                const auto* in_force = configuration_.in_force();
                return in_force == nullptr ? nullptr : &in_force->settings;
              },
          .now = [this] { return cloud_.refresher().now(); },
          .set_awaited = [this](AwaitedLogins awaited) { reconciler_.set_awaited(std::move(awaited)); },
          .publish = [this](pullsecret::WantedSecret wanted) { reconciler_.publish(std::move(wanted)); },
          .tell =
              [this](const pullsecret::DockerConfig& config) {
                for (auto& event : build_publishing_events(config_map_reference(cache_), config))
                  events_.emit(std::move(event));
              }};
}

StatusEdge Program::status_edge() {
  return {.writer = writer(),
          .configuration = configuration_,
          .reconciler = reconciler_,
          .options = edge_.options,
          .pod_name = pod_name(),
          .instances =
              [this] {
                std::map<std::string, std::vector<std::string>> hosts;
                for (auto& login : cloud_.refresher().logins()) hosts[login.instance_key] = std::move(login.hosts);
                std::vector<InstanceHealth> instances;
                for (auto& status : cloud_.refresher().status()) {
                  auto& own_hosts = hosts[status.instance_key];
                  instances.push_back({std::move(status), std::move(own_hosts)});
                }
                return instances;
              },
          .now = [this] { return cloud_.refresher().now(); },
          .authority_until = [this]() -> std::optional<WallTime> {
            const auto authority = authority_.current();
            const auto validity = certs::parse_validity(authority ? authority->signing.certificate_pem : std::string{});
            return validity ? std::optional(validity->not_after) : std::nullopt;
          }};
}

void Program::wire_status() {
  const auto mark = [this](const kube::ObjectKey&) { status_.mark(); };
  cache_.namespaces.on_change(mark);
  cache_.service_accounts.on_change(mark);
  cache_.secrets.on_change(mark);
  cache_.config_maps.on_change(mark);
  cache_.mutating.on_change(mark);
  cache_.validating.on_change(mark);
  cache_.authorities.on_change(mark);
}

void Program::wire() {
  for (auto* client : {&api_, &lease_api_}) {
    client->on_date(
        [this](std::string_view date, std::chrono::nanoseconds round_trip) { cloud_.assume_time(date, round_trip); });
  }
  const auto judge = [this](const kube::ObjectKey&) { judge_configuration(); };
  cache_.config_maps.on_change(judge);
  cache_.states.on_change(judge);
  cache_.config_maps.on_synced([this] { judge_configuration(); });
  cache_.states.on_synced([this] { judge_configuration(); });
  configuration_.on_change([this] { settings_changed(); });

  const auto look_at = [this](WorkKey::Kind kind) {
    return [this, kind](const kube::ObjectKey&) { reconciler_.enqueue({.kind = kind}, async::Priority::NewNamespace); };
  };
  cache_.states.on_change(look_at(WorkKey::Kind::State));
  cache_.authorities.on_change(look_at(WorkKey::Kind::Authority));
  cache_.authorities.on_change(look_at(WorkKey::Kind::Registration));
  for (auto* registrations : {&cache_.mutating, &cache_.validating}) {
    registrations->on_change(look_at(WorkKey::Kind::Registration));
    registrations->on_change(look_at(WorkKey::Kind::Authority));
  }
  reconciler_.set_cloud_clock([this] { return cloud_.refresher().now(); });
  reconciler_.set_others({.authority = [this] { return authority_.reconcile(); },
                          .registration = [this] { return registration_.reconcile(); },
                          .state = [this] { return state_.reconcile(); }});
  wire_status();
}

void Program::judge_configuration() {
  configuration_.refresh();
  cloud_.suggest_region(configuration_.default_region());
}

void Program::start() {
  cache_.spawn(tasks_);
  tasks_.spawn("events", events_.run());
  tasks_.spawn("region", follow_region());
  tasks_.spawn("leadership", follow_leadership());
  tasks_.spawn("trim memory", keep_trimmed());
  if (elects()) tasks_.spawn("leader election", elector_.run());
}

async::awaitable<void> Program::stop() {
  log::info("stopping");
  stopping_ = true;
  const bool was_working = working_;
  co_await stop_leading();
  co_await stop_renewing();
  if (was_working && is_leader()) co_await state_.flush(async::deadline_in(kFlushLimit));
  if (elects()) co_await elector_.release();
  co_await events_.drain(async::deadline_in(kEventDrain));
  co_await tasks_.stop();
}

async::awaitable<void> Program::follow_region() {
  auto region = co_await cloud_.find_region(edge_.options.region);
  log::info("region of the cluster", {log::kv("region", region)});
  configuration_.set_default_region(std::move(region));
  reconciler_.enqueue({.kind = WorkKey::Kind::State});
}

async::awaitable<void> Program::keep_trimmed() {
  for (;;) {
    co_await async::sleep_for(kTrimEvery);
    for (auto* client : {kube_http_.get(), lease_http_.get(), &cloud_.http_client()}) client->close_old();
    trim_memory();
    keep_clock();
  }
}

/// A clock that is set between two logins is worth a write: a restart must know of it.
void Program::keep_clock() {
  const bool is_wrong = cloud_.refresher().clock_correction().has_value();
  if (working_ && std::exchange(clock_was_wrong_, is_wrong) != is_wrong)
    reconciler_.enqueue({.kind = WorkKey::Kind::State});
}

async::awaitable<void> Program::follow_leadership() {
  for (;;) {
    if (may_work() && !working_ && co_await catch_up() && may_work()) start_leading();
    if (!is_leader() && working_) {
      co_await stop_leading();
      configuration_.refresh();  // what another leader has stored is news now
    }
    if (!working_ && renewing_ && !may_lead_again()) co_await stop_renewing();
    co_await leadership_changed_.wait_until(async::deadline_in(kLeadershipLook));
  }
}

bool Program::may_work() const {
  return !stopping_ && is_leader() && cache_.synced() && configuration_.in_force() != nullptr;
}

async::awaitable<bool> Program::catch_up() {
  const auto read = co_await state_.catch_up();
  const auto why = read ? std::string() : read.error().message;
  // It is tried several times a second.
  if (std::exchange(unread_state_, why) != why && !read)
    log::warn("work does not begin before the state secret is read; it is tried again and again",
              {log::kv("error", why)});
  co_return read.has_value();
}

void Program::start_leading() {
  working_ = true;
  log::info(edge_.options.dry_run ? "dry run: nothing is written, what would be is told here"
                                  : "leading: this process writes from now on");
  trim_memory();  // what the start and the lists needed, before the work that may need most
  reconciler_.begin_term();
  publisher_.begin_term();
  status_.begin_term();
  auto stored = state_.stored();
  if (!stored.logins.empty()) publisher_.mark_known();
  if (stored.clock) cloud_.refresher().restore_clock(*stored.clock);
  // The logins meet the instances that ask now, not those of a term long ago whose edits would look like news.
  apply_instances();
  cloud_.refresher().restore(std::move(stored.logins));
  cloud_.refresher().start();
  renewing_ = true;
  configuration_.report_at_start_of_term();
  reconciler_.judge_scope();
  registration_.begin_term();
  reconciler_.spawn(work_);
  work_.spawn("watch over the webhook", registration_.watch_over());
  work_.spawn("publish", publisher_.run());
  work_.spawn("status", status_.run());
  reconciler_.enqueue_all();
}

async::awaitable<void> Program::stop_leading() {
  if (!std::exchange(working_, false)) co_return;
  co_await work_.stop();
  log::info("not leading any more");
}

async::awaitable<void> Program::stop_renewing() {
  if (std::exchange(renewing_, false)) co_await cloud_.refresher().stop();
}

bool Program::may_lead_again() const {
  return !stopping_ && elector_.holder() == identity_;
}

void Program::settings_changed() {
  if (!working_) {
    leadership_changed_.notify_all();
    return;
  }
  publisher_.note_edit();
  status_.mark();
  apply_instances();
  reconciler_.judge_scope();
  reconciler_.enqueue_all();
}

void Program::apply_instances() {
  const auto& settings = configuration_.in_force()->settings;
  auto instances = settings.instances;
  // Until the region is known an item without one has no name by which its login could be kept; it joins later.
  if (std::erase_if(instances, [](const auto& instance) { return instance.region_id.empty(); }) > 0 &&
      instances.empty())
    return;
  cloud_.refresher().apply(std::move(instances), settings.expiring_threshold, settings.rrsa_enabled);
  std::set<std::string> keys;
  for (const auto& status : cloud_.refresher().status()) keys.insert(status.instance_key);
  told_failures_.forget_all_but(keys);
}

void Program::tell_login(const credentials::RegistryLogin& login) {
  status_.mark();
  told_failures_.forget(login.instance_key);
  std::string warning;
  for (const auto& status : cloud_.refresher().status()) {
    if (status.instance_key == login.instance_key && !status.warning.empty()) warning = "; warning: " + status.warning;
  }
  events_.emit({.regarding = config_map_reference(cache_),
                .severity = warning.empty() ? kube::Severity::Normal : kube::Severity::Warning,
                .reason = "CredentialRefreshed",
                .action = "Refresh",
                .note = fmt::format("login of {} is good until {}{}", login.instance_key, format_rfc3339(login.expires),
                                    warning),
                .part = login.instance_key});
  reconciler_.enqueue({.kind = WorkKey::Kind::State}, async::Priority::NewNamespace);
}

void Program::tell_failure(const credentials::InstanceStatus& status, const Error& error) {
  status_.mark();
  if (!told_failures_.is_news(status.instance_key, status.failures, error)) return;
  events_.emit({.regarding = config_map_reference(cache_),
                .severity = kube::Severity::Warning,
                .reason = "CredentialRefreshFailed",
                .action = "Refresh",
                .note = build_failure_note(status, error),
                .part = status.instance_key});
}

void Program::measure() {
  reconciler_.measure(async::Clock::now());
}

Result<void> Program::healthy() const {
  const auto now = async::Clock::now();
  if (cache_.is_stuck(now)) return fail(ErrorKind::Timeout, "a watch went on past its own deadline");
  if (reconciler_.is_stalled(now))
    return fail(ErrorKind::Timeout, "a runnable work item has not been started for 5 minutes");
  return {};
}

Result<void> Program::ready() const {
  if (const auto missing = cache_.unsynced(); !missing.empty()) {
    std::string list;
    for (const auto& name : missing) list += (list.empty() ? "" : ", ") + name;
    return fail(ErrorKind::Unavailable, "not listed yet: " + list);
  }
  if (configuration_.in_force() == nullptr) return fail(ErrorKind::Unavailable, "the configuration is not known yet");
  return {};
}

}  // namespace acr::controller
