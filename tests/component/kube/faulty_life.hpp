// SPDX-License-Identifier: Apache-2.0
// TST-1: whole lives of a reflector whose server does it harm at one place of one answer.
#pragma once

#include <functional>

#include "common/http/client.hpp"
#include "tests/component/kube/following.hpp"

namespace acr::kube::test {

/// What happens after so many bytes of an answer: nothing but a cut, a reset, the end, silence.
enum class Fault { Cut, Lost, Ended, Silent };

/// A reflector that asks the server of `test` by `http` follows it through all kinds of changes. Ends when both are
/// equal; fails the test if they never are, or if anything was seen that was not there.
void live(Fixture& test, Cluster& cluster, http::Client& http, Lists lists, Fault fault);

/// A life in which the `victim`-th answer has a fault after `at` bytes; false if that answer is shorter.
using OneLife = std::function<bool(Lists lists, std::size_t victim, std::size_t at, Fault fault)>;

/// Lives with each fault at every byte of a list in pages, of its watch, and of a streamed list; with silence, which
/// takes its time, at every `silent_step`-th byte.
void live_through_everything(const OneLife& one_life, std::size_t silent_step);

}  // namespace acr::kube::test
