// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/chain.hpp"

#include "common/base/log.hpp"

namespace acr::credentials {
namespace {

bool is_unreachable(const Error& error) {
  return error.kind == ErrorKind::Unavailable || error.kind == ErrorKind::Timeout;
}

}  // namespace

Chain::Chain(std::vector<std::unique_ptr<CredentialSource>> sources) {
  links_.reserve(sources.size());
  for (auto& source : sources) links_.push_back({.source = std::move(source)});
}

async::awaitable<Result<alibaba::RamCredentials>> Chain::fetch(async::Deadline deadline) {
  std::string tried;
  std::string advice = "make one of these sources available";
  auto kind = ErrorKind::NotFound;
  for (auto& link : links_) {
    auto credentials = co_await link.source->fetch(deadline);
    if (credentials) {
      choose(link, credentials->source);
      co_return credentials;
    }
    const auto& error = credentials.error();
    const bool may_not_exist = error.kind == ErrorKind::NotFound || (is_unreachable(error) && !link.has_answered);
    if (!may_not_exist) co_return credentials;
    if (kind == ErrorKind::NotFound) kind = error.kind;
    if (links_.size() == 1) advice = error.advice;
    if (!tried.empty()) tried += "; ";
    tried += link.source->name() + ": " + error.message;
  }
  co_return fail({.kind = kind,
                  .message = "cannot obtain RAM credentials: " + (tried.empty() ? "no source is configured" : tried),
                  .advice = advice});
}

void Chain::choose(Link& link, const std::string& source) {
  link.has_answered = true;
  last_ = &link;
  if (chosen_ == source) return;
  log::info("the source of RAM credentials was chosen", {log::kv("source", source), log::kv("before", chosen_)});
  chosen_ = source;
}

bool Chain::has_changed() const {
  for (const auto& link : links_) {
    if (link.source->has_changed()) return true;
    if (&link == last_) return false;
  }
  return false;
}

async::awaitable<bool> Chain::look_for_new_key(async::Deadline deadline) {
  if (last_ == nullptr) co_return false;
  co_return co_await last_->source->look_for_new_key(deadline);
}

bool Chain::is_long_term() const {
  return last_ != nullptr && last_->source->is_long_term();
}

std::string Chain::name() const {
  return chosen_.empty() ? kNoSourceYet : chosen_;
}

}  // namespace acr::credentials
