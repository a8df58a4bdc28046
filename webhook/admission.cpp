// SPDX-License-Identifier: Apache-2.0
#include "webhook/admission.hpp"

#include "common/base/log_enabled.hpp"
#include "common/base/text.hpp"
#include "common/http/routes.hpp"
#include "common/kube/field_manager.hpp"
#include "webhook/transport.hpp"
#include "webhook/validate.hpp"

namespace acr::webhook {
namespace {

using namespace std::chrono_literals;

/// Requests that wait for a Namespace at the same time; more means that somebody invents namespaces.
constexpr std::size_t kMostWaiting = 256;
constexpr auto kNamespaceWait = 200ms;

}  // namespace

Admission::Admission(const Configuration& configuration, Namespaces& namespaces, AdmissionNames names, Metrics& metrics)
    : configuration_(configuration), namespaces_(namespaces), names_(std::move(names)), metrics_(metrics) {}

async::awaitable<http::Response> Admission::handle(const http::Request& request) {
  const auto begin = async::Clock::now();
  auto response = answer(request, Unknown::Waits);
  if (!response && waiting_ < kMostWaiting) return answer_later(request, std::move(response.error()), begin);
  if (!response) response = overloaded_response();
  count(request, *response, begin);
  return http::answer_with(std::move(*response));
}

async::awaitable<http::Response> Admission::answer_later(const http::Request& request, Wanted wanted,
                                                         async::Deadline begin) {
  struct Waiting {
    std::size_t& count;
    explicit Waiting(std::size_t& counter) : count(counter) { ++count; }
    ~Waiting() { --count; }
  };
  {
    const Waiting waiting(waiting_);
    co_await namespaces_.await_namespace(std::move(wanted.namespace_),
                                         begin + work_budget(request.target, kNamespaceWait));
  }
  // Once more from the beginning: the settings may have changed, and nothing had to be kept while we waited.
  auto response = answer(request, Unknown::Decided);
  if (!response) response = overloaded_response();
  count(request, *response, begin);
  co_return std::move(*response);
}

void Admission::count(const http::Request& request, const http::Response& response, async::Deadline begin) {
  metrics_.count_request(request.target, response.status, async::Clock::now() - begin);
}

std::expected<http::Response, Admission::Wanted> Admission::answer(const http::Request& request, Unknown namespaces) {
  if (auto refused = refuse_transport(request)) return std::move(*refused);
  const auto review = parse_review(request.body);
  if (!review)
    return http::Response{.status = 400,
                          .headers = {{"Content-Type", "text/plain"}, {"Connection", "close"}},
                          .body = review.error().message + "\n"};
  if (path_of(request.target) == kValidatePath) return json_response(build_answer(*review, validate(*review)));
  auto answer = mutate(*review, namespaces);
  if (!answer) return std::unexpected(std::move(answer.error()));
  return json_response(build_answer(*review, *answer));
}

std::expected<Answer, Admission::Wanted> Admission::mutate(const Review& review, Unknown namespaces) {
  const auto found = namespaces_.find(review.namespace_);
  const MutateContext context{.settings = configuration_.settings(),
                              .namespace_ = found.get(),
                              .own_namespace = names_.own_namespace,
                              .secret_name = names_.secret_name,
                              .controller_username = names_.controller_username};
  if (namespaces == Unknown::Waits && needs_namespace(review, context))
    return std::unexpected(Wanted{std::string(review.namespace_)});
  auto decision = decide(review, context);
  count(review, decision);
  return Answer{.patch = std::move(decision.patch),
                .decision = std::string(to_string(decision.reason)),
                .warnings = std::move(decision.warnings)};
}

Answer Admission::validate(const Review& review) {
  auto answer = judge_configuration(review, {.configuration = names_.configuration, .ruling = configuration_.ruling()});
  metrics_.count_decision("configuration_" + answer.decision);
  if (!answer.allowed) {
    log::info("an edit of the configuration was refused",
              {log::kv("configmap", kube::to_string(names_.configuration)), log::kv("user", printable(review.username)),
               log::kv("why", answer.message)});
  }
  return answer;
}

void Admission::count(const Review& review, const Decision& decision) {
  metrics_.count_decision(to_string(decision.reason));
  if (decision.restored) metrics_.count_restored(kube::manager_word(review.field_manager));
  if (!log::enabled(log::Level::Debug)) return;
  log::debug("review answered",
             {log::kv("decision", to_string(decision.reason)), log::kv("namespace", printable(review.namespace_)),
              log::kv("name", printable(review.name)), log::kv("operation", printable(review.operation))});
}

}  // namespace acr::webhook
