// SPDX-License-Identifier: Apache-2.0
// The routes of the admission port: from an HTTP request to an answered review, with what was decided counted.
#pragma once

#include <expected>
#include <string>

#include "common/http/message.hpp"
#include "common/kube/object.hpp"
#include "webhook/admission_metrics.hpp"
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
  /// Whether a decision may wait for a Namespace that our watch has not brought yet.
  enum class Unknown { Waits, Decided };
  /// The name of the one that is to be waited for first.
  struct Wanted {
    std::string namespace_;
  };
  std::expected<http::Response, Wanted> answer(const http::Request& request, Unknown namespaces);
  std::expected<Answer, Wanted> mutate(const Review& review, Unknown namespaces);
  async::awaitable<http::Response> answer_later(const http::Request& request, Wanted wanted, async::Deadline begin);
  void count(const http::Request& request, const http::Response& response, async::Deadline begin);
  Answer validate(const Review& review);
  void count(const Review& review, const Decision& decision);

  const Configuration& configuration_;
  Namespaces& namespaces_;
  AdmissionNames names_;
  AdmissionMetrics metrics_;
  std::size_t waiting_ = 0;
};

}  // namespace acr::webhook
