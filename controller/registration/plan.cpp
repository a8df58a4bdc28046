// SPDX-License-Identifier: Apache-2.0
// From the current configuration object to the wanted one.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "certs/bundle.hpp"
#include "common/base/base64.hpp"
#include "common/base/json.hpp"
#include "controller/registration/registration.hpp"

namespace acr::controller {
namespace {

constexpr std::string_view kInjectAnnotation = "cert-manager.io/inject-ca-from";

/// Members sorted; nulls, empty objects and empty lists, which the API server may drop or add, left out.
void write_canonical(JsonWriter& writer, const JsonValue& value);

bool is_nothing(const JsonValue& value) {
  return value.IsNull() || (value.IsObject() && value.ObjectEmpty()) || (value.IsArray() && value.Empty());
}

void write_canonical_object(JsonWriter& writer, const JsonValue& object) {
  std::map<std::string_view, const JsonValue*> members;
  for (const auto& member : object.GetObject()) {
    if (!is_nothing(member.value)) members[{member.name.GetString(), member.name.GetStringLength()}] = &member.value;
  }
  writer.StartObject();
  for (const auto& [name, value] : members) {
    write_key(writer, name);
    write_canonical(writer, *value);
  }
  writer.EndObject();
}

void write_canonical(JsonWriter& writer, const JsonValue& value) {
  if (value.IsObject()) return write_canonical_object(writer, value);
  if (value.IsArray()) {
    writer.StartArray();
    for (const auto& element : value.GetArray()) write_canonical(writer, element);
    writer.EndArray();
    return;
  }
  value.Accept(writer);
}

std::string ca_bundle_of(const JsonValue& webhook) {
  return std::string(string_at(webhook, "clientConfig", "caBundle"));
}

/// The name of a Service of another installation that the current webhooks use; empty if there is none.
std::string foreign_service(const JsonValue& webhooks, const RegistrationInputs& inputs) {
  for (const auto& webhook : webhooks.GetArray()) {
    const auto service_namespace = string_at(webhook, "clientConfig", "service", "namespace");
    const bool ours = service_namespace.empty() || service_namespace == inputs.own_namespace ||
                      service_namespace == inputs.endpoint.service.namespace_;
    if (!ours) return fmt::format("{}/{}", service_namespace, string_at(webhook, "clientConfig", "service", "name"));
  }
  return {};
}

/// The wanted list with the caBundle that an injector wrote into the webhook of the same name.
std::string keep_injected_bundles(const std::string& wanted, const JsonValue& current) {
  auto document = parse_json(wanted);
  if (!document || !document->IsArray()) return wanted;
  auto& allocator = document->GetAllocator();
  for (auto& webhook : document->GetArray()) {
    for (const auto& standing : current.GetArray()) {
      const auto bundle = ca_bundle_of(standing);
      if (bundle.empty() || string_at(standing, "name") != string_at(webhook, "name")) continue;
      webhook["clientConfig"].AddMember("caBundle", JsonValue(bundle, allocator), allocator);
    }
  }
  return to_json(*document);
}

std::string build_body(RegistrationKind kind, const kube::WebhookConfigurationInfo* current,
                       const std::string& webhooks, const RegistrationInputs& inputs) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  if (current == nullptr) {
    write_string(writer, "apiVersion", "admissionregistration.k8s.io/v1");
    write_string(writer, "kind", kind_name(kind));
  }
  write_key(writer, "metadata");
  writer.StartObject();
  if (current == nullptr) {
    write_string(writer, "name", kRegistrationName);
    write_key(writer, "labels");
    writer.StartObject();
    write_string(writer, kube::kManagedByLabel, kube::kManagedByValue);
    writer.EndObject();
  } else {
    write_string(writer, "resourceVersion", current->resource_version);
  }
  if (!inputs.inject_ca_from.empty()) {
    write_key(writer, "annotations");
    writer.StartObject();
    write_string(writer, kInjectAnnotation, inputs.inject_ca_from);
    writer.EndObject();
  }
  writer.EndObject();
  write_key(writer, "webhooks");
  writer.RawValue(webhooks.data(), webhooks.size(), rapidjson::kArrayType);
  writer.EndObject();
  return text_of(buffer);
}

bool lacks_inject_annotation(const kube::WebhookConfigurationInfo& current, const RegistrationInputs& inputs) {
  if (inputs.inject_ca_from.empty()) return false;
  const auto found = current.annotations.find(std::string(kInjectAnnotation));
  return found == current.annotations.end() || found->second != inputs.inject_ca_from;
}

/// For the log: the first difference in words.
std::string describe_change(const JsonValue& current, const std::string& wanted) {
  if (current.Empty()) return "no webhook is registered";
  if (wanted == "[]") return "the webhook is switched off";
  const auto document = parse_json(wanted);
  const bool same_bundle =
      document && document->IsArray() && !document->Empty() && ca_bundle_of((*document)[0]) == ca_bundle_of(current[0]);
  return same_bundle ? "the registration differs from the configuration" : "the caBundle differs from the webhook's CA";
}

RegistrationAction plan_update(RegistrationKind kind, const kube::WebhookConfigurationInfo& current, std::string wanted,
                               const RegistrationInputs& inputs) {
  auto document = parse_json(current.webhooks.empty() ? "[]" : current.webhooks);
  if (!document || !document->IsArray()) document = parse_json("[]");
  if (const auto foreign = foreign_service(*document, inputs); !foreign.empty()) {
    return {.step = RegistrationStep::Refuse,
            .reason = fmt::format("{} {} points to Service {}, another installation's", kind_name(kind),
                                  kRegistrationName, foreign)};
  }
  if (!inputs.inject_ca_from.empty()) wanted = keep_injected_bundles(wanted, *document);
  const auto wanted_text = canonical_json(wanted);
  if (!wanted_text) return {.step = RegistrationStep::Refuse, .reason = wanted_text.error().message};
  if (*wanted_text == *canonical_json(to_json(*document)) && !lacks_inject_annotation(current, inputs)) return {};
  return {.step = RegistrationStep::Update,
          .body = build_body(kind, &current, wanted, inputs),
          .reason = describe_change(*document, *wanted_text)};
}

}  // namespace

std::string_view kind_name(RegistrationKind kind) {
  return kind == RegistrationKind::Mutating ? "MutatingWebhookConfiguration" : "ValidatingWebhookConfiguration";
}

StandingWebhook read_standing(std::string_view webhooks_json) {
  const auto document = parse_json(webhooks_json);
  if (!document || !document->IsArray() || document->Empty()) return {};
  const auto& webhook = (*document)[0];
  const bool ignores = string_at(webhook, "failurePolicy") == config::to_string(config::FailurePolicy::Ignore);
  return {.is_on = true,
          .failure_policy = ignores ? config::FailurePolicy::Ignore : config::FailurePolicy::Fail,
          .ca_bundle_pem = decode_base64(ca_bundle_of(webhook)).value_or(std::string{})};
}

Result<std::string> canonical_json(std::string_view json) {
  const auto document = parse_json(json);
  if (!document) return fail(document.error());
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  write_canonical(writer, *document);
  return text_of(buffer);
}

RegistrationAction plan_registration(RegistrationKind kind,
                                     const std::optional<kube::WebhookConfigurationInfo>& current,
                                     const std::string& wanted_webhooks, const RegistrationInputs& inputs) {
  if (current) return plan_update(kind, *current, wanted_webhooks, inputs);
  if (const auto wanted = canonical_json(wanted_webhooks); !wanted || *wanted == "[]") return {};
  return {.step = RegistrationStep::Create,
          .body = build_body(kind, nullptr, wanted_webhooks, inputs),
          .reason = fmt::format("{} {} does not exist", kind_name(kind), kRegistrationName)};
}

bool publishes_bundle(const kube::WebhookConfigurationInfo& current, std::string_view bundle_pem) {
  const auto document = parse_json(current.webhooks);
  if (!document || !document->IsArray() || document->Empty()) return false;
  const auto webhooks = document->GetArray();
  return std::all_of(webhooks.begin(), webhooks.end(), [&](const JsonValue& webhook) {
    const auto bundle = decode_base64(ca_bundle_of(webhook));
    return bundle && certs::bundle_contains(*bundle, bundle_pem);
  });
}

}  // namespace acr::controller
