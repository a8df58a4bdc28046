// SPDX-License-Identifier: Apache-2.0
#include "controller/status_keeper.hpp"

#include <algorithm>

#include "acr_version.hpp"
#include "common/async/sleep.hpp"
#include "common/base/crypto.hpp"
#include "common/base/log.hpp"
#include "common/config/text_memory.hpp"
#include "common/credentials/chain.hpp"
#include "common/kube/fetch.hpp"
#include "common/kube/writes.hpp"

namespace acr::controller {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::seconds kFirstPause{2};
constexpr std::chrono::seconds kLastPause{60};
/// What only the passing of time changes, such as a login that ends, is seen within this time.
constexpr std::chrono::minutes kLookEvery{5};
constexpr std::chrono::seconds kCallLimit{15};
/// At most one part in so many of the time is spent on looking.
constexpr int kIdleShare = 100;
/// Other work goes on after so many objects.
constexpr std::size_t kObjectsAtOnce = 500;
constexpr std::size_t kDigestDigits = 16;

kube::CallOptions call_options() {
  return {.deadline = async::deadline_in(kCallLimit), .priority = async::Priority::Backfill};
}

std::string digest_of(const std::map<std::string, std::string>& text) {
  std::string whole;
  for (const auto& [key, value] : text) whole += fmt::format("{}\n{}\n{}\n", key, value.size(), value);
  return encode_hex(sha256(whole)).substr(0, kDigestDigits);
}

prometheus::Gauge& gauge(Metrics& metrics, const char* kind, const char* state) {
  const bool is_namespace = kind == std::string_view("namespaces");
  return metrics
      .gauge(fmt::format("acr_{}", kind), is_namespace
                                              ? "Covered Namespaces by whether they have a good pull Secret."
                                              : "Covered ServiceAccounts by whether they list the pull Secret.")
      .Add({{"state", state}});
}

WebhookReport describe_webhook(const ClusterCache& cache, const config::WebhookSettings& settings) {
  const auto mutating = cache.mutating.first();
  const auto validating = cache.validating.first();
  return {.wanted = settings.enable,
          .settings = settings,
          .registered_policy = mutating ? read_failure_policy(mutating->webhooks) : "",
          .validates_configuration = validating && !read_failure_policy(validating->webhooks).empty()};
}

}  // namespace

StatusKeeper::StatusKeeper(const async::Executor& executor, StatusEdge edge, Metrics& metrics)
    : edge_(std::move(edge)),
      changed_(executor),
      served_namespaces_(gauge(metrics, "namespaces", "served")),
      unserved_namespaces_(gauge(metrics, "namespaces", "unserved")),
      bound_accounts_(gauge(metrics, "serviceaccounts", "bound")),
      unbound_accounts_(gauge(metrics, "serviceaccounts", "unbound")),
      authority_expiry_(metrics
                            .gauge("acr_webhook_ca_expiry_timestamp_seconds",
                                   "End of the certificate authority that signs the webhook's certificates.")
                            .Add({})) {}

void StatusKeeper::mark() {
  if (!std::exchange(dirty_, true)) changed_.notify_all();
}

void StatusKeeper::begin_term() {
  dirty_ = true;
  was_read_ = false;
  told_error_.clear();
}

async::awaitable<void> StatusKeeper::run() {
  // A standby counts nothing.
  const std::unique_ptr<StatusKeeper, void (*)(StatusKeeper*)> at_end(this, [](StatusKeeper* self) { self->show({}); });
  nanoseconds pause = kFirstPause;
  for (;;) {
    const auto began = async::Clock::now();
    if (!dirty_) co_await changed_.wait_until(async::deadline_in(kLookEvery));
    if (async::Clock::now() - began > pause) pause = kFirstPause;  // calm since the last look
    co_await async::sleep_for(pause);
    dirty_ = false;
    const auto looked = async::Clock::now();
    auto facts = co_await collect();
    show(facts);
    auto wanted = build_status(facts);
    const nanoseconds cost = async::Clock::now() - looked;
    if (co_await bring(std::move(wanted))) pause = std::min<nanoseconds>(pause * 2, kLastPause);
    pause = std::max(pause, cost * kIdleShare);
  }
}

void StatusKeeper::show(const StatusFacts& facts) {
  const auto& coverage = facts.coverage;
  served_namespaces_.Set(static_cast<double>(coverage.namespaces.served));
  unserved_namespaces_.Set(static_cast<double>(coverage.namespaces.unserved));
  bound_accounts_.Set(static_cast<double>(coverage.accounts.served));
  unbound_accounts_.Set(static_cast<double>(coverage.accounts.unserved));
  const auto authority_until = facts.webhook.authority_until.value_or(WallTime{});
  authority_expiry_.Set(std::chrono::duration<double>(authority_until.time_since_epoch()).count());
}

async::awaitable<StatusFacts> StatusKeeper::collect() {
  // It is read first: the time at which the text in force was accepted may stand there.
  if (!was_read_) co_await read();
  const auto& in_force = *edge_.configuration.in_force();
  accepted_ = find_accepted();
  StatusFacts facts{.version = kVersion,
                    .leader = edge_.pod_name,
                    .configuration_name = kube::to_string(edge_.writer.cache.config_map_key()),
                    .configuration_present = edge_.writer.cache.config_map() != nullptr,
                    .origin = in_force.origin,
                    .accepted = accepted_,
                    .errors = format_diagnostics(in_force.diagnostics, config::Severity::Error),
                    .warnings = format_diagnostics(in_force.diagnostics, config::Severity::Warning).size(),
                    .held_back = edge_.reconciler.held_back(),
                    .instances = edge_.instances(),
                    .webhook = describe_webhook(edge_.writer.cache, in_force.settings.webhook)};
  for (auto& [status, hosts] : facts.instances) {
    const bool is_unknown = status.source.empty() || status.source == credentials::kNoSourceYet;
    if (is_unknown && status.expires && stored_) status.source = read_source(stored_->data, status.instance_key);
  }
  facts.webhook.authority_until = edge_.authority_until();
  const bool any_login =
      std::ranges::any_of(facts.instances, [](const auto& one) { return one.status.expires.has_value(); });
  facts.coverage = co_await count_coverage(any_login);
  co_return facts;
}

async::awaitable<Coverage> StatusKeeper::count_coverage(bool any_login) {
  const auto& cache = edge_.writer.cache;
  std::vector<std::string> names;
  for (const auto& [key, info] : cache.namespaces.all()) names.push_back(key.name);
  Coverage coverage;
  std::size_t seen = 0;
  for (const auto& name : names) {
    const auto info = cache.find_namespace(name);
    if (!info) continue;
    const auto rules = edge_.reconciler.rules();
    const CoverageInputs inputs{.rules = rules, .any_login = any_login, .trouble_with = [this](const WorkKey& key) {
                                  return edge_.reconciler.trouble_with(key);
                                }};
    const auto secret = cache.secrets.find({name, edge_.options.common.secret_name});
    count_namespace(coverage, inputs, *info, secret.get());
    const auto accounts = cache.service_accounts.in(name);
    for (const auto& account : accounts) count_account(coverage, inputs, *info, *account);
    seen += 1 + accounts.size();
    if (seen < kObjectsAtOnce) continue;
    seen = 0;
    co_await async::sleep_for(std::chrono::milliseconds{1});
  }
  co_return coverage;
}

std::optional<AcceptedText> StatusKeeper::find_accepted() const {
  const auto& text = edge_.configuration.texts().accepted;
  if (!text) return std::nullopt;
  const auto digest = digest_of(*text);
  if (accepted_ && accepted_->digest == digest) return accepted_;
  const auto told = stored_ ? read_accepted(stored_->data) : std::nullopt;
  if (told && told->digest == digest) return told;
  return AcceptedText{.digest = digest, .at = edge_.now()};
}

async::awaitable<void> StatusKeeper::read() {
  const kube::ObjectKey key{edge_.options.common.own_namespace, kStatusConfigMapName};
  auto found =
      co_await kube::fetch_object<kube::ConfigMapInfo>(edge_.writer.api, kube::kConfigMaps, key, call_options());
  was_read_ = found || found.error().kind == ErrorKind::NotFound;
  stored_ = found ? std::optional(std::move(*found)) : std::nullopt;
  if (!was_read_) tell(found.error());
}

async::awaitable<bool> StatusKeeper::bring(kube::TextMap wanted) {
  if (edge_.writer.dry_run) co_return false;
  dirty_ = dirty_ || !was_read_;
  if (!was_read_) co_return true;
  if (stored_ && std::ranges::includes(stored_->data, wanted)) co_return false;
  const kube::ObjectKey key{edge_.options.common.own_namespace, kStatusConfigMapName};
  const kube::ConfigMapWrite write{.key = key,
                                   .resource_version = stored_ ? stored_->resource_version : "",
                                   .labels = {{std::string(kube::kManagedByLabel), std::string(kube::kManagedByValue)}},
                                   .data = std::move(wanted)};
  auto body = kube::build_config_map_body(write);
  auto request = stored_ ? kube::build_merge_patch_request(kube::kConfigMaps, key, std::move(body))
                         : kube::build_create_request(kube::kConfigMaps, key.namespace_, std::move(body));
  auto written =
      co_await kube::apply_request<kube::ConfigMapInfo>(edge_.writer.api, std::move(request), call_options());
  if (written) {
    stored_ = std::move(*written);
    told_error_.clear();
    co_return true;
  }
  was_read_ = false;  // somebody else may have written, made or deleted it
  dirty_ = true;
  const auto kind = written.error().kind;
  const bool is_race = kind == ErrorKind::Conflict || kind == ErrorKind::AlreadyExists || kind == ErrorKind::NotFound;
  if (!is_race) tell(written.error());
  co_return true;
}

/// The same failure comes back every minute.
void StatusKeeper::tell(const Error& error) {
  if (std::exchange(told_error_, error.message) == error.message) return;
  log::warn("the status cannot be kept; it is tried again", {log::kv("error", error.message)});
}

}  // namespace acr::controller
