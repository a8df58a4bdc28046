// SPDX-License-Identifier: Apache-2.0
// RegistrationKeeper's care for a new CA bundle under Fail: no API server goes by it before an endpoint has answered by
// it.
#include <fmt/format.h>

#include "common/base/log.hpp"
#include "controller/registration_keeper.hpp"

namespace acr::controller {

/// The bundle itself, or the one that stands while Fail does and no endpoint answers by the new one: of a certificate
/// and its CA, one is replaced first.
async::awaitable<std::string> RegistrationKeeper::keep_trust(std::string bundle) {
  const auto now = standing();
  const bool is_risky = now.is_on && now.failure_policy == config::FailurePolicy::Fail && wants_fail() &&
                        !now.ca_bundle_pem.empty() && now.ca_bundle_pem != bundle;
  if (!is_risky) {
    untrusted_bundle_.clear();
    co_return bundle;
  }
  const auto answer = co_await probe_.ask(bundle);
  if (answer) {
    untrusted_bundle_.clear();
    co_return bundle;
  }
  if (std::exchange(untrusted_bundle_, bundle) != bundle) {
    log::warn(
        "no endpoint answers by the new CA of --webhook-ca-file; the registration keeps the old one until one does",
        {log::kv("reason", answer.error().message)});
  }
  co_return now.ca_bundle_pem;
}

/// Once for each reason: a file that stays broken is read each minute.
void RegistrationKeeper::tell_unusable_file() {
  if (parts_.options.webhook_ca_file.empty()) return;
  const auto bundle = ca_bundle();
  const auto why = bundle ? std::string() : bundle.error().message;
  if (std::exchange(unusable_file_, why) == why || why.empty()) return;
  const auto note = fmt::format(
      "the CA of the webhook cannot be used: {}. What is registered keeps the CA that stands there, and nothing new is "
      "registered. Put the CA (PEM) of the webhook's certificate into this file; it is read again each minute",
      why);
  log::warn("the CA file of the webhook cannot be used", {log::kv("note", note)});
  parts_.events.emit({.regarding = config_map_reference(parts_.writer.cache),
                      .severity = kube::Severity::Warning,
                      .reason = "WebhookCAUnusable",
                      .action = "Register",
                      .note = note});
}

/// A new bundle has come under Fail: whether it is good is known before the registration is touched.
async::awaitable<void> RegistrationKeeper::verify_injected() {
  const auto now = standing();
  const bool is_new = injects() && now.is_on && wants_fail() && !now.ca_bundle_pem.empty() &&
                      now.ca_bundle_pem != verified_bundle_ && now.failure_policy == config::FailurePolicy::Fail;
  if (!is_new) co_return;
  const auto answer = co_await probe_.ask(now.ca_bundle_pem);
  if (answer) {
    verified_bundle_ = now.ca_bundle_pem;
  } else {
    log::warn("no endpoint answers by the injected CA, Ignore is registered until one does",
              {log::kv("reason", answer.error().message)});
  }
}

}  // namespace acr::controller
