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

/// Calls `one_life` with 0, `step`, 2 * `step` ... until it says that the answer is shorter.
void live_at_every_offset(const std::function<bool(std::size_t at)>& one_life, std::size_t step);

}  // namespace acr::kube::test
