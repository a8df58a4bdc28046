// SPDX-License-Identifier: Apache-2.0
// Runs one coroutine to its end in a test, under a watchdog: a test that hangs fails instead.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "common/async/awaitable.hpp"

namespace acr::fakes {

/// Runs `io` until `task` has ended; gives its result or throws its exception. Other work of `io` makes progress
/// meanwhile and stays where it is afterwards. Throws std::runtime_error after `limit`, or when nothing is left to run.
template <class T>
T run(boost::asio::io_context& io, async::awaitable<T> task,
      std::chrono::milliseconds limit = std::chrono::seconds{10}) {
  using Value = std::conditional_t<std::is_void_v<T>, bool, T>;
  struct Outcome {
    bool ended = false;
    std::exception_ptr failure;
    std::optional<Value> value;
  };
  const auto outcome = std::make_shared<Outcome>();
  const auto start = [&](auto completion) { boost::asio::co_spawn(io, std::move(task), std::move(completion)); };
  if constexpr (std::is_void_v<T>) {
    start([outcome](std::exception_ptr failure) {
      outcome->ended = true;
      outcome->failure = std::move(failure);
    });
  } else {
    start([outcome](std::exception_ptr failure, T value) {
      outcome->ended = true;
      outcome->failure = std::move(failure);
      if (!outcome->failure) outcome->value.emplace(std::move(value));
    });
  }
  io.restart();
  const auto end = async::Clock::now() + limit;
  while (!outcome->ended) {
    const auto ran = io.run_one_until(end);
    if (outcome->ended) break;
    if (async::Clock::now() >= end) throw std::runtime_error("watchdog: the coroutine did not end in time");
    if (ran == 0) throw std::runtime_error("watchdog: the coroutine waits for something that can never happen");
  }
  if (outcome->failure) std::rethrow_exception(outcome->failure);
  if constexpr (!std::is_void_v<T>) return std::move(*outcome->value);
}

/// Runs what can run now, without waiting.
inline void run_ready(boost::asio::io_context& io) {
  io.restart();  // a loop that ran out of work once would not run anything else
  io.poll();
}

}  // namespace acr::fakes
