// SPDX-License-Identifier: Apache-2.0
#include "controller/registration_keeper.hpp"

#include "common/base/log.hpp"
#include "common/config/admission_scope.hpp"
#include "common/kube/cluster_credentials.hpp"
#include "common/kube/fetch.hpp"
#include "common/kube/writes.hpp"
#include "controller/registration/probe.hpp"

namespace acr::controller {
namespace {

constexpr std::chrono::seconds kCallLimit{15};
/// While the CA Secret is not there.
constexpr std::chrono::milliseconds kBundleEvery{500};
/// While no endpoint answers by a new bundle.
constexpr std::chrono::seconds kBundleAgain{2};
constexpr std::chrono::seconds kLookEvery{60};

kube::CallOptions call_options() {
  return {.deadline = async::deadline_in(kCallLimit), .priority = async::Priority::NewServiceAccount};
}

/// Shorter than for a ServiceAccount: under Fail a registration without its caBundle refuses every creation.
constexpr std::chrono::seconds kLongestPause{4};

Fights::Subject fight_over(RegistrationKind kind) {
  return {.resource = kind == RegistrationKind::Mutating ? kube::kMutatingWebhookConfigurations
                                                         : kube::kValidatingWebhookConfigurations,
          .kind = kind_name(kind),
          .field = "f:webhooks",
          .reason = "ForeignWriter",
          .what = "changes this webhook registration",
          .advice =
              "have it leave `webhooks` of this object out of what it applies or compares: the controller writes "
              "them by webhook-configuration",
          .api_version = "admissionregistration.k8s.io/v1",
          .longest_pause = kLongestPause,
          .is_listed = true};
}

CounterFamily& undone_counter(Metrics& metrics) {
  return metrics.counter("acr_registration_foreign_writes_total",
                         "Webhook registrations that another client changed or emptied, by field manager.");
}

/// The sooner of two times to look again.
std::optional<std::chrono::milliseconds> sooner(std::optional<std::chrono::milliseconds> one,
                                                std::optional<std::chrono::milliseconds> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

bool is_on(const kube::Store<kube::WebhookConfigurationInfo>::Object& object) {
  return object && object->webhooks != "[]";
}

}  // namespace

RegistrationKeeper::RegistrationKeeper(Parts parts)
    : parts_(std::move(parts)),
      mutating_fights_(parts_.writer.api, parts_.events, undone_counter(parts_.metrics),
                       fight_over(RegistrationKind::Mutating)),
      validating_fights_(parts_.writer.api, parts_.events, undone_counter(parts_.metrics),
                         fight_over(RegistrationKind::Validating)),
      probe_(parts_.writer.api, parts_.dialer, parts_.options),
      breaker_({.probe = {parts_.writer.api, parts_.dialer, parts_.options},
                .cache = parts_.writer.cache,
                .events = parts_.events,
                .metrics = parts_.metrics,
                .watched = [this] { return watched_bundle(); },
                .on_change = parts_.on_change}),
      policy_(parts_.writer, parts_.events, parts_.options.common.own_namespace) {}

void RegistrationKeeper::begin_term() {
  const auto now = standing();
  left_mutating_ = {};
  left_validating_ = {};
  policy_.begin_term();
  policy_serves_.reset();
  registered_since_.reset();
  probing_since_.reset();
  // Whoever registered Fail has seen it verify.
  verified_bundle_ = now.failure_policy == config::FailurePolicy::Fail ? now.ca_bundle_pem : std::string{};
  const bool is_lowered = now.is_on && now.failure_policy == config::FailurePolicy::Ignore;
  breaker_.begin_term(is_lowered && wants_fail() && parts_.options.webhook_breaker);
}

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
    if (text->reveal().find("-----BEGIN CERTIFICATE-----") == std::string_view::npos)
      return fail(ErrorKind::Invalid, "--webhook-ca-file " + parts_.options.webhook_ca_file + " holds no certificate");
    return std::string(text->reveal());
  }
  if (injects()) {
    auto now = standing();
    if (now.ca_bundle_pem.empty()) return fail(ErrorKind::NotFound, "no CA has been injected yet");
    return std::move(now.ca_bundle_pem);
  }
  const auto set = parts_.authority.current();
  if (!set) return fail(ErrorKind::NotFound, "the webhook's CA Secret is not there yet");
  return set->bundle_pem;
}

RegistrationInputs RegistrationKeeper::build_inputs(std::string bundle) const {
  const auto& options = parts_.options;
  const auto& settings = parts_.configuration.in_force()->settings;
  const auto selectors =
      config::build_webhook_selectors(settings, options.common.own_namespace, options.common.secret_name, username_);
  return {.endpoint = {.service = {options.webhook_service.namespace_, options.webhook_service.name},
                       .url = options.webhook_url},
          .own_namespace = options.common.own_namespace,
          .ca_bundle_pem = injects() ? std::string{} : std::move(bundle),
          .inject_ca_from = options.webhook_inject_ca_from,
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

bool RegistrationKeeper::wants_binding() const {
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
  if (kind == RegistrationKind::Validating) return parts_.options.validate_config;
  if (!wants_binding() || !wants_policy() || policy_serves_ == false) return wants_binding();
  // A policy does it, or will: what stands stays until that is in force.
  return is_registered(kind) && !policy_.is_in_force();
}

StandingWebhook RegistrationKeeper::standing() const {
  const auto object = parts_.writer.cache.mutating.find({"", kRegistrationName});
  return object ? read_standing(object->webhooks) : StandingWebhook{};
}

bool RegistrationKeeper::is_meant_to_fail() const {
  return wants_binding() &&
         parts_.configuration.in_force()->settings.webhook.failure_policy == config::FailurePolicy::Fail;
}

bool RegistrationKeeper::wants_fail() const {
  return is_meant_to_fail() && !(wants_policy() && policy_serves_.value_or(true));
}

bool RegistrationKeeper::must_raise() const {
  const auto now = standing();
  return now.is_on && now.failure_policy == config::FailurePolicy::Ignore && wants_fail() && !breaker_.is_open();
}

std::optional<std::string> RegistrationKeeper::watched_bundle() const {
  if (!parts_.options.webhook_breaker || parts_.configuration.in_force() == nullptr || !is_meant_to_fail())
    return std::nullopt;
  auto now = standing();
  const bool stands = now.is_on && (now.failure_policy == config::FailurePolicy::Fail || breaker_.is_open());
  if (!stands) return std::nullopt;
  if (!now.ca_bundle_pem.empty() || injects())
    return now.ca_bundle_pem.empty() ? std::nullopt : std::optional(std::move(now.ca_bundle_pem));
  auto bundle = ca_bundle();  // somebody has emptied what stands there, and it is put right
  return bundle ? std::optional(std::move(*bundle)) : std::nullopt;
}

async::awaitable<Outcome> RegistrationKeeper::reconcile() {
  const auto known = co_await learn_username();
  if (!known) co_return fail(known.error());
  const auto policy = co_await bring_policy();
  tell_unusable_file();
  co_await verify_injected();
  // Switching off and changing what stands there depend on no endpoint, and one kind never waits for the other: in an
  // outage of the webhook the admin must be able to turn Fail into Ignore.
  std::optional<std::chrono::milliseconds> again;
  std::optional<Error> failure;
  for (const auto kind : {RegistrationKind::Mutating, RegistrationKind::Validating}) {
    const auto brought = co_await bring_standing(kind);
    if (brought) again = sooner(again, *brought);
    if (!brought && !failure) failure = brought.error();
  }
  if (failure) co_return fail(std::move(*failure));
  const auto switched = co_await switch_on();
  if (!switched) co_return switched;
  const auto retired = co_await retire_policy();
  if (!retired) co_return retired;
  again = sooner(again, sooner(*switched, *retired));
  if (!policy) co_return fail(policy.error());
  co_return again;
}

async::awaitable<Outcome> RegistrationKeeper::bring_standing(RegistrationKind kind) {
  if (!is_registered(kind)) co_return done();
  if (!is_wanted(kind)) {
    // The check of the configuration follows a flag, not the configuration, and so may always go.
    const bool is_replaced = kind == RegistrationKind::Validating || (wants_binding() && policy_.is_in_force());
    const bool may_go = is_replaced || parts_.configuration.in_force()->removals_allowed;
    if (!may_go) co_return done();
    auto inputs = build_inputs({});
    co_return co_await bring(kind, "[]", "[]", std::move(inputs));
  }
  auto bundle = ca_bundle();
  if (!bundle && !injects()) {
    // A CA that is lost keeps neither an edit nor the breaker from what API servers go by meanwhile.
    bundle = kind == RegistrationKind::Mutating ? standing().ca_bundle_pem : std::string{};
    if (bundle->empty()) co_return done();
  }
  if (kind == RegistrationKind::Validating || parts_.options.webhook_ca_file.empty() || injects())
    co_return co_await bring_on(kind, bundle.value_or(std::string{}), false);
  const auto trusted = co_await keep_trust(std::move(*bundle));
  auto brought = co_await bring_on(kind, trusted, false);
  if (brought && !untrusted_bundle_.empty()) co_return look_again_in(kBundleAgain);
  co_return brought;
}

async::awaitable<Outcome> RegistrationKeeper::bring_on(RegistrationKind kind, const std::string& bundle,
                                                       bool answered) {
  const auto build = [kind](const RegistrationInputs& inputs) {
    return kind == RegistrationKind::Mutating ? build_mutating_webhooks(inputs) : build_validating_webhooks(inputs);
  };
  auto inputs = build_inputs(bundle);
  if (breaker_.is_open()) inputs.settings.failure_policy = config::FailurePolicy::Ignore;
  auto target = build(inputs);
  if (!may_fail(answered)) inputs.settings.failure_policy = config::FailurePolicy::Ignore;
  auto wanted = build(inputs);
  co_return co_await bring(kind, std::move(wanted), std::move(target), std::move(inputs));
}

/// Fail is not registered before an endpoint has answered: until then Ignore stays where it stands.
bool RegistrationKeeper::may_fail(bool answered) const {
  const auto now = standing();
  if (injects() && (now.ca_bundle_pem.empty() || now.ca_bundle_pem != verified_bundle_)) return false;
  return answered || (now.is_on && now.failure_policy == config::FailurePolicy::Fail);
}

async::awaitable<Outcome> RegistrationKeeper::switch_on() {
  const auto missing = [this](RegistrationKind kind) {
    return is_wanted(kind) && (!is_registered(kind) || (kind == RegistrationKind::Mutating && must_raise()));
  };
  if (!missing(RegistrationKind::Mutating) && !missing(RegistrationKind::Validating)) {
    probing_since_.reset();
    co_return look_again_in(kLookEvery);
  }
  if (injects()) {
    // An injector writes into webhooks that stand there: they are registered without a bundle, under Ignore.
    for (const auto kind : {RegistrationKind::Mutating, RegistrationKind::Validating}) {
      if (!is_wanted(kind) || is_registered(kind)) continue;
      const auto brought = co_await bring_on(kind, {}, false);
      if (!brought) co_return brought;
    }
  }
  const auto bundle = ca_bundle();
  if (!bundle) co_return look_again_in(kBundleEvery);
  auto again = look_again_in(kLookEvery);
  const bool to_bind = missing(RegistrationKind::Mutating);
  if (!probing_since_ || to_bind != std::exchange(probes_to_bind_, to_bind)) probing_since_ = async::Clock::now();
  const auto answer = co_await probe_.ask(*bundle);
  note_answer(answer);
  if (!answer) co_return look_again_in(probe_pause(async::Clock::now() - probing_since_.value_or(async::Clock::now())));
  probing_since_.reset();
  if (injects()) verified_bundle_ = *bundle;
  // What is wanted is read again after the probe: the configuration may have changed meanwhile.
  for (const auto kind : {RegistrationKind::Mutating, RegistrationKind::Validating}) {
    if (!missing(kind)) continue;
    const auto brought = co_await bring_on(kind, *bundle, true);
    if (!brought) co_return brought;
    again = sooner(*again, *brought);
  }
  co_return again;
}

async::awaitable<std::optional<std::chrono::milliseconds>> RegistrationKeeper::judge_change(RegistrationKind kind,
                                                                                            std::string standing,
                                                                                            std::string target) {
  const kube::ObjectKey key{"", kRegistrationName};
  auto& before = left(kind);
  if (target != before.target) co_return std::nullopt;  // an edit, which waits for nothing
  if (!before.standing.empty() && standing != before.standing) {
    before.standing.clear();  // counted once
    fights(kind).observe(key, Fights::State::Wrong);
    co_await fights(kind).tell(key);
  }
  co_return fights(kind).pause(key);
}

async::awaitable<Outcome> RegistrationKeeper::bring(RegistrationKind kind, std::string wanted, std::string target,
                                                    RegistrationInputs inputs) {
  auto& cache = parts_.writer.cache;
  auto& store = kind == RegistrationKind::Mutating ? cache.mutating : cache.validating;
  const auto resource = kind == RegistrationKind::Mutating ? kube::kMutatingWebhookConfigurations
                                                           : kube::kValidatingWebhookConfigurations;
  const auto present = store.find({"", kRegistrationName});
  const auto action = plan_registration(kind, present ? std::optional(*present) : std::nullopt, wanted, inputs);
  if (action.step == RegistrationStep::None) {
    if (wanted == target) leave(kind, std::move(target), present ? present->webhooks : "[]");
    co_return done();
  }
  if (action.step == RegistrationStep::Refuse) {
    log::error("the webhook registration is left alone",
               {log::kv("kind", kind_name(kind)), log::kv("reason", action.reason)});
    co_return done();
  }
  if (parts_.writer.dry_run) {
    log::info("would write the webhook registration",
              {log::kv("kind", kind_name(kind)), log::kv("reason", action.reason)});
    co_return done();
  }
  // An injector's bundle that does not verify is lowered at once, and is no fight.
  const bool is_lowered = injects() && wanted != target;
  const auto pause =
      is_lowered ? std::nullopt : co_await judge_change(kind, present ? present->webhooks : "[]", target);
  if (pause) co_return look_again_in(*pause);
  auto request = action.step == RegistrationStep::Create
                     ? kube::build_create_request(resource, "", action.body)
                     : kube::build_merge_patch_request(resource, {"", kRegistrationName}, action.body);
  auto written = co_await kube::apply_request<kube::WebhookConfigurationInfo>(parts_.writer.api, std::move(request),
                                                                              call_options());
  if (!written && action.step == RegistrationStep::Create && written.error().kind == ErrorKind::Denied) {
    // The object is shipped by the manifests, and no right to create one is: a person has to bring it back.
    log::error(
        "the webhook registration is missing and may not be created; run helm upgrade, or apply manifests/install.yaml "
        "again",
        {log::kv("kind", kind_name(kind)), log::kv("error", written.error().message)});
    co_return done();
  }
  if (!written) co_return fail(written.error());
  log::info("webhook registration written", {log::kv("kind", kind_name(kind)), log::kv("reason", action.reason),
                                             log::kv("on", written->webhooks != "[]")});
  if (written->webhooks != "[]" && !is_on(present)) tell_registered(kind, inputs);
  if (is_lowered) left(kind).standing.clear();
  if (wanted == target) leave(kind, std::move(target), written->webhooks);
  store.upsert(std::move(*written));
  co_return done();
}

void RegistrationKeeper::leave(RegistrationKind kind, std::string target, std::string standing) {
  left(kind) = {.target = std::move(target), .standing = std::move(standing)};
  fights(kind).note_written({"", kRegistrationName});
}

void RegistrationKeeper::tell_registered(RegistrationKind kind, const RegistrationInputs& inputs) {
  const bool is_mutating = kind == RegistrationKind::Mutating;
  parts_.events.emit({.regarding = config_map_reference(parts_.writer.cache),
                      .reason = "WebhookRegistered",
                      .action = "Register",
                      .note = fmt::format("{} {} is in force with failurePolicy {} and timeout {} s", kind_name(kind),
                                          kRegistrationName,
                                          is_mutating ? config::to_string(inputs.settings.failure_policy) : "Ignore",
                                          is_mutating ? inputs.settings.timeout_seconds : 3)});
}

}  // namespace acr::controller
