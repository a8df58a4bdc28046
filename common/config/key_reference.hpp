// SPDX-License-Identifier: Apache-2.0
// Every key and field of acr-configuration, once: what the parser knows, and what docs/configuration.md says about it.
// A test keeps the document equal to these tables, tries each example, and compares each default with what the parser
// does.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "common/config/fields.hpp"

namespace acr::config {

/// For readers. Texts may use Markdown.
struct Documentation {
  std::string_view type;
  /// The default as it would be written; empty if only leaving the key or field out says it.
  std::string_view default_value;
  /// What the default means, where default_value does not say it.
  std::string_view default_note;
  /// Accepted as it stands.
  std::string_view example;
  /// Version or year of the original that has it; "here" if the original has not.
  std::string_view since;
  std::string_view meaning;
  /// How this program differs from the original; empty if it does not.
  std::string_view difference;
};

/// A key of the ConfigMap.
struct KeyReference {
  std::string_view name;
  /// Its name in the settings of the managed edition; empty if it has none there.
  std::string_view managed_name;
  Documentation documentation;
};

/// A field of an item or of webhook-configuration.
struct FieldReference {
  FieldName field;
  Documentation documentation;
};

inline constexpr std::array kKeys{
    KeyReference{"service-account",
                 "serviceAccount",
                 {.type = "comma list",
                  .default_value = "default",
                  .default_note = "",
                  .example = "default,ci-*",
                  .since = "2020",
                  .meaning = "ServiceAccounts to serve in the watched namespaces. `*` alone means every one.",
                  .difference = "Globs. `*` never reaches beyond the watched namespaces; the original's documents "
                                "disagree about that."}},
    KeyReference{"watch-namespace",
                 "watchNamespace",
                 {.type = "comma list",
                  .default_value = "default",
                  .default_note = "",
                  .example = "shop,team-*",
                  .since = "v19.01.28",
                  .meaning = "Namespaces to serve. `all` (any case) or `*` means every one, kube-system included; "
                             "business namespaces only are better.",
                  .difference = "Globs. The webhook never covers system namespaces."}},
    KeyReference{"exclude-namespaces",
                 "",
                 {.type = "comma list",
                  .default_value = "",
                  .default_note = "none",
                  .example = "kube-*,legacy",
                  .since = "here",
                  .meaning = "Names or globs that are taken out again.",
                  .difference = ""}},
    KeyReference{"namespace-selector",
                 "",
                 {.type = "label selector",
                  .default_value = "",
                  .default_note = "none",
                  .example = "team=shop,stage!=test",
                  .since = "here",
                  .meaning = "A namespace must match it besides `watch-namespace`. At most 64 KiB.",
                  .difference = ""}},
    KeyReference{"acr-registry-info",
                 "AcrInstanceInfo",
                 {.type = "YAML or JSON list",
                  .default_value = "",
                  .default_note = "Personal Edition of the cluster's region",
                  .example = "- instanceId: cri-0123456789abcdef",
                  .since = "2020",
                  .meaning = "The registries, see below. At most 10,000.",
                  .difference = "The original's own broken samples are understood, with a warning. A list that cannot "
                                "be read is never taken for an empty one."}},
    KeyReference{
        "expiring-threshold",
        "expiringThreshold",
        {.type = "duration",
         .default_value = "15m",
         .default_note = "",
         .example = "20m",
         .since = "v19.01.28",
         .meaning = "How long before its expiry a login is renewed. At least `1m`; above `30m`, half of the hour that "
                    "a login lives unless the role of its item has a longer session, more has no effect and is warned "
                    "about.",
         .difference = "A login is never renewed before half of its real life is over, however short that is."}},
    KeyReference{
        "binding-mode",
        "",
        {.type = "`append` or `overwrite`",
         .default_value = "append",
         .default_note = "",
         .example = "overwrite",
         .since = "here",
         .meaning = "`append`: our entry is added to `imagePullSecrets`, others stay. `overwrite`: the list is "
                    "made our entry alone.",
         .difference = "The original documents that it overwrites."}},
    KeyReference{"webhook-configuration",
                 "",
                 {.type = "YAML fields",
                  .default_value = "enable: false",
                  .default_note = "",
                  .example = "enable: true",
                  .since = "v23.02.06.1",
                  .meaning = "The webhook, see below.",
                  .difference = ""}},
    KeyReference{"rrsa",
                 "enableRRSA",
                 {.type = "YAML field `enable`",
                  .default_value = "enable: false",
                  .default_note = "",
                  .example = "enable: true",
                  .since = "v23.02.06.1",
                  .meaning = "Whether items may name a role for RRSA.",
                  .difference = "`true` alone is understood, with a warning. The key itself needs no restart; [a "
                                "cluster that gets RRSA later](ram.md#rrsa) may."}},
    KeyReference{"notify-email",
                 "notifyEmail",
                 {.type = "text",
                  .default_value = "",
                  .default_note = "none",
                  .example = "ops@example.com",
                  .since = "2020",
                  .meaning = "Never explained by the original. No effect.",
                  .difference = ""}},
    KeyReference{"acr-api-version",
                 "",
                 {.type = "text",
                  .default_value = "2018-12-01",
                  .default_note = "",
                  .example = "2018-12-01",
                  .since = "v19.01.28",
                  .meaning = "No effect. Any value is accepted.",
                  .difference = ""}},
    KeyReference{"acr-registry",
                 "",
                 {.type = "comma list",
                  .default_value = "registry.*.aliyuncs.com,registry-vpc.*.aliyuncs.com,xxx-registry.*.cr.aliyuncs.com,"
                                   "xxx-registry-vpc.*.cr.aliyuncs.com",
                  .default_note = "",
                  .example = "registry.*.aliyuncs.com",
                  .since = "v19.01.28, until 2020",
                  .meaning = "No effect, as in the original since 2020. A value other than its old default is warned "
                             "about.",
                  .difference = ""}},
};

inline constexpr std::array kItemFields{
    FieldReference{{"instanceId", {"instance", "instanceIds"}},
                   {.type = "id",
                    .default_value = "\"\"",
                    .default_note = "Personal Edition",
                    .example = "cri-0123456789abcdef",
                    .since = "2020",
                    .meaning = "Enterprise Edition instances must be listed.",
                    .difference = "Several ids, separated by commas or in a list, are read as one item each, if there "
                                  "are no `domains`."}},
    FieldReference{
        {"regionId", {"region"}},
        {.type = "id",
         .default_value = "\"\"",
         .default_note = "region of the cluster",
         .example = "cn-hangzhou",
         .since = "2020",
         .meaning = "Needed for an instance of another region. Such calls leave by the Internet. One that nearly "
                    "equals a known region is warned about.",
         .difference = ""}},
    FieldReference{
        {"domains", {"domain"}},
        {.type = "comma list",
         .default_value = "\"\"",
         .default_note = "all domains of the instance",
         .example = "\"*.registry.example.com,registry.example.com:5000\"",
         .since = "2020",
         .meaning = "Host names to write into the pull Secret. `*` may stand in a label, but not in the last "
                    "two. At most 20,000 in all.",
         .difference = "A host that two items have stays with the first."}},
    FieldReference{{"customAccessKey", {"customAccessKeyId"}},
                   {.type = "text",
                    .default_value = "\"\"",
                    .default_note = "none",
                    .example = "LTAIEXAMPLE",
                    .since = "v20.07.13",
                    .meaning = "An access key, of another account for example, in plain text: warned about.",
                    .difference = ""}},
    FieldReference{{"customAccessKeySecret", {}},
                   {.type = "text",
                    .default_value = "\"\"",
                    .default_note = "none",
                    .example = "example-secret",
                    .since = "v20.07.13",
                    .meaning = "Its other half. Both or none.",
                    .difference = ""}},
    FieldReference{{"customAccessKeySecretRef", {}},
                   {.type = "`{name: N}`, or `N`",
                    .default_value = "",
                    .default_note = "none",
                    .example = "{name: other-account}",
                    .since = "here",
                    .meaning = "A Secret with `access-key-id` and `access-key-secret` in the helper's own namespace, "
                               "instead of the two above, once the controller [may read "
                               "it](#let-the-controller-read-a-secret).",
                    .difference = ""}},
    FieldReference{{"assumeRoleARN", {"assumeRole"}},
                   {.type = "ARN of a role",
                    .default_value = "\"\"",
                    .default_note = "none",
                    .example = "acs:ram::1234567890123456:role/pull",
                    .since = "v20.03.16",
                    .meaning = "A role, of another account for example, that the credential of the item takes on.",
                    .difference = ""}},
    FieldReference{
        {"expireDuration", {"expireDurationSeconds"}},
        {.type = "seconds",
         .default_value = "3600",
         .default_note = "",
         .example = "43200",
         .since = "v20.03.16",
         .meaning = "How long the role's session lasts, 900 to 43200, and with it the login; without a role it "
                    "has no effect. More than the "
                    "role's maximum session duration is refused by the cloud; 3600 are used then, and the "
                    "Event `CredentialRefreshed` has a warning.",
         .difference = "The original documents 3600 as the least."}},
    FieldReference{{"rrsaRoleARN", {}},
                   {.type = "ARN of a role",
                    .default_value = "\"\"",
                    .default_note = "none",
                    .example = "acs:ram::1234567890123456:role/rrsa",
                    .since = "v23.02.06.1",
                    .meaning = "A role that the controller takes on by its ServiceAccount token. Only with `rrsa` "
                               "enabled; without it such an item gets no login.",
                    .difference = ""}},
    FieldReference{{"rrsaOIDCProviderRoleARN", {"rrsaOIDCProviderARN"}},
                   {.type = "ARN of an OIDC provider",
                    .default_value = "\"\"",
                    .default_note = "none",
                    .example = "acs:ram::1234567890123456:oidc-provider/ack-rrsa-c0ffee",
                    .since = "v23.02.06.1",
                    .meaning = "The provider that ACK registered for the cluster. Together with `rrsaRoleARN`.",
                    .difference = ""}},
};

inline constexpr std::array kWebhookFields{
    FieldReference{{"enable", {"enabled"}},
                   {.type = "`true` or `false`",
                    .default_value = "false",
                    .default_note = "",
                    .example = "true",
                    .since = "v23.02.06.1",
                    .meaning = "Whether new ServiceAccounts are bound in their create request.",
                    .difference = ""}},
    FieldReference{
        {"failure-policy", {}},
        {.type = "`Ignore` or `Fail`",
         .default_value = "Ignore",
         .default_note = "",
         .example = "Fail",
         .since = "v23.02.06.1",
         .meaning = "`Ignore`: if no webhook answers, the account is created and bound a moment later by the "
                    "controller. `Fail`: its creation is refused.",
         .difference = "The original states no default."}},
    FieldReference{{"timeout-seconds", {"timeout"}},
                   {.type = "seconds",
                    .default_value = "10",
                    .default_note = "",
                    .example = "3",
                    .since = "v23.02.06.1",
                    .meaning = "How long the API server waits, 1 to 30. Another whole number is brought into the "
                               "range, with a warning.",
                    .difference = ""}},
    FieldReference{{"mode", {}},
                   {.type = "`webhook` or `policy`",
                    .default_value = "webhook",
                    .default_note = "",
                    .example = "webhook",
                    .since = "here",
                    .meaning = "`policy`: a MutatingAdmissionPolicy inside the API server does the webhook's work "
                               "(Kubernetes from 1.36 on; 1.34 with the beta API). Where there is none the webhook "
                               "stays.",
                    .difference = ""}},
};

inline constexpr std::array kRrsaFields{FieldName{"enable", {"enabled"}}};

/// What a parser of fields has to know of the table.
template <std::size_t Size>
constexpr std::array<FieldName, Size> names_of(const std::array<FieldReference, Size>& references) {
  std::array<FieldName, Size> names;
  for (std::size_t i = 0; i < Size; ++i) names[i] = references[i].field;
  return names;
}

inline constexpr auto kItemFieldNames = names_of(kItemFields);
inline constexpr auto kWebhookFieldNames = names_of(kWebhookFields);

/// What the managed edition calls the list of registries.
inline constexpr std::string_view kManagedListName = "AcrInstanceInfo";

/// The names that the managed edition has for keys.
inline constexpr auto kManagedFieldNames = [] {
  constexpr auto kCount =
      std::count_if(kKeys.begin(), kKeys.end(), [](const KeyReference& key) { return !key.managed_name.empty(); });
  std::array<FieldName, kCount> names;
  auto* next = names.begin();
  for (const auto& key : kKeys) {
    if (!key.managed_name.empty()) (next++)->name = key.managed_name;
  }
  return names;
}();

/// All keys as fields of the managed edition's JSON, where ours may stand beside its own; the list by its own name
/// only, for without it that is no such JSON.
inline constexpr auto kWholeFieldNames = [] {
  std::array<FieldName, kKeys.size()> names;
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    const auto& key = kKeys[i];
    names[i].name = key.managed_name.empty() ? key.name : key.managed_name;
    if (names[i].name != key.name && names[i].name != kManagedListName) names[i].aliases[0] = key.name;
  }
  return names;
}();

/// The key of that name; nullptr if there is none.
const KeyReference* find_key(std::string_view name);

/// The key that has that name, here or in the managed edition, whatever its case, '-' and '_'; nullptr if there is
/// none.
const KeyReference* find_spelled_key(std::string_view written);

/// `written` without the extension of a file: a ConfigMap that is made of files has keys such as
/// "watch-namespace.yaml".
std::string_view without_extension(std::string_view written);

/// May `written` be a misspelling of the key's name, here or in the managed edition, or the name of a file for it?
bool is_near_key(std::string_view written, const KeyReference& key);

/// The key that stands in a place where it is not read: of that name in any spelling or, where it leaves something out,
/// with a misspelt one; nullptr if `written` is none.
const KeyReference* find_inner_key(std::string_view written);

/// What one of these leaves out is covered without it: a doubt about it is never only warned about.
bool is_narrowing(const KeyReference& key);

}  // namespace acr::config
