// SPDX-License-Identifier: Apache-2.0
// An admission review from anybody who can reach the port: read, decided by both routes and answered.
#include "webhook/review.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "common/base/json.hpp"
#include "webhook/mutate.hpp"
#include "webhook/validate.hpp"

namespace {

using namespace acr;
using namespace acr::webhook;

constexpr std::string_view kSecretName = "acr-credential-secret-aggregation";

config::Settings everything(config::BindingMode mode) {
  config::Settings settings;
  settings.service_accounts.all = settings.watch_namespaces.all = true;
  settings.binding_mode = mode;
  return settings;
}

/// Half a surrogate pair is replaced, as Go does; whole documents with one are refused.
bool may_hold_half_a_pair(std::string_view body) {
  return body.find("\\ud") != std::string_view::npos || body.find("\\uD") != std::string_view::npos;
}

/// An answer that the API server could not read fails the user's request.
void check_answer(const Review& review, const Answer& answer) {
  const auto document = parse_json(build_answer(review, answer));
  if (!document || string_at(*document, "response", "uid") != review.uid) std::abort();
}

void check_mutation(const Review& review, const config::Settings& settings) {
  const auto decision = decide(review, {.settings = &settings,
                                        .namespace_ = nullptr,
                                        .own_namespace = "kube-system",
                                        .secret_name = kSecretName,
                                        .controller_username = "controller"});
  if (!decision.patch.empty()) {
    const auto names = apply_patch(review.object.pull_secrets, decision.patch);
    if (!names || std::ranges::count(*names, kSecretName) != 1) std::abort();  // ADM-8
  }
  check_answer(review, {.patch = decision.patch, .decision = "patched", .warnings = decision.warnings});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto review = parse_review(body);
  if (!review) return 0;
  if (review->uid.empty()) std::abort();
  // No laxer than the parser of whole documents.
  if (!parse_json(body, 101) && !may_hold_half_a_pair(body)) std::abort();
  check_mutation(*review, everything(config::BindingMode::Append));
  check_mutation(*review, everything(config::BindingMode::Overwrite));
  check_answer(*review,
               judge_configuration(*review, {.configuration = {"kube-system", "acr-configuration"}, .ruling = {}}));
  return 0;
}
