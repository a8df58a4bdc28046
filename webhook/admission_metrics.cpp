// SPDX-License-Identifier: Apache-2.0
#include "webhook/admission_metrics.hpp"

#include "webhook/transport.hpp"

namespace acr::webhook {
namespace {

const prometheus::Histogram::BucketBoundaries& latency_buckets() {
  static const prometheus::Histogram::BucketBoundaries kBuckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                                0.05,   0.1,   0.25,   0.5,   1,    2.5};
  return kBuckets;
}

/// Label values must be bounded, and a path comes from outside.
std::string_view path_label(std::string_view target) {
  const auto path = path_of(target);
  if (path == kMutatePath) return kMutatePath;
  return path == kValidatePath ? kValidatePath : "other";
}

}  // namespace

AdmissionMetrics::AdmissionMetrics(Metrics& metrics)
    : requests_(
          metrics.counter("controller_runtime_webhook_requests_total", "Admission requests by path and HTTP status.")),
      latency_(metrics.histogram("controller_runtime_webhook_latency_seconds",
                                 "Time from the whole request to its answer.")),
      decisions_(metrics.counter("acr_webhook_decisions_total", "Answered reviews by decision.")),
      restored_(metrics.counter("acr_webhook_restored_total",
                                "Updates that had taken our entry away and got it back, by field manager.")) {}

void AdmissionMetrics::count_request(std::string_view target, unsigned status, async::Clock::duration took) {
  const auto label = path_label(target);
  auto*& counter = by_status_[{label, status}];
  if (counter == nullptr) counter = &requests_.Add({{"webhook", std::string(label)}, {"code", std::to_string(status)}});
  auto*& histogram = by_path_[label];
  if (histogram == nullptr) histogram = &latency_.Add({{"webhook", std::string(label)}}, latency_buckets());
  counter->Increment();
  histogram->Observe(std::chrono::duration<double>(took).count());
}

void AdmissionMetrics::count_decision(std::string_view decision) {
  auto known = by_decision_.find(decision);
  if (known == by_decision_.end())
    known = by_decision_.emplace(decision, &decisions_.Add({{"decision", std::string(decision)}})).first;
  known->second->Increment();
}

void AdmissionMetrics::count_restored(std::string_view manager) {
  restored_.Add({{"manager", std::string(manager)}}).Increment();
}

}  // namespace acr::webhook
