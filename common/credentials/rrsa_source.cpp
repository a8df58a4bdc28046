// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/rrsa_source.hpp"

#include <fmt/format.h>

#include "common/credentials/oidc_token.hpp"

namespace acr::credentials {
namespace {

constexpr std::size_t kFileLimit = 32UL * 1024;

}  // namespace

RrsaSource::RrsaSource(alibaba::OpenApi& openapi, std::string region_id, RoleSession session,
                       std::string oidc_provider_arn, std::string token_file)
    : openapi_(openapi),
      region_id_(std::move(region_id)),
      session_(std::move(session)),
      oidc_provider_arn_(std::move(oidc_provider_arn)),
      file_(std::move(token_file), kFileLimit) {}

std::string RrsaSource::name() const {
  return fmt::format("role {} by RRSA", session_.request().role_arn);
}

Result<Secret> RrsaSource::read_token() {
  const auto text = file_.read();
  if (!text) {
    auto error = text.error();
    error.message += "; it comes from the projected volume of the pod with audience sts.aliyuncs.com";
    error =
        with_advice(std::move(error),
                    "if RRSA was switched on after this pod started, restart the pod: delete it, and its Deployment "
                    "will recreate it with the token");
    return fail(std::move(error));
  }
  auto token = parse_oidc_token(text->reveal());
  if (!token) return fail(with_context(token.error(), "cannot use the token in " + file_.path()));
  return token;
}

async::awaitable<Result<alibaba::RamCredentials>> RrsaSource::fetch(async::Deadline deadline) {
  failed_ = true;
  for (bool repeated = false;; repeated = true) {
    const auto token = read_token();
    const auto context = fmt::format("cannot assume role {} (rrsaRoleARN)", session_.request().role_arn);
    if (!token) co_return fail(with_context(token.error(), context));
    auto assumed = co_await exchange(*token, deadline);
    if (assumed) {
      failed_ = false;
      co_return assumed;
    }
    const bool token_refused = alibaba::class_of(assumed.error()) == alibaba::FailureClass::NewCredential;
    if (repeated || !token_refused) co_return fail(with_context(explain(assumed.error(), *token), context));
  }
}

async::awaitable<Result<alibaba::RamCredentials>> RrsaSource::exchange(Secret token, async::Deadline deadline) {
  const auto region = choose_sts_region(openapi_, region_id_);
  auto assumed = co_await alibaba::fetch_assumed_role_with_oidc(openapi_, region, session_.request(),
                                                                oidc_provider_arn_, token, deadline);
  if (assumed || !session_.shorten(assumed.error())) co_return assumed;
  co_return co_await alibaba::fetch_assumed_role_with_oidc(openapi_, region, session_.request(), oidc_provider_arn_,
                                                           token, deadline);
}

Error RrsaSource::explain(Error error, const Secret& token) const {
  if (error.code.starts_with("AuthenticationFail"))
    error.message +=
        fmt::format("; {}, and was sent for provider {}", describe_claims(token.reveal()), oidc_provider_arn_);
  return error;
}

}  // namespace acr::credentials
