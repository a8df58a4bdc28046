// SPDX-License-Identifier: Apache-2.0
// What the API server is told about the webhook: builds the wanted `webhooks` lists and plans how to get from the
// current Mutating- or ValidatingWebhookConfiguration to them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/config/settings.hpp"
#include "common/kube/object.hpp"

namespace acr::controller {

/// Name of both configuration objects.
inline constexpr const char* kRegistrationName = "acr-credential-helper";
inline constexpr const char* kMutatingWebhookName = "serviceaccounts.acr-credential-helper.io";
inline constexpr const char* kValidatingWebhookName = "configuration.acr-credential-helper.io";
inline constexpr const char* kMutatePath = "/mutate-v1-serviceaccount";
inline constexpr const char* kValidatePath = "/validate-acr-configuration";

/// Where API servers reach the webhook: a Service, or a base URL to which the admission paths are appended.
struct WebhookEndpoint {
  kube::ObjectKey service = {};
  std::uint16_t port = 443;
  std::string url = {};  ///< https://host[:port][/path]; empty = the Service
};

struct RegistrationInputs {
  WebhookEndpoint endpoint;
  std::string own_namespace;
  std::string ca_bundle_pem;                   ///< empty with inject_ca_from: the injector's value is kept
  std::string inject_ca_from = {};             ///< "ns/name" of a cert-manager Certificate, or empty
  config::WebhookSettings settings = {};       ///< failurePolicy and timeoutSeconds
  std::string namespace_selector_json = "{}";  ///< of config::build_webhook_selectors
  std::string object_selector_json = "{}";
  std::string match_conditions_json = "[]";
  kube::ObjectKey configuration = {"kube-system", "acr-configuration"};  ///< the ConfigMap that is validated
};

/// JSON text of the wanted `webhooks` list: one webhook for CREATE and UPDATE of serviceaccounts (sideEffects None,
/// reinvocationPolicy IfNeeded, matchPolicy Equivalent). "Off" is the list "[]".
std::string build_mutating_webhooks(const RegistrationInputs& inputs);

/// One webhook for CREATE and UPDATE of the one ConfigMap: timeout 3 s, failurePolicy Ignore.
std::string build_validating_webhooks(const RegistrationInputs& inputs);

enum class RegistrationKind { Mutating, Validating };
/// "MutatingWebhookConfiguration" or "ValidatingWebhookConfiguration".
std::string_view kind_name(RegistrationKind kind);

enum class RegistrationStep {
  None,    ///< as wanted, but for what the API server fills in
  Create,  ///< POST the body
  Update,  ///< merge patch the body, which names the resourceVersion it was planned for
  Refuse,  ///< the object belongs to an installation in another namespace; nothing is written
};

struct RegistrationAction {
  RegistrationStep step = RegistrationStep::None;
  std::string body = {};    ///< JSON
  std::string reason = {};  ///< for the log
};

/// Compares normalised fields: member order, nulls and empty objects or lists do not count. An absent object and an
/// empty wanted list need nothing. With inputs.inject_ca_from every wanted webhook keeps the caBundle that stands
/// there.
RegistrationAction plan_registration(RegistrationKind kind,
                                     const std::optional<kube::WebhookConfigurationInfo>& current,
                                     const std::string& wanted_webhooks, const RegistrationInputs& inputs);

/// Does every webhook of the object trust at least the certificates of `bundle_pem`? False if the object has no
/// webhook.
bool publishes_bundle(const kube::WebhookConfigurationInfo& current, std::string_view bundle_pem);

/// What API servers do at present, read from the first webhook of a list.
struct StandingWebhook {
  bool is_on = false;
  config::FailurePolicy failure_policy = config::FailurePolicy::Fail;  ///< of an API server that is told none
  std::string ca_bundle_pem = {};                                      ///< empty: none, or broken
};
StandingWebhook read_standing(std::string_view webhooks_json);

/// A list's text with sorted members and without nulls, empty objects and empty lists, for comparing.
Result<std::string> canonical_json(std::string_view json);

}  // namespace acr::controller
