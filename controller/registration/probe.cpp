// SPDX-License-Identifier: Apache-2.0
#include "controller/registration/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/url/parse.hpp>

#include "common/base/json.hpp"
#include "common/base/text.hpp"

namespace acr::controller {
namespace {

constexpr std::uint16_t kHttps = 443;
constexpr std::size_t kMostAnswer = 64 * 1024;

Result<ProbeTarget> target_of_url(const std::string& text) {
  const auto url = boost::urls::parse_uri(text);
  const auto broken = [&] {
    return fail(ErrorKind::Invalid, fmt::format("webhook URL {}: must be https://HOST[:PORT][/PATH]", printable(text)));
  };
  if (!url || url->scheme() != "https" || url->host().empty() || url->has_query() || url->has_fragment() ||
      url->has_userinfo())
    return broken();
  if (url->has_port() && url->port_number() == 0) return broken();
  ProbeTarget target;
  target.origin = {
      .scheme = "https", .host = url->host_address(), .port = url->has_port() ? url->port_number() : kHttps};
  std::string path(url->encoded_path());
  while (path.ends_with('/')) path.pop_back();
  target.path = path + kMutatePath;
  return target;
}

}  // namespace

Result<ProbeTarget> build_probe_target(const WebhookEndpoint& endpoint, std::string_view cluster_ip) {
  if (!endpoint.url.empty()) return target_of_url(endpoint.url);
  if (cluster_ip.empty() || cluster_ip == "None") {
    return fail(ErrorKind::Invalid,
                fmt::format("Service {}: has no clusterIP, which API servers need to reach a webhook",
                            to_string(endpoint.service)));
  }
  ProbeTarget target;
  target.origin = {.scheme = "https",
                   .host = fmt::format("{}.{}.svc", endpoint.service.name, endpoint.service.namespace_),
                   .port = endpoint.port};
  target.connect_to = http::HostPort{.host = std::string(cluster_ip), .port = endpoint.port};
  target.path = kMutatePath;
  return target;
}

http::Request build_probe_request(const ProbeTarget& target, std::string_view uid, std::string_view own_namespace) {
  const auto name_of_account = R"("acr-credential-helper-probe")";
  return {.method = "POST",
          .target = target.path + "?timeout=5s",
          .headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}},
          .body = fmt::format(
              R"({{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":{0},)"
              R"("kind":{{"group":"","version":"v1","kind":"ServiceAccount"}},)"
              R"("resource":{{"group":"","version":"v1","resource":"serviceaccounts"}},)"
              R"("name":{2},"namespace":{1},"operation":"CREATE","dryRun":true,)"
              R"("object":{{"apiVersion":"v1","kind":"ServiceAccount","metadata":{{"name":{2},"namespace":{1}}}}}}}}})",
              quote_json(uid), quote_json(own_namespace), name_of_account)};
}

Result<void> parse_probe_response(const http::Response& response, std::string_view uid) {
  if (response.status != 200) {
    return fail(ErrorKind::Unavailable, fmt::format("webhook probe: HTTP {} instead of an answer", response.status));
  }
  const auto document = parse_json(response.body);
  if (!document) return fail(ErrorKind::Protocol, "webhook probe: " + document.error().message);
  const bool is_review =
      string_at(*document, "kind") == "AdmissionReview" && string_at(*document, "apiVersion") == "admission.k8s.io/v1";
  if (!is_review || uid.empty() || string_at(*document, "response", "uid") != uid) {
    return fail(ErrorKind::Protocol,
                "webhook probe: what answers is no webhook of ours (no AdmissionReview, or another uid)");
  }
  return {};
}

std::chrono::milliseconds probe_pause(async::Clock::duration unanswered) {
  using std::chrono::milliseconds;
  return std::clamp(std::chrono::duration_cast<milliseconds>(unanswered / 20), milliseconds{500}, milliseconds{5000});
}

Result<std::unique_ptr<http::Client>> make_probe_client(async::Executor executor, http::Resolver& resolver,
                                                        const ProbeTarget& target, const std::string& ca_bundle_pem,
                                                        std::optional<http::KeyPair> client_pair) {
  auto tls = http::make_client_tls({.ca_bundle = ca_bundle_pem, .client_pair = std::move(client_pair)});
  if (!tls) return fail(with_context(std::move(tls.error()), "webhook probe"));
  return http::make_beast_client(std::move(executor), resolver,
                                 {.tls = [context = std::move(*tls)] { return context; },
                                  .connect_to = target.connect_to,
                                  .user_agent = "acr-credential-helper-probe",
                                  .max_idle = 0});  // each probe proves a handshake
}

async::awaitable<Result<void>> probe(http::Client& client, ProbeTarget target, std::string uid,
                                     std::string own_namespace, async::Deadline deadline) {
  auto request = build_probe_request(target, uid, own_namespace);
  const auto response =
      co_await client.fetch(target.origin, std::move(request), {.deadline = deadline, .max_body = kMostAnswer});
  if (!response) co_return fail(with_context(response.error(), "webhook probe"));
  co_return parse_probe_response(*response, uid);
}

}  // namespace acr::controller
