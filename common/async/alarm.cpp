// SPDX-License-Identifier: Apache-2.0
#include "common/async/alarm.hpp"

namespace acr::async {

struct Alarm::State {
  State(const Executor& executor, std::function<void()> callback) : timer(executor), ring(std::move(callback)) {}

  static void arm(const std::shared_ptr<State>& state) {
    state->wakes_at = state->moment;
    state->timer.expires_at(state->moment);
    state->timer.async_wait([weak = std::weak_ptr(state)](const boost::system::error_code& cancelled) {
      if (const auto woken = weak.lock(); woken && !cancelled) wake(woken);
    });
  }
  static void wake(const std::shared_ptr<State>& state) {
    state->wakes_at = Deadline::max();
    if (state->moment == Deadline::max()) return;
    if (Clock::now() < state->moment) return arm(state);
    state->moment = Deadline::max();
    state->ring();
  }

  Timer timer;
  std::function<void()> ring;
  Deadline moment = Deadline::max();
  Deadline wakes_at = Deadline::max();  ///< when the timer looks again
};

Alarm::Alarm(const Executor& executor, std::function<void()> ring)
    : state_(std::make_shared<State>(executor, std::move(ring))) {}

Alarm::~Alarm() = default;

void Alarm::set(Deadline moment) {
  state_->moment = moment;
  if (moment < state_->wakes_at) State::arm(state_);
}

void Alarm::cancel() {
  state_->moment = state_->wakes_at = Deadline::max();
  state_->timer.cancel();
}

}  // namespace acr::async
