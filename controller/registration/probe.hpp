// SPDX-License-Identifier: Apache-2.0
// Asks a webhook endpoint a synthetic dry-run review, as an API server would, before anything is registered: it must
// answer over TLS with the CA that is going to be published and echo the review's uid.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "common/http/beast_client.hpp"
#include "common/http/client.hpp"
#include "common/http/tls.hpp"
#include "controller/registration/registration.hpp"

namespace acr::controller {

struct ProbeTarget {
  http::Origin origin;  ///< for a Service: https://name.ns.svc, the name that API servers verify
  std::optional<http::HostPort> connect_to = {};  ///< for a Service: its clusterIP, so that no cluster DNS is needed
  std::string path;                               ///< with the path of the base URL
};

/// An Error (Invalid) if the URL is not https://host[:port][/path] or a Service has no clusterIP.
Result<ProbeTarget> build_probe_target(const WebhookEndpoint& endpoint, std::string_view cluster_ip);

/// A CREATE of ServiceAccount "acr-credential-helper-probe" in `own_namespace`, which the webhook never patches.
http::Request build_probe_request(const ProbeTarget& target, std::string_view uid, std::string_view own_namespace);

/// Success only for status 200 and a v1 AdmissionReview with this uid.
Result<void> parse_probe_response(const http::Response& response, std::string_view uid);

/// How long to wait for the next attempt where none has been answered for `unanswered`: half a second at first, since
/// the webhook and the controller start together; then a twentieth of it up to 5 s, since perhaps no webhook runs here.
std::chrono::milliseconds probe_pause(async::Clock::duration unanswered);

/// A client that trusts `ca_bundle_pem` and nothing else, and shows `client_pair` if it is asked for a certificate.
Result<std::unique_ptr<http::Client>> make_probe_client(async::Executor executor, http::Resolver& resolver,
                                                        const ProbeTarget& target, const std::string& ca_bundle_pem,
                                                        std::optional<http::KeyPair> client_pair = {});

/// One attempt. `client` and what the target was built from must outlive the call.
async::awaitable<Result<void>> probe(http::Client& client, ProbeTarget target, std::string uid,
                                     std::string own_namespace, async::Deadline deadline);

}  // namespace acr::controller
