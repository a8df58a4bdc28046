// SPDX-License-Identifier: Apache-2.0
#include "controller/registration_keeper.hpp"

#include "common/base/crypto.hpp"
#include "common/base/log.hpp"
#include "common/config/admission_scope.hpp"
#include "common/kube/cluster_credentials.hpp"
#include "common/kube/fetch.hpp"
#include "common/kube/writes.hpp"
#include "controller/registration/probe.hpp"

namespace acr::controller {
namespace {

constexpr std::chrono::seconds kCallLimit{15};
constexpr std::chrono::seconds kProbeLimit{5};
/// While no endpoint has answered; a webhook that starts late is registered within this time.
constexpr std::chrono::milliseconds kProbeEvery{500};
constexpr std::chrono::seconds kLookEvery{60};
/// For so long a Service is taken to keep its clusterIP, which only changes if it is deleted and made anew.
constexpr std::chrono::seconds kLineLife{60};

kube::CallOptions call_options() {
  return {.deadline = async::deadline_in(kCallLimit), .priority = async::Priority::NewServiceAccount};
}

bool is_on(const kube::Store<kube::WebhookConfigurationInfo>::Object& object) {
  return object && object->webhooks != "[]";
}

}  // namespace

async::awaitable<Result<void>> RegistrationKeeper::learn_username() {
  if (!username_.empty()) co_return Result<void>{};
  auto request = kube::build_create_request(kube::kSelfSubjectReviews, "", kube::build_self_subject_review_body());
  const auto response = co_await parts_.writer.api.send(std::move(request), call_options());
  if (!response) co_return fail(with_context(response.error(), "cannot learn our own user name"));
  auto name = kube::parse_username(response->body);
  if (!name) co_return fail(name.error());
  username_ = std::move(*name);
  co_return Result<void>{};
}

Result<std::string> RegistrationKeeper::ca_bundle() const {
  if (!parts_.options.webhook_ca_file.empty()) {
    auto text = kube::read_file(parts_.options.webhook_ca_file);
    if (!text) return fail(with_context(text.error(), "--webhook-ca-file"));
    return std::string(text->reveal());
  }
  const auto set = parts_.authority.current();
  if (!set) return fail(ErrorKind::NotFound, "the webhook's CA Secret is not there yet");
  return set->bundle_pem;
}

async::awaitable<Result<std::string>> RegistrationKeeper::fetch_cluster_ip() {
  if (!parts_.options.webhook_url.empty()) co_return std::string{};
  const auto& service = parts_.options.webhook_service;
  const auto response = co_await parts_.writer.api.send(
      kube::build_get_request(kube::kServices, {service.namespace_, service.name}), call_options());
  if (!response) co_return fail(response.error());
  const auto document = parse_json(response->body);
  if (!document) co_return fail(document.error());
  co_return std::string(string_at(*document, "spec", "clusterIP"));
}

async::awaitable<Result<void>> RegistrationKeeper::refresh_line(std::string bundle) {
  if (line_.client && line_.bundle == bundle && async::Clock::now() < line_.good_until) co_return Result<void>{};
  const auto cluster_ip = co_await fetch_cluster_ip();
  if (!cluster_ip) co_return fail(cluster_ip.error());
  auto target = build_probe_target(build_inputs(bundle).endpoint, *cluster_ip);
  if (!target) co_return fail(target.error());
  auto client = make_probe_client(parts_.writer.api.executor(), parts_.resolver, *target, bundle);
  if (!client) co_return fail(client.error());
  line_ = {.bundle = std::move(bundle),
           .target = std::move(*target),
           .client = std::move(*client),
           .good_until = async::deadline_in(kLineLife)};
  co_return Result<void>{};
}

async::awaitable<Result<void>> RegistrationKeeper::probe_endpoint(std::string bundle) {
  const auto refreshed = co_await refresh_line(std::move(bundle));
  if (!refreshed) co_return fail(refreshed.error());
  const auto uid = random_hex(16);
  co_return co_await probe(*line_.client, line_.target, uid, parts_.options.common.own_namespace,
                           async::deadline_in(kProbeLimit));
}

RegistrationInputs RegistrationKeeper::build_inputs(std::string bundle) const {
  const auto& options = parts_.options;
  const auto& settings = parts_.configuration.in_force()->settings;
  const auto selectors =
      config::build_webhook_selectors(settings, options.common.own_namespace, options.common.secret_name, username_);
  return {.endpoint = {.service = {options.webhook_service.namespace_, options.webhook_service.name},
                       .url = options.webhook_url},
          .own_namespace = options.common.own_namespace,
          .ca_bundle_pem = std::move(bundle),
          .settings = settings.webhook,
          .namespace_selector_json = selectors.namespace_selector_json,
          .object_selector_json = selectors.object_selector_json,
          .match_conditions_json = selectors.match_conditions_json,
          .configuration = {options.common.config_map_namespace, options.common.config_map_name}};
}

void RegistrationKeeper::note_answer(const Result<void>& answer) {
  if (answer) {
    complained_ = false;
    return;
  }
  // A webhook that is not deployed, or starts after us, is normal: told once.
  if (std::exchange(complained_, true)) return;
  log::info("no webhook endpoint answers yet; it is registered as soon as one does",
            {log::kv("reason", answer.error().message)});
}

bool RegistrationKeeper::wants_webhook() const {
  const auto& settings = parts_.configuration.in_force()->settings;
  const auto& common = parts_.options.common;
  return settings.webhook.enable &&
         !config::build_webhook_selectors(settings, common.own_namespace, common.secret_name, username_).covers_nothing;
}

bool RegistrationKeeper::is_registered(RegistrationKind kind) const {
  const auto& cache = parts_.writer.cache;
  return is_on((kind == RegistrationKind::Mutating ? cache.mutating : cache.validating).find({"", kRegistrationName}));
}

bool RegistrationKeeper::is_wanted(RegistrationKind kind) const {
  return kind == RegistrationKind::Mutating ? wants_webhook() : parts_.options.validate_config;
}

async::awaitable<Outcome> RegistrationKeeper::reconcile() {
  const auto known = co_await learn_username();
  if (!known) co_return fail(known.error());
  // Switching off and changing what stands there depend on no endpoint, and one kind never waits for the other: in an
  // outage of the webhook the admin must be able to turn Fail into Ignore.
  for (const auto kind : {RegistrationKind::Mutating, RegistrationKind::Validating}) {
    const auto brought = co_await bring_standing(kind);
    if (!brought) co_return brought;
  }
  co_return co_await switch_on();
}

async::awaitable<Outcome> RegistrationKeeper::bring_standing(RegistrationKind kind) {
  if (!is_registered(kind)) co_return done();
  if (!is_wanted(kind)) {
    // The check of the configuration follows a flag, not the configuration, and so may always go.
    const bool may_go = kind == RegistrationKind::Validating || parts_.configuration.in_force()->removals_allowed;
    if (!may_go) co_return done();
    auto inputs = build_inputs({});
    co_return co_await bring(kind, "[]", std::move(inputs));
  }
  const auto bundle = ca_bundle();
  if (!bundle) co_return done();
  auto inputs = build_inputs(*bundle);
  auto wanted =
      kind == RegistrationKind::Mutating ? build_mutating_webhooks(inputs) : build_validating_webhooks(inputs);
  co_return co_await bring(kind, std::move(wanted), std::move(inputs));
}

async::awaitable<Outcome> RegistrationKeeper::switch_on() {
  const auto missing = [this](RegistrationKind kind) { return is_wanted(kind) && !is_registered(kind); };
  if (!missing(RegistrationKind::Mutating) && !missing(RegistrationKind::Validating))
    co_return look_again_in(kLookEvery);
  const auto bundle = ca_bundle();
  if (!bundle) co_return look_again_in(kProbeEvery);
  const auto answer = co_await probe_endpoint(*bundle);
  note_answer(answer);
  if (!answer) co_return look_again_in(kProbeEvery);
  // What is wanted is read again after the probe: the configuration may have changed meanwhile.
  for (const auto kind : {RegistrationKind::Mutating, RegistrationKind::Validating}) {
    if (!missing(kind)) continue;
    auto inputs = build_inputs(*bundle);
    auto wanted =
        kind == RegistrationKind::Mutating ? build_mutating_webhooks(inputs) : build_validating_webhooks(inputs);
    const auto brought = co_await bring(kind, std::move(wanted), std::move(inputs));
    if (!brought) co_return brought;
  }
  co_return look_again_in(kLookEvery);
}

async::awaitable<Outcome> RegistrationKeeper::bring(RegistrationKind kind, std::string wanted,
                                                    RegistrationInputs inputs) {
  auto& cache = parts_.writer.cache;
  auto& store = kind == RegistrationKind::Mutating ? cache.mutating : cache.validating;
  const auto resource = kind == RegistrationKind::Mutating ? kube::kMutatingWebhookConfigurations
                                                           : kube::kValidatingWebhookConfigurations;
  const char* kind_name =
      kind == RegistrationKind::Mutating ? "MutatingWebhookConfiguration" : "ValidatingWebhookConfiguration";
  const auto present = store.find({"", kRegistrationName});
  const auto action = plan_registration(kind, present ? std::optional(*present) : std::nullopt, wanted, inputs);
  if (action.step == RegistrationStep::None) co_return done();
  if (action.step == RegistrationStep::Refuse) {
    log::error("the webhook registration is left alone",
               {log::kv("kind", kind_name), log::kv("reason", action.reason)});
    co_return done();
  }
  if (parts_.writer.dry_run) {
    log::info("would write the webhook registration", {log::kv("kind", kind_name), log::kv("reason", action.reason)});
    co_return done();
  }
  auto request = action.step == RegistrationStep::Create
                     ? kube::build_create_request(resource, "", action.body)
                     : kube::build_merge_patch_request(resource, {"", kRegistrationName}, action.body);
  auto written = co_await kube::apply_request<kube::WebhookConfigurationInfo>(parts_.writer.api, std::move(request),
                                                                              call_options());
  if (!written && action.step == RegistrationStep::Create && written.error().kind == ErrorKind::Denied) {
    // The object is shipped by the manifests, and no right to create one is: a person has to bring it back.
    log::error(
        "the webhook registration is missing and may not be created; apply manifests/webhook-configurations.yaml",
        {log::kv("kind", kind_name), log::kv("error", written.error().message)});
    co_return done();
  }
  if (!written) co_return fail(written.error());
  log::info("webhook registration written",
            {log::kv("kind", kind_name), log::kv("reason", action.reason), log::kv("on", written->webhooks != "[]")});
  if (written->webhooks != "[]" && !is_on(present)) {
    parts_.events.emit(
        {.regarding = config_map_reference(cache),
         .reason = "WebhookRegistered",
         .action = "Register",
         .note = fmt::format(
             "{} {} is in force with failurePolicy {} and timeout {} s", kind_name, kRegistrationName,
             kind == RegistrationKind::Mutating ? config::to_string(inputs.settings.failure_policy) : "Ignore",
             kind == RegistrationKind::Mutating ? inputs.settings.timeout_seconds : 3)});
  }
  store.upsert(std::move(*written));
  co_return done();
}

}  // namespace acr::controller
