// SPDX-License-Identifier: Apache-2.0
#include "common/async/semaphore.hpp"

namespace acr::async {

std::optional<Semaphore::Permit> Semaphore::try_acquire() {
  if (free_ == 0) return std::nullopt;
  --free_;
  return std::optional<Permit>(std::in_place, *this);
}

awaitable<Semaphore::Permit> Semaphore::acquire(Priority priority) {
  if (auto permit = try_acquire()) co_return std::move(*permit);
  const auto waiter = std::make_shared<Waiter>(executor_);
  lines_[static_cast<std::size_t>(priority)].push_back(waiter);
  struct Leave {
    Semaphore& owner;
    Waiter& waiter;
    bool done = false;
    ~Leave() {
      if (done) return;
      waiter.gone = true;
      if (waiter.granted) owner.release();  // granted and cancelled in the same turn: the place goes to the next
    }
  } leave{*this, *waiter};
  while (!waiter->granted) co_await waiter->wake.wait();
  leave.done = true;
  co_return Permit(*this);
}

void Semaphore::release() {
  for (auto& line : lines_) {
    while (!line.empty()) {
      const auto waiter = line.front();
      line.pop_front();
      if (waiter->gone) continue;
      waiter->granted = true;
      waiter->wake.notify_all();
      return;
    }
  }
  ++free_;
}

}  // namespace acr::async
