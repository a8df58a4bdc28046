// SPDX-License-Identifier: Apache-2.0
// The routes of the admission port: from an HTTP request to an answered review, with what was decided counted.
#pragma once

#include <string>

#include "common/base/metrics.hpp"
#include "common/http/message.hpp"
#include "common/kube/object.hpp"
#include "webhook/configuration.hpp"
#include "webhook/mutate.hpp"
#include "webhook/namespaces.hpp"
#include "webhook/review.hpp"

namespace acr::webhook {

/// Names that decisions depend on.
struct AdmissionNames {
  std::string own_namespace;
  std::string secret_name;
  std::string controller_username;
  kube::ObjectKey configuration;
};

class Admission {
 public:
  /// The references must outlive it.
  Admission(const Configuration& configuration, Namespaces& namespaces, AdmissionNames names, Metrics& metrics);

  /// Answers one request; an http::Handler. `request` must live until the answer is there.
  async::awaitable<http::Response> handle(const http::Request& request);

 private:
  async::awaitable<http::Response> answer(const http::Request& request);
  async::awaitable<Answer> mutate(const Review& review, async::Deadline deadline);
  Answer validate(const Review& review);
  void count(const Review& review, const Decision& decision);

  const Configuration& configuration_;
  Namespaces& namespaces_;
  AdmissionNames names_;
  std::size_t in_flight_ = 0;
  CounterFamily& requests_;
  HistogramFamily& latency_;
  CounterFamily& decisions_;
  CounterFamily& restored_;
};

}  // namespace acr::webhook
