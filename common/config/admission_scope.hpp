// SPDX-License-Identifier: Apache-2.0
// The selectors and conditions of our MutatingWebhookConfiguration: the API server calls the webhook only for what the
// configuration covers, so that a failing webhook can hurt nothing else. And those of the MutatingAdmissionPolicy that
// may stand in its place.
#pragma once

#include <string>
#include <string_view>

#include "common/config/settings.hpp"

namespace acr::config {

/// JSON fragments for one webhook entry.
struct WebhookSelectors {
  /// True if no ServiceAccount can be covered, such as a watched name that is also excluded: do not register the
  /// webhook. The fragments are empty then.
  bool covers_nothing = false;
  std::string namespace_selector_json;
  std::string object_selector_json;
  /// An array of {"name","expression"} (CEL). Uses no `namespaceObject`: that is refused at run time.
  std::string match_conditions_json;
};

/// Is `username` the account of our manifests, in `own_namespace`, under which --cleanup takes the bindings back?
bool is_cleanup_user(std::string_view username, std::string_view own_namespace);

/// `own_namespace`: where the helper runs; never covered, and what its account for --cleanup does passes.
/// `secret_name`: the entry that makes an account bound. `controller_username`: the controller as the API server names
/// it, whose own changes pass; empty = no such condition.
WebhookSelectors build_webhook_selectors(const Settings& settings, std::string_view own_namespace,
                                         std::string_view secret_name, std::string_view controller_username);

/// The same for a MutatingAdmissionPolicy, which nobody corrects: what the webhook decides itself are conditions too
/// (its opt-out by annotation, generateName, an account that is being deleted). The annotation of the Namespace is left
/// to the mutation: in conditions of kube-apiserver 1.36 `namespaceObject` is empty, for a policy too.
WebhookSelectors build_policy_selectors(const Settings& settings, std::string_view own_namespace,
                                        std::string_view secret_name, std::string_view controller_username);

}  // namespace acr::config
