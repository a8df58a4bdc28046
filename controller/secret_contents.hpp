// SPDX-License-Identifier: Apache-2.0
// What each pull Secret is to hold: the content that all have, and where logins are awaited, entries of its own.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/apply.hpp"
#include "controller/outcome.hpp"
#include "controller/plan.hpp"

namespace acr::controller {

class SecretContents {
 public:
  SecretContents(Writer writer, std::string secret_name);

  /// The cloud's time, by which logins end; without it the local clock.
  void set_cloud_clock(std::function<WallTime()> now) { now_ = std::move(now); }
  [[nodiscard]] WallTime now() const { return now_(); }

  /// Forgets everything of an earlier term of leadership.
  void begin_term();
  /// New content for every pull Secret.
  void publish(pullsecret::WantedSecret wanted);
  /// Is there a content that all are to have?
  [[nodiscard]] bool is_known() const { return wanted_.has_value(); }
  /// Had all Secrets this content shortly before? A write that is just arriving may still bring it.
  [[nodiscard]] bool was_published(const std::string& digest) const;

  /// True if pull Secrets may have to be written now.
  bool set_awaited(AwaitedLogins awaited);
  [[nodiscard]] const AwaitedLogins& awaited() const { return awaited_; }

  /// As plan_namespace(), with what is known here of the Secret in namespace `name`.
  [[nodiscard]] SecretPlan plan(const Rules& rules, const std::string& name, const kube::NamespaceInfo* namespace_info,
                                const kube::SecretInfo* secret, std::size_t bound_accounts);

  /// What is to be written by `plan`. Reads the Secret first where it keeps entries of its own; errors as
  /// fetch_docker_config().
  async::awaitable<Result<pullsecret::WantedSecret>> build(std::optional<kube::SecretInfo> secret, SecretPlan plan);

  /// When the Secret is to be looked at again if nothing changes.
  [[nodiscard]] Outcome wait_for(const SecretPlan& plan) const;

 private:
  /// What a Secret with entries of its own was made of: it is read again only when that changes.
  struct Mixture {
    std::string digest;         ///< of the whole
    std::string wanted_digest;  ///< of the part that all have
    pullsecret::EndMarks end_marks, wanted_end_marks;
    std::size_t kept = 0;  ///< hosts of its own
  };
  [[nodiscard]] const pullsecret::WantedSecret* wanted_for(const kube::SecretInfo* secret) const;

  Writer writer_;
  std::function<WallTime()> now_ = std::chrono::system_clock::now;
  pullsecret::WantedSecret nothing_;  ///< for Secrets that have ended before any login was known
  std::optional<pullsecret::WantedSecret> wanted_;
  std::deque<std::string> published_;  ///< digests of what wanted_ was before
  AwaitedLogins awaited_{.tried = false};
  std::map<std::string, Mixture> mixtures_;  ///< by namespace
};

}  // namespace acr::controller
