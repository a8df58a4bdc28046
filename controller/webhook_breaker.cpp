// SPDX-License-Identifier: Apache-2.0
#include "controller/webhook_breaker.hpp"

#include <fmt/format.h>

#include "common/async/boot_time.hpp"
#include "common/async/sleep.hpp"
#include "common/base/log.hpp"
#include "controller/configuration.hpp"

namespace acr::controller {
namespace {

constexpr std::chrono::seconds kLookEvery{2};
/// While no endpoint answers.
constexpr std::chrono::seconds kLookAgain{1};

}  // namespace

WebhookBreaker::WebhookBreaker(Parts parts)
    : parts_(std::move(parts)),
      open_(parts_.metrics
                .gauge("acr_webhook_breaker_open",
                       "1 while Ignore is registered in the place of Fail because no webhook endpoint answers.")
                .Add({})) {}

void WebhookBreaker::become(Breaker breaker) {
  breaker_ = breaker;
  open_.Set(is_open() ? 1 : 0);
}

void WebhookBreaker::begin_term(bool is_lowered) {
  become(Breaker(is_lowered ? Breaker::State::Open : Breaker::State::Closed));
  if (is_lowered) {
    log::warn(
        "Ignore is registered although failure-policy is Fail, as by a breaker that an earlier leader opened; "
        "Fail comes back after 15 s of answers of the webhook");
  }
}

async::awaitable<void> WebhookBreaker::run() {
  for (;;) {
    const auto bundle = parts_.watched();
    if (!bundle) {
      become(Breaker());
      co_await async::sleep_for(kLookEvery);
      continue;
    }
    const auto sight = co_await parts_.probe.look(*bundle);
    if (!parts_.watched()) continue;  // edited meanwhile
    const auto before = breaker_.state();
    if (breaker_.observe(async::boot_time(), sight.answered, sight.api_ok) != before) {
      become(breaker_);
      tell(sight.reason);
      parts_.on_change();
    }
    co_await async::sleep_for(sight.answered ? kLookEvery : kLookAgain);
  }
}

void WebhookBreaker::tell(const std::string& why) {
  const auto note =
      is_open()
          ? fmt::format(
                "no webhook endpoint has answered for {} s ({}): Ignore is registered instead of Fail, so "
                "that ServiceAccounts can be created; the controller binds them a moment later. Bring the "
                "pods of acr-webhook back; Fail returns by itself after {} s of answers",
                Breaker::kPatience.count(), why, Breaker::kPatience.count())
          : fmt::format("the webhook has answered for {} s: Fail is registered again", Breaker::kPatience.count());
  is_open() ? log::warn("the webhook's circuit breaker opened", {log::kv("note", note)})
            : log::info("the webhook's circuit breaker closed", {log::kv("note", note)});
  parts_.events.emit({.regarding = config_map_reference(parts_.cache),
                      .severity = is_open() ? kube::Severity::Warning : kube::Severity::Normal,
                      .reason = is_open() ? "WebhookBreakerOpened" : "WebhookBreakerClosed",
                      .action = "Register",
                      .note = note});
}

}  // namespace acr::controller
