// SPDX-License-Identifier: Apache-2.0
#include "controller/endpoint_probe.hpp"

#include "common/async/first_of.hpp"
#include "common/async/sleep.hpp"
#include "common/base/crypto.hpp"
#include "common/base/json.hpp"
#include "common/kube/cluster_credentials.hpp"
#include "common/kube/requests.hpp"

namespace acr::controller {
namespace {

constexpr std::chrono::seconds kProbeLimit{5};
constexpr std::chrono::seconds kCallLimit{15};
/// Of the question whether the API server answers at all.
constexpr std::chrono::seconds kQuickCallLimit{3};
/// For so long a Service is taken to keep its clusterIP, which only changes if it is deleted and made anew.
constexpr std::chrono::seconds kTargetLife{60};

bool is_same_place(const ProbeTarget& one, const ProbeTarget& other) {
  const auto address = [](const ProbeTarget& target) {
    return target.connect_to ? http::to_string(*target.connect_to) : std::string{};
  };
  return one.origin == other.origin && address(one) == address(other);
}

using ClientPair = std::optional<http::KeyPair>;

Result<ClientPair> read_client_pair(const std::string& directory) {
  if (directory.empty()) return ClientPair{};
  auto certificate = kube::read_file(directory + "/tls.crt");
  if (!certificate) return fail(with_context(certificate.error(), "--webhook-client-cert-dir"));
  auto key = kube::read_file(directory + "/tls.key");
  if (!key) return fail(with_context(key.error(), "--webhook-client-cert-dir"));
  return http::KeyPair{.certificate_chain = std::string(certificate->reveal()), .private_key = std::move(*key)};
}

class Dialer final : public ProbeDialer {
 public:
  Dialer(async::Executor executor, http::Resolver& resolver, std::string own_namespace, std::string client_cert_dir)
      : executor_(std::move(executor)),
        resolver_(resolver),
        own_namespace_(std::move(own_namespace)),
        client_cert_dir_(std::move(client_cert_dir)) {}

  async::awaitable<Result<void>> ask(ProbeTarget target, std::string bundle, async::Deadline deadline) override {
    if (const auto ready = prepare(target, bundle); !ready) co_return fail(ready.error());
    const auto client = client_;  // others may need another one meanwhile
    co_return co_await probe(*client, std::move(target), random_hex(16), own_namespace_, deadline);
  }

 private:
  /// Makes a client if the one before does not fit any more. A pair that cannot be used leaves that one in its place:
  /// half a renewal is no reason to take the webhook for dead.
  Result<void> prepare(const ProbeTarget& target, const std::string& bundle) {
    const bool fits = client_ && bundle == bundle_ && is_same_place(target, target_);
    auto pair = read_client_pair(client_cert_dir_);
    if (!pair) return fits ? Result<void>{} : fail(pair.error());
    auto certificate = *pair ? (*pair)->certificate_chain : std::string{};
    if (fits && certificate == certificate_) return {};
    auto client = make_probe_client(executor_, resolver_, target, bundle, std::move(*pair));
    if (!client) return fits ? Result<void>{} : fail(client.error());
    client_ = std::move(*client);
    target_ = target;
    bundle_ = bundle;
    certificate_ = std::move(certificate);
    return {};
  }

  async::Executor executor_;
  http::Resolver& resolver_;
  std::string own_namespace_;
  std::string client_cert_dir_;
  /// Of the last bundle, address and own certificate: while no webhook runs there are probes for as long as it
  /// takes (probe_pause()).
  std::shared_ptr<http::Client> client_;
  std::string bundle_;
  std::string certificate_;
  ProbeTarget target_;
};

/// Attempts side by side, of which the first good one ends all.
struct Race {
  int running;
  Result<void> result;
};

async::awaitable<void> run_in(Race& race, ProbeDialer& dialer, ProbeTarget target, std::string bundle,
                              async::Deadline deadline) {
  auto result = co_await dialer.ask(std::move(target), std::move(bundle), deadline);
  race.result = std::move(result);
  if (--race.running > 0 && !race.result) co_await async::sleep_until(async::Deadline::max());
}

}  // namespace

std::unique_ptr<ProbeDialer> make_probe_dialer(async::Executor executor, http::Resolver& resolver,
                                               std::string own_namespace, std::string client_cert_dir) {
  return std::make_unique<Dialer>(std::move(executor), resolver, std::move(own_namespace), std::move(client_cert_dir));
}

async::awaitable<Result<ProbeTarget>> EndpointProbe::fetch_target(async::Deadline deadline) {
  const kube::CallOptions call{.deadline = deadline, .priority = async::Priority::NewServiceAccount};
  const WebhookEndpoint endpoint{.service = {options_.webhook_service.namespace_, options_.webhook_service.name},
                                 .url = options_.webhook_url};
  // Where a URL is given, any answer shows that the API server is there.
  const auto request = endpoint.url.empty() ? kube::build_get_request(kube::kServices, endpoint.service)
                                            : kube::build_list_request(kube::select_by_name(
                                                  kube::kMutatingWebhookConfigurations, {"", kRegistrationName}));
  const auto response = co_await api_.send(request, call);
  if (!response) co_return fail(response.error());
  if (!endpoint.url.empty()) co_return build_probe_target(endpoint, "");
  const auto service = parse_json(response->body);
  if (!service) co_return fail(service.error());
  co_return build_probe_target(endpoint, string_at(*service, "spec", "clusterIP"));
}

async::awaitable<Result<void>> EndpointProbe::learn_target() {
  if (target_ && async::Clock::now() < good_until_) co_return Result<void>{};
  auto target = co_await fetch_target(async::deadline_in(kCallLimit));
  if (!target) co_return fail(target.error());
  target_ = std::move(*target);
  good_until_ = async::deadline_in(kTargetLife);
  co_return Result<void>{};
}

async::awaitable<Result<void>> EndpointProbe::ask(std::string bundle) {
  const auto learnt = co_await learn_target();
  if (!learnt) co_return fail(learnt.error());
  co_return co_await dialer_.ask(*target_, std::move(bundle), async::deadline_in(kProbeLimit));
}

async::awaitable<Result<void>> EndpointProbe::ask_several(std::string bundle) {
  const auto deadline = async::deadline_in(kProbeLimit);
  Race race{.running = 4, .result = {}};
  const auto attempt = [&] { return run_in(race, dialer_, *target_, bundle, deadline); };
  co_await async::first_of(async::first_of(attempt(), attempt()), async::first_of(attempt(), attempt()));
  co_return std::move(race.result);
}

async::awaitable<EndpointProbe::Sight> EndpointProbe::look(std::string bundle) {
  auto answer = answered_ ? co_await ask(bundle) : co_await learn_target();
  if (answer && !answered_) answer = co_await ask_several(bundle);
  answered_ = answer.has_value();
  if (answered_) co_return Sight{.answered = true};

  const auto now_there = co_await fetch_target(async::deadline_in(kQuickCallLimit));
  // No Service, or none with an address: the API server has answered, and can reach no webhook either.
  const bool is_gone =
      !now_there && (now_there.error().kind == ErrorKind::NotFound || now_there.error().kind == ErrorKind::Invalid);
  const bool is_same = now_there && target_ && is_same_place(*now_there, *target_);
  if (now_there) {
    target_ = *now_there;
    good_until_ = async::deadline_in(kTargetLife);
  }
  co_return Sight{.api_ok = is_gone || is_same, .reason = answer.error().message};
}

}  // namespace acr::controller
