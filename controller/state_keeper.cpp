// SPDX-License-Identifier: Apache-2.0
#include "controller/state_keeper.hpp"

#include <algorithm>

#include "common/async/sleep.hpp"
#include "common/async/with_deadline.hpp"
#include "common/base/log.hpp"
#include "common/kube/fetch.hpp"
#include "common/kube/writes.hpp"

namespace acr::controller {
namespace {

constexpr std::chrono::seconds kWriteLimit{15};
constexpr std::chrono::seconds kReadLimit{5};
constexpr std::chrono::milliseconds kFlushPause{100};
constexpr std::size_t kLargeBytes = 64UL * 1024;
constexpr std::chrono::seconds kLargePause{30};
/// A renewed login has an older one in the Secret to go on from; a first one has nothing. While first ones keep coming,
/// in the start of thousands, it doubles.
constexpr std::chrono::seconds kFirstLoginPause{2};

kube::SecretWrite build_write(const kube::ObjectKey& key, const kube::SecretData* current,
                              std::map<std::string, Secret> data) {
  return {.key = key,
          .resource_version = current ? current->meta.resource_version : "",
          .labels = {{std::string(kube::kManagedByLabel), std::string(kube::kManagedByValue)}},
          .data = std::move(data)};
}

prometheus::Gauge& left_out(Metrics& metrics, const char* part) {
  return metrics
      .gauge("acr_state_left_out", "What does not fit into the state Secret: 1 for a text, the number for logins.")
      .Add({{"part", part}});
}

std::size_t size_of(const std::map<std::string, Secret>& data) {
  std::size_t size = 0;
  for (const auto& [key, value] : data) size += value.size();
  return size;
}

}  // namespace

StateKeeper::StateKeeper(Writer writer, Configuration& configuration, credentials::Refresher& refresher,
                         kube::EventRecorder& events, Metrics& metrics)
    : writer_(writer),
      configuration_(configuration),
      refresher_(refresher),
      events_(events),
      configuration_left_out_(left_out(metrics, "configuration")),
      first_start_left_out_(left_out(metrics, "first-start")),
      logins_left_out_(left_out(metrics, "logins")) {}

credentials::State StateKeeper::stored() const {
  const auto stored = writer_.cache.state();
  if (!stored) return {};
  auto decoded = credentials::decode_state(stored->data);
  for (const auto& problem : decoded.problems) {
    log::warn("part of the state secret is damaged and was dropped", {log::kv("error", problem.message)});
  }
  return std::move(decoded.state);
}

async::awaitable<Result<void>> StateKeeper::catch_up() {
  auto found = co_await kube::fetch_object<kube::SecretData>(writer_.api, kube::kSecrets, writer_.cache.state_key(),
                                                             {.deadline = async::deadline_in(kReadLimit)});
  if (found) {
    writer_.cache.states.upsert(std::move(*found));
  } else if (found.error().kind != ErrorKind::NotFound) {
    co_return fail(found.error());
  }
  configuration_.take_over();
  co_return Result<void>{};
}

async::awaitable<void> StateKeeper::flush(async::Deadline deadline) {
  written_.reset();
  for (;;) {
    const auto outcome = co_await async::with_deadline(deadline, "cannot store the logins", reconcile());
    if (outcome) co_return;
    const auto again = async::deadline_in(kFlushPause);
    if (again >= deadline) {
      log::warn("the state secret does not hold the last logins; the next leader fetches them anew",
                {log::kv("error", outcome.error().message)});
      co_return;
    }
    co_await async::sleep_until(again);  // the write that was under way when work stopped may still have to be seen
  }
}

std::optional<std::chrono::milliseconds> StateKeeper::pause_before_write() const {
  if (!written_ || written_->size < kLargeBytes || !writer_.cache.state()) return std::nullopt;
  if (written_->texts != configuration_.texts() || written_->region != configuration_.default_region())
    return std::nullopt;
  const bool any_is_first = refresher_.keeps_others_than(written_->instance_keys);
  const auto rest = written_->at + (any_is_first ? written_->first_login_pause : kLargePause) - async::Clock::now();
  if (rest <= async::Clock::duration::zero()) return std::nullopt;
  return std::chrono::ceil<std::chrono::milliseconds>(rest);
}

async::awaitable<Outcome> StateKeeper::reconcile() {
  if (const auto pause = pause_before_write()) co_return look_again_in(*pause);
  const auto current = writer_.cache.state();
  const credentials::State wanted{.texts = configuration_.texts(),
                                  .logins = refresher_.kept_logins(),
                                  .region = configuration_.default_region(),
                                  .clock = refresher_.clock_correction()};
  auto encoded = credentials::encode_state(wanted, current ? current->data : std::map<std::string, Secret>{});
  tell(encoded);
  if (current && current->data == encoded.data) co_return done();
  if (!current && wanted.texts == config::Remembered{} && wanted.logins.empty()) co_return done();
  if (writer_.dry_run) {
    log::info("would write the state secret", {log::kv("secret", kube::to_string(writer_.cache.state_key()))});
    co_return done();
  }

  const bool first_logins_go_on = written_ && written_->size >= kLargeBytes &&
                                  refresher_.keeps_others_than(written_->instance_keys) &&
                                  async::Clock::now() <= written_->at + written_->first_login_pause + kLargePause;
  Written written{.texts = wanted.texts,
                  .region = wanted.region,
                  .instance_keys = {},
                  .first_login_pause =
                      first_logins_go_on ? std::min(written_->first_login_pause * 2, kLargePause) : kFirstLoginPause,
                  .size = size_of(encoded.data),
                  .at = async::Clock::now()};
  for (const auto& login : wanted.logins) written.instance_keys.insert(login.instance_key);
  const auto key = writer_.cache.state_key();
  auto body = kube::build_secret_body(build_write(key, current.get(), std::move(encoded.data)));
  auto request = current ? kube::build_update_request(kube::kSecrets, key, std::move(body))
                         : kube::build_create_request(kube::kSecrets, key.namespace_, std::move(body));
  const kube::CallOptions options{.deadline = async::deadline_in(kWriteLimit), .priority = async::Priority::Refresh};
  auto result = co_await kube::apply_request<kube::SecretData>(writer_.api, std::move(request), options);
  if (!result) co_return fail(result.error());
  written_ = std::move(written);
  writer_.cache.states.upsert(std::move(*result));
  co_return done();
}

/// Says once what a restart will not find.
void StateKeeper::tell(const credentials::EncodedState& encoded) {
  const auto begins = [](prometheus::Gauge& gauge, std::size_t count) {
    const bool was_zero = gauge.Value() == 0;
    gauge.Set(static_cast<double>(count));
    return was_zero && count > 0;
  };
  if (begins(configuration_left_out_, encoded.configuration_left_out ? 1 : 0)) {
    emit(
        "the accepted configuration is in force, but does not fit into the state Secret: after a restart under a "
        "broken or absent ConfigMap the one stored before it would rule; shorten acr-configuration");
  }
  if (begins(first_start_left_out_, encoded.first_start_left_out ? 1 : 0)) {
    emit(
        "the text of the first start does not fit into the state Secret: a restart judges acr-configuration anew; "
        "correct or shorten it");
  }
  if (begins(logins_left_out_, encoded.logins_left_out)) {
    emit(
        fmt::format("{} logins do not fit into the state Secret: after a restart they are fetched anew, which needs "
                    "the cloud; the others are kept",
                    encoded.logins_left_out));
  }
}

void StateKeeper::emit(std::string note) {
  log::warn("the state secret cannot hold everything", {log::kv("what", note)});
  events_.emit({.regarding = config_map_reference(writer_.cache),
                .severity = kube::Severity::Warning,
                .reason = "StateTooLarge",
                .action = "Store",
                .note = std::move(note)});
}

}  // namespace acr::controller
