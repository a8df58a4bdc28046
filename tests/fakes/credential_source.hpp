// SPDX-License-Identifier: Apache-2.0
// A CredentialSource that answers by a function and can hang.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "common/async/sleep.hpp"
#include "common/credentials/source.hpp"

namespace acr::fakes {

class FakeSource final : public credentials::CredentialSource {
 public:
  using Answer = std::function<Result<alibaba::RamCredentials>()>;
  explicit FakeSource(Answer answer_with, std::string called = "fake source")
      : answer(std::move(answer_with)), name_(std::move(called)) {}

  async::awaitable<Result<alibaba::RamCredentials>> fetch(async::Deadline) override {
    ++fetches;
    if (delay.count() > 0) co_await async::sleep_for(delay);
    co_return answer();
  }
  [[nodiscard]] bool has_changed() const override { return changed; }
  async::awaitable<bool> look_for_new_key(async::Deadline) override { co_return new_key; }
  [[nodiscard]] bool is_long_term() const override { return long_term; }
  [[nodiscard]] std::string name() const override { return name_; }

  Answer answer;
  std::chrono::milliseconds delay{0};
  int fetches = 0;
  bool changed = false;
  bool new_key = false;
  bool long_term = false;

 private:
  std::string name_;
};

/// Temporary credentials called `id`.
inline alibaba::RamCredentials temporary_credentials(const std::string& id, WallTime expires) {
  return {.access_key_id = id,
          .access_key_secret = Secret("secret-of-" + id),
          .security_token = Secret("token-of-" + id),
          .expires = expires,
          .source = "worker role test"};
}

}  // namespace acr::fakes
