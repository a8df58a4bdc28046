// SPDX-License-Identifier: Apache-2.0
#include "webhook/admission.hpp"

#include "common/base/log.hpp"
#include "common/base/text.hpp"
#include "common/kube/field_manager.hpp"
#include "webhook/transport.hpp"
#include "webhook/validate.hpp"

namespace acr::webhook {
namespace {

using namespace std::chrono_literals;

/// Requests that wait for a Namespace at the same time; more means that somebody invents namespaces.
constexpr std::size_t kMostInFlight = 256;
constexpr auto kNamespaceWait = 200ms;

const prometheus::Histogram::BucketBoundaries& latency_buckets() {
  static const prometheus::Histogram::BucketBoundaries kBuckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                                0.05,   0.1,   0.25,   0.5,   1,    2.5};
  return kBuckets;
}

/// Label values must be bounded, and a path comes from outside.
std::string path_label(std::string_view target) {
  const auto path = path_of(target);
  return path == kMutatePath || path == kValidatePath ? std::string(path) : "other";
}

}  // namespace

Admission::Admission(const Configuration& configuration, Namespaces& namespaces, AdmissionNames names, Metrics& metrics)
    : configuration_(configuration),
      namespaces_(namespaces),
      names_(std::move(names)),
      requests_(
          metrics.counter("controller_runtime_webhook_requests_total", "Admission requests by path and HTTP status.")),
      latency_(metrics.histogram("controller_runtime_webhook_latency_seconds",
                                 "Time from the whole request to its answer.")),
      decisions_(metrics.counter("acr_webhook_decisions_total", "Answered reviews by decision.")),
      restored_(metrics.counter("acr_webhook_restored_total",
                                "Updates that had taken our entry away and got it back, by field manager.")) {}

async::awaitable<http::Response> Admission::handle(const http::Request& request) {
  const auto begin = async::Clock::now();
  struct InFlight {
    std::size_t& count;
    explicit InFlight(std::size_t& counter) : count(counter) { ++count; }
    ~InFlight() { --count; }
  } const in_flight(in_flight_);
  auto response = in_flight_ > kMostInFlight ? overloaded_response() : co_await answer(request);
  const auto label = path_label(request.target);
  requests_.Add({{"webhook", label}, {"code", std::to_string(response.status)}}).Increment();
  latency_.Add({{"webhook", label}}, latency_buckets())
      .Observe(std::chrono::duration<double>(async::Clock::now() - begin).count());
  co_return response;
}

async::awaitable<http::Response> Admission::answer(const http::Request& request) {
  if (auto refused = refuse_transport(request)) co_return std::move(*refused);
  const auto deadline = async::deadline_in(work_budget(request.target, kNamespaceWait));
  const auto review = parse_review(request.body);
  if (!review)
    co_return http::Response{.status = 400,
                             .headers = {{"Content-Type", "text/plain"}, {"Connection", "close"}},
                             .body = review.error().message + "\n"};
  if (path_of(request.target) == kValidatePath) co_return json_response(build_answer(*review, validate(*review)));
  const auto answer = co_await mutate(*review, deadline);
  co_return json_response(build_answer(*review, answer));
}

async::awaitable<Answer> Admission::mutate(const Review& review, async::Deadline deadline) {
  MutateContext context{.settings = configuration_.settings(),
                        .namespace_ = nullptr,
                        .own_namespace = names_.own_namespace,
                        .secret_name = names_.secret_name,
                        .controller_username = names_.controller_username};
  auto found = namespaces_.find(review.namespace_);
  if (!found && needs_namespace(review, context)) {
    found = co_await namespaces_.await_namespace(review.namespace_, deadline);
    context.settings = configuration_.settings();  // may have changed while we waited
  }
  context.namespace_ = found.get();
  auto decision = decide(review, context);
  count(review, decision);
  co_return Answer{.patch = std::move(decision.patch),
                   .decision = std::string(to_string(decision.reason)),
                   .warnings = std::move(decision.warnings)};
}

Answer Admission::validate(const Review& review) {
  auto answer = judge_configuration(review, {.configuration = names_.configuration, .ruling = configuration_.ruling()});
  decisions_.Add({{"decision", "configuration_" + answer.decision}}).Increment();
  if (!answer.allowed) {
    log::info("an edit of the configuration was refused",
              {log::kv("configmap", kube::to_string(names_.configuration)), log::kv("user", printable(review.username)),
               log::kv("why", answer.message)});
  }
  return answer;
}

void Admission::count(const Review& review, const Decision& decision) {
  decisions_.Add({{"decision", std::string(to_string(decision.reason))}}).Increment();
  if (decision.restored)
    restored_.Add({{"manager", std::string(kube::manager_word(review.field_manager))}}).Increment();
  log::debug("review answered",
             {log::kv("decision", to_string(decision.reason)), log::kv("namespace", printable(review.namespace_)),
              log::kv("name", printable(review.name)), log::kv("operation", printable(review.operation))});
}

}  // namespace acr::webhook
