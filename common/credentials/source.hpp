// SPDX-License-Identifier: Apache-2.0
// Where RAM credentials come from. One source per file; the chain is only their order.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/alibaba/credentials.hpp"
#include "common/async/awaitable.hpp"
#include "common/base/error.hpp"

namespace acr::credentials {

/// Stands for the account of the cluster, whose id nobody tells us.
inline constexpr std::string_view kOwnAccount = "own";

class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  /// Error NotFound = this source does not exist here (a chain asks the next one); any other = it exists and failed.
  virtual async::awaitable<Result<alibaba::RamCredentials>> fetch(async::Deadline deadline) = 0;
  /// Would fetch() find something that the last fetch() has not seen, such as a replaced file? Costs a stat at most.
  /// Asked before kept credentials are used, and every few seconds while an instance has failed.
  [[nodiscard]] virtual bool has_changed() const { return false; }
  /// Would fetch() give another access key than it did last, or one that was made with another? May read a Secret;
  /// false if that fails, and for what has no key. Asked where the user must act, since acting may mean that the key
  /// was replaced where it is read from.
  virtual async::awaitable<bool> look_for_new_key(async::Deadline) { co_return false; }
  /// Somebody has acted: what it keeps of a failure is void.
  virtual void forget_failure() {}
  /// Does it give an access key, which no fetch() makes right once the cloud has refused it?
  [[nodiscard]] virtual bool is_long_term() const { return false; }
  /// In which way what it gives is less than the configuration asks for, for the admin; empty if in none.
  [[nodiscard]] virtual std::string warning() const { return {}; }
  /// The RAM accounts whose budgets of calls are needed: first those that fetch() burdens, last that of the credential.
  [[nodiscard]] virtual std::vector<std::string> accounts() const { return {std::string(kOwnAccount)}; }
  /// The way to what it gives: the first credential's name, then the roles that are taken on from there.
  [[nodiscard]] virtual std::vector<std::string> chain() const { return {name()}; }
  /// For logs: "worker role", "access key LTAI***".
  [[nodiscard]] virtual std::string name() const = 0;
};

/// Reads a Secret of the helper's own namespace by name: key -> decoded value. NotFound if there is none.
using SecretReader =
    std::function<async::awaitable<Result<std::map<std::string, Secret>>>(std::string name, async::Deadline deadline)>;

}  // namespace acr::credentials
