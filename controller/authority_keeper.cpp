// SPDX-License-Identifier: Apache-2.0
#include "controller/authority_keeper.hpp"

#include <boost/url/parse.hpp>

#include "common/base/log.hpp"
#include "common/kube/fetch.hpp"
#include "common/kube/requests.hpp"
#include "common/kube/writes.hpp"
#include "controller/registration/registration.hpp"

namespace acr::controller {
namespace {

constexpr std::chrono::seconds kWriteLimit{15};
/// By the wall clock, at least once a minute: one long timer would sleep through a suspend (CRT-5).
constexpr std::chrono::seconds kLookEvery{60};

}  // namespace

certs::HostNames webhook_names(const Options& options) {
  if (options.webhook_url.empty())
    return certs::names_of_service(options.webhook_service.namespace_, options.webhook_service.name);
  const auto url = boost::urls::parse_uri(options.webhook_url);
  return certs::names_of_host(url ? std::string(url->host()) : options.webhook_url);
}

AuthorityKeeper::AuthorityKeeper(Writer writer, Metrics& metrics, const Options& options, WallClock clock)
    : writer_(writer),
      clock_(std::move(clock)),
      is_published_(options.webhook_ca_file.empty() && options.webhook_inject_ca_from.empty()),
      mismatch_(metrics
                    .gauge("acr_webhook_ca_bundle_mismatch",
                           "1 while a webhook registration does not carry the webhook's certificate authority.")
                    .Add({})),
      names_(webhook_names(options)) {}

std::string AuthorityKeeper::complaint() const {
  const auto secret = writer_.cache.authority();
  if (!secret) return {};
  const auto set = certs::parse_ca_secret(secret->data);
  return set ? std::string{} : set.error().message;
}

std::optional<certs::AuthoritySet> AuthorityKeeper::current() const {
  const auto secret = writer_.cache.authority();
  if (!secret) return std::nullopt;
  auto set = certs::parse_ca_secret(secret->data);
  if (!set) return std::nullopt;
  return std::move(*set);
}

void AuthorityKeeper::note_publication(const std::optional<certs::AuthoritySet>& set, WallTime now) {
  const auto bundle = set ? set->bundle_pem : std::string{};
  if (bundle != std::exchange(noted_bundle_, bundle)) published_since_.reset();
  if (!is_published_) {
    published_since_ = WallTime{};
    return;
  }
  bool registered = false;
  bool published = true;
  for (const auto* store : {&writer_.cache.mutating, &writer_.cache.validating}) {
    for (const auto& [key, object] : store->all()) {
      if (object->webhooks == "[]") continue;
      registered = true;
      published = published && publishes_bundle(*object, bundle);
    }
  }
  mismatch_.Set(registered && !published ? 1 : 0);
  if (!registered) {
    published_since_ = WallTime{};
  } else if (!published) {
    published_since_.reset();
  } else if (!published_since_ || *published_since_ == WallTime{}) {
    published_since_ = now;
  }
}

async::awaitable<Outcome> AuthorityKeeper::reconcile() {
  const auto now = clock_();
  const auto set = current();
  note_publication(set, now);
  const auto plan = certs::plan_rotation(set, names_, published_since_, now);
  if (plan.step == certs::RotationStep::None) co_return look_again_in(kLookEvery);
  if (writer_.dry_run) {
    log::info("would change the webhook's certificate authority",
              {log::kv("step", certs::to_string(plan.step)), log::kv("reason", plan.reason)});
    co_return look_again_in(kLookEvery);
  }

  if (const auto why = complaint(); !why.empty() || (set && plan.step == certs::RotationStep::Create)) {
    log::warn("the webhook's CA Secret cannot be used and is made anew; nothing has to be done",
              {log::kv("secret", kube::to_string(writer_.cache.authority_key())),
               log::kv("reason", why.empty() ? plan.reason : why)});
  }
  auto next = certs::apply_rotation(set, plan.step, names_, now);
  if (!next) co_return fail(with_context(next.error(), "cannot make the webhook's certificate authority"));
  const auto written = co_await write(std::move(*next));
  if (!written) co_return fail(written.error());
  log::info("the webhook's certificate authority was changed",
            {log::kv("step", certs::to_string(plan.step)), log::kv("reason", plan.reason)});
  co_return look_again_in(kLookEvery);
}

async::awaitable<Result<void>> AuthorityKeeper::write(certs::AuthoritySet set) {
  const auto key = writer_.cache.authority_key();
  auto secret = writer_.cache.authority();
  const kube::CallOptions options{.deadline = async::deadline_in(kWriteLimit)};
  if (secret && secret->meta.immutable) {
    auto removal = kube::build_delete_request(
        kube::kSecrets, key, {.uid = secret->meta.uid, .resource_version = secret->meta.resource_version});
    const auto removed = co_await writer_.api.send(std::move(removal), options);
    if (!removed && removed.error().kind != ErrorKind::NotFound)
      co_return fail(with_context(removed.error(), "an immutable CA Secret is in the way, delete it"));
    writer_.cache.authorities.erase(key);
    secret = nullptr;
  }
  auto body =
      kube::build_secret_body({.key = key,
                               .resource_version = secret ? secret->meta.resource_version : "",
                               .type = secret ? secret->meta.type : "Opaque",
                               .labels = {{std::string(kube::kManagedByLabel), std::string(kube::kManagedByValue)}},
                               .data = certs::build_ca_secret(set)});
  auto request = secret ? kube::build_update_request(kube::kSecrets, key, std::move(body))
                        : kube::build_create_request(kube::kSecrets, key.namespace_, std::move(body));
  auto written = co_await kube::apply_request<kube::SecretData>(writer_.api, std::move(request), options);
  if (!written) co_return fail(written.error());
  writer_.cache.authorities.upsert(std::move(*written));
  co_return Result<void>{};
}

}  // namespace acr::controller
