// SPDX-License-Identifier: Apache-2.0
#include "controller/cloud.hpp"

#include <fmt/format.h>

#include "common/async/backoff.hpp"
#include "common/async/sleep.hpp"
#include "common/base/log.hpp"
#include "common/http/beast_client.hpp"
#include "common/kube/cluster_credentials.hpp"
#include "common/kube/fetch.hpp"

namespace acr::controller {
namespace {

constexpr std::chrono::seconds kRegionLimit{5};
constexpr async::BackoffPolicy kRegionRetry{.first = std::chrono::seconds{1}, .cap = std::chrono::seconds{30}};

http::ClientOptions cloud_options(const Options& options, http::TlsContextSource tls) {
  return {.tls = std::move(tls),
          .connect_to = options.openapi_connect_to,
          .use_proxy = !options.openapi_connect_to,
          .user_agent = kube::user_agent("acr-controller")};
}

credentials::RefresherOptions with_token_file(credentials::RefresherOptions refreshing, const Options& options) {
  refreshing.oidc_token_file = options.oidc_token_file;
  return refreshing;
}

async::awaitable<Result<std::map<std::string, Secret>>> read_secret(kube::ApiClient& api, std::string own_namespace,
                                                                    std::string name, async::Deadline deadline) {
  auto secret =
      co_await kube::fetch_object<kube::SecretData>(api, kube::kSecrets, {own_namespace, name}, {.deadline = deadline});
  if (secret) co_return std::move(secret->data);
  auto error = secret.error();
  if (error.kind == ErrorKind::Denied) {
    error = with_advice(
        std::move(error),
        fmt::format("if it is to be used, put {1} into the chart's value credentialSecrets; without Helm the "
                    "controller needs a "
                    "Role in namespace {0} with a rule for it (verb get, resource secrets, resourceNames [{1}]) and a "
                    "RoleBinding; docs/configuration.md has the commands",
                    own_namespace, name));
  }
  co_return fail(std::move(error));
}

}  // namespace

Cloud::Cloud(async::Executor executor, http::Resolver& resolver, const Options& options, http::TlsContextSource tls,
             credentials::SecretReader read_secret, Metrics& metrics, credentials::RefresherCallbacks callbacks,
             credentials::RefresherOptions refreshing)
    : cloud_http_(http::make_beast_client(executor, resolver, cloud_options(options, std::move(tls)))),
      metadata_http_(http::make_beast_client(executor, resolver, {.user_agent = kube::user_agent("acr-controller")})),
      metadata_(*metadata_http_, options.metadata),
      openapi_(*cloud_http_, metrics, {.own_region_id = options.region, .overrides = options.endpoints}),
      default_source_(
          credentials::build_default_source(options.token_mode, {.metadata = metadata_,
                                                                 .addon_token_file = options.addon_token_file,
                                                                 .read_secret = read_secret,
                                                                 .time = openapi_.time()})),
      refresher_(executor, openapi_, *default_source_, std::move(read_secret), metrics, std::move(callbacks),
                 with_token_file(std::move(refreshing), options)) {}

void Cloud::assume_time(std::string_view date, std::chrono::nanoseconds round_trip) {
  if (openapi_.clock().is_known()) return;
  if (const auto time = parse_http_date(date)) openapi_.clock().assume(*time, round_trip);
}

void Cloud::suggest_region(const std::string& region_id) {
  if (openapi_.own_region().empty()) openapi_.set_own_region(region_id);
}

async::awaitable<std::string> Cloud::find_region(std::string given) {
  bool complained = false;
  for (int failures = 1; given.empty(); ++failures) {
    const auto region = co_await metadata_.fetch_region(async::deadline_in(kRegionLimit));
    if (region) {
      given = *region;
      break;
    }
    if (!std::exchange(complained, true)) {
      log::warn(
          "the region of the cluster is not known yet; items without regionId wait for it. Set --region where there is "
          "no metadata service",
          {log::kv("error", region.error().message)});
    }
    co_await async::sleep_for(async::backoff_delay(kRegionRetry, failures, async::random_fraction()));
  }
  openapi_.set_own_region(given);
  co_return given;
}

async::awaitable<std::string> Cloud::ask_region(async::Deadline deadline) {
  const auto region = co_await metadata_.fetch_region(deadline);
  openapi_.set_own_region(region.value_or(std::string()));
  co_return openapi_.own_region();
}

Result<http::TlsContextSource> make_cloud_tls(const Options& options) {
  http::ClientTrust trust{.system_roots = true};
  if (!options.openapi_ca_file.empty()) {
    const auto text = kube::read_file(options.openapi_ca_file);
    if (!text) return fail(with_context(text.error(), "--openapi-ca-file"));
    trust.ca_bundle = std::string(text->reveal());
  }
  auto context = http::make_client_tls(trust);
  if (!context) return fail(context.error());
  return [context = std::move(*context)] { return context; };
}

credentials::SecretReader make_secret_reader(kube::ApiClient& api, std::string own_namespace) {
  return [&api, own_namespace = std::move(own_namespace)](std::string name, async::Deadline deadline) {
    return read_secret(api, own_namespace, std::move(name), deadline);
  };
}

}  // namespace acr::controller
