// SPDX-License-Identifier: Apache-2.0
#include "webhook/mutate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "common/base/text.hpp"
#include "common/config/admission_scope.hpp"
#include "common/config/match.hpp"
#include "webhook/patch.hpp"

namespace acr::webhook {
namespace {

bool is_service_account_write(const Review& review) {
  return review.group.empty() && review.kind == "ServiceAccount" && review.resource == "serviceaccounts" &&
         review.sub_resource.empty() && (review.operation == "CREATE" || review.operation == "UPDATE");
}

bool covers_account(const config::Settings& settings, const Review& review) {
  const auto name = review.object.name.empty() ? review.name : review.object.name;
  if (!name.empty()) return config::covers_service_account_name(settings, name);
  // The API server appends to generateName after admission, so only a pattern with an open end can be sure.
  if (settings.service_accounts.all) return true;
  const auto prefix = review.object.generate_name;
  const auto& patterns = settings.service_accounts.patterns;
  return !prefix.empty() && std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return pattern.ends_with('*') && matches_glob(pattern, prefix);
  });
}

bool covers_unknown_namespace(const config::Settings& settings, const Review& review, std::string_view own_namespace) {
  config::Settings by_name = settings;
  by_name.namespace_selector.reset();  // the API server has checked the labels, which we do not know
  const std::map<std::string, std::string> no_labels;
  return config::webhook_covers_namespace(by_name, {.name = review.namespace_, .labels = no_labels}, own_namespace);
}

bool is_namespace_excluded(const kube::NamespaceInfo& info) {
  const auto label = info.labels.find(std::string(kube::kExcludeKey));
  const auto annotation = info.annotations.find(std::string(kube::kExcludeKey));
  return (label != info.labels.end() && label->second == "true") ||
         (annotation != info.annotations.end() && annotation->second == "true");
}

bool covers_namespace(const Review& review, const MutateContext& context) {
  if (context.namespace_ == nullptr) return covers_unknown_namespace(*context.settings, review, context.own_namespace);
  const auto& info = *context.namespace_;
  return config::webhook_covers_namespace(*context.settings,
                                          {.name = info.name,
                                           .labels = info.labels,
                                           .excluded = is_namespace_excluded(info),
                                           .terminating = info.terminating},
                                          context.own_namespace);
}

/// Everything that can be said without the list; Patched = go on.
Reason judge_scope(const Review& review, const MutateContext& context) {
  if (!is_service_account_write(review)) return Reason::ForeignRequest;
  if (context.settings == nullptr) return Reason::NoConfiguration;
  const auto& object = review.object;
  if (!object.present) return Reason::BrokenObject;
  const bool is_controller = !context.controller_username.empty() && review.username == context.controller_username;
  if (is_controller || config::is_cleanup_user(review.username, context.own_namespace)) return Reason::Controller;
  // A client need not send what it cannot change.
  if (object.terminating || review.old_object.terminating) return Reason::Terminating;
  if (object.excluded_by_label || object.excluded_by_annotation) return Reason::OptedOut;
  if (!covers_account(*context.settings, review)) return Reason::AccountNotCovered;
  if (!covers_namespace(review, context)) return Reason::NamespaceNotCovered;
  return Reason::Patched;
}

bool has_name(const ReviewedObject& object, std::string_view name) {
  return std::ranges::find(object.pull_secrets.names, name) != object.pull_secrets.names.end();
}

#ifndef NDEBUG
/// A patch that does not apply fails the user's request whatever the failurePolicy (ADM-8).
void check_patch(const PullSecretList& list, const std::string& patch, std::string_view name) {
  const auto names = apply_patch(list, patch);
  if (!names || std::count(names->begin(), names->end(), name) != 1)
    throw std::logic_error("a patch of ours does not apply: " + patch);
}
#endif

}  // namespace

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::Patched:
      return "patched";
    case Reason::PatchedUnknownNamespace:
      return "patched_unknown_namespace";
    case Reason::AlreadyBound:
      return "already_bound";
    case Reason::ForeignRequest:
      return "foreign_request";
    case Reason::NoConfiguration:
      return "no_configuration";
    case Reason::Controller:
      return "controller";
    case Reason::NamespaceNotCovered:
      return "namespace_not_covered";
    case Reason::AccountNotCovered:
      return "account_not_covered";
    case Reason::OptedOut:
      return "opted_out";
    case Reason::Terminating:
      return "terminating";
    case Reason::BrokenObject:
      return "broken_object";
  }
  return "unknown";
}

Decision decide(const Review& review, const MutateContext& context) {
  const Reason scope = judge_scope(review, context);
  if (scope != Reason::Patched) return {.reason = scope};
  const auto& list = review.object.pull_secrets;
  if (list.malformed) return {.reason = Reason::BrokenObject};
  const bool overwrite = context.settings->binding_mode == config::BindingMode::Overwrite;
  Decision decision;
  decision.patch =
      overwrite ? build_overwrite_patch(list, context.secret_name) : build_append_patch(list, context.secret_name);
  if (decision.patch.empty()) return {.reason = Reason::AlreadyBound};
#ifndef NDEBUG
  check_patch(list, decision.patch, context.secret_name);
#endif
  decision.reason = context.namespace_ == nullptr ? Reason::PatchedUnknownNamespace : Reason::Patched;
  decision.restored = review.operation == "UPDATE" && has_name(review.old_object, context.secret_name) &&
                      !has_name(review.object, context.secret_name);
  if (decision.restored) {
    decision.warnings.push_back(fmt::format("imagePullSecrets keeps {}; to opt out label the object {}=true",
                                            context.secret_name, kube::kExcludeKey));
  }
  return decision;
}

bool needs_namespace(const Review& review, const MutateContext& context) {
  return context.namespace_ == nullptr && judge_scope(review, context) == Reason::Patched;
}

}  // namespace acr::webhook
