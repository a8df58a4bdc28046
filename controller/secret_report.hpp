// SPDX-License-Identifier: Apache-2.0
// What is told about pull Secrets. Pure.
#pragma once

#include <vector>

#include "common/kube/event.hpp"
#include "common/pullsecret/wanted_secret.hpp"
#include "controller/refresh_schedule.hpp"

namespace acr::controller {

/// The word for metrics.
const char* to_word(pullsecret::SecretAction::Kind kind);

/// AdoptionConflict: `secret` (nullptr = gone meanwhile) stands in the way for the reason in `action`.
kube::Event build_conflict_event(const kube::ObjectKey& key, const kube::SecretInfo* secret,
                                 const pullsecret::SecretAction& action);

/// Adopted: `secret` was taken over, which dropped the hosts in `action`.
kube::Event build_adoption_event(const kube::SecretInfo& secret, const pullsecret::SecretAction& action);

/// What the pull Secrets lack although it was configured, on the ConfigMap and one Event for each instance:
/// CredentialRefreshFailed for logins that were left out, ConfigurationInvalid for hosts that another instance has.
std::vector<kube::Event> build_publishing_events(const kube::ObjectReference& config_map,
                                                 const pullsecret::DockerConfig& config);

/// RefreshTooSlow, on the ConfigMap: --refresh-qps is `qps`.
kube::Event build_delay_event(kube::ObjectReference config_map, const RefreshDelay& delay, double qps);

}  // namespace acr::controller
