// SPDX-License-Identifier: Apache-2.0
// The text of the ConfigMap acr-credential-helper-status: how everything is doing, for people who have no metrics.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/config/in_force.hpp"
#include "common/credentials/refresher.hpp"
#include "controller/coverage.hpp"

namespace acr::controller {

/// Name of the ConfigMap in the helper's own namespace.
inline constexpr const char* kStatusConfigMapName = "acr-credential-helper-status";

/// Which text was accepted last, and when. The time outlives a restart by standing in the ConfigMap itself.
struct AcceptedText {
  std::string digest;  ///< the beginning of the text's SHA-256
  WallTime at = {};

  friend bool operator==(const AcceptedText&, const AcceptedText&) = default;
};

/// One instance and the hosts that its login is for.
struct InstanceHealth {
  credentials::InstanceStatus status;
  std::vector<std::string> hosts;
};

struct WebhookReport {
  bool wanted = false;
  config::WebhookSettings settings = {};
  /// failurePolicy of the registered webhook; empty if none is registered.
  std::string registered_policy = {};
  bool validates_configuration = false;
  std::optional<WallTime> authority_until = {};  ///< end of the self-made certificate authority
};

struct StatusFacts {
  std::string version = {};
  std::string leader = {};              ///< name of its pod
  std::string configuration_name = {};  ///< "kube-system/acr-configuration"
  bool configuration_present = true;
  config::SettingsOrigin origin = config::SettingsOrigin::Defaults;
  std::optional<AcceptedText> accepted = {};
  std::vector<std::string> errors = {};  ///< in the ConfigMap as it stands, each as one line
  std::size_t warnings = 0;
  std::size_t held_back = 0;  ///< ServiceAccounts whose unbinding waits
  std::vector<InstanceHealth> instances = {};
  Coverage coverage = {};
  WebhookReport webhook = {};
};

/// Keys `summary`, `configuration`, `instances`, `namespaces`, `service-accounts` and `webhook`, each with a YAML text.
/// Equal facts give equal text. At most 50 instances are shown, those with an error first; at most 512 KiB in all.
/// Holds no credential.
kube::TextMap build_status(const StatusFacts& facts);

/// What an earlier leader wrote under `configuration`; nullopt if that says nothing.
std::optional<AcceptedText> read_accepted(const kube::TextMap& status);

/// The `source` that an earlier leader wrote for an instance; empty if there is none. A login that a restart continues
/// with does not say whose it is, and the status is not to change for that.
std::string read_source(const kube::TextMap& status, std::string_view instance_key);

/// The failurePolicy of the first webhook in a list (JSON); empty if there is none.
std::string read_failure_policy(std::string_view webhooks_json);

/// `text` as a YAML scalar on one line, plain where that is safe, cut to about `limit` bytes.
std::string yaml_text(std::string_view text, std::size_t limit = 600);

}  // namespace acr::controller
