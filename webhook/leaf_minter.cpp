// SPDX-License-Identifier: Apache-2.0
#include "webhook/leaf_minter.hpp"

#include "common/base/log.hpp"

namespace acr::webhook {
namespace {

using namespace std::chrono_literals;

constexpr auto kPoll = 30s;

}  // namespace

LeafMinter::LeafMinter(const async::Executor& executor, kube::Store<kube::SecretData>& authorities,
                       certs::HostNames names, ServingCertificate& serving)
    : authorities_(authorities), names_(std::move(names)), serving_(serving), changed_(executor) {
  authorities_.on_change([this](const kube::ObjectKey&) { changed_.notify_all(); });
  authorities_.on_synced([this] { changed_.notify_all(); });
}

async::awaitable<void> LeafMinter::run() {
  for (;;) {
    renew_if_due(std::chrono::system_clock::now());
    co_await changed_.wait_until(async::deadline_in(kPoll));
  }
}

void LeafMinter::renew_if_due(WallTime now) {
  if (!authorities_.synced()) return;
  const auto secret = authorities_.first();
  if (!secret) return complain("the CA Secret does not exist yet; the controller makes it");
  const auto authority = certs::parse_ca_secret(secret->data);
  if (!authority) return complain(authority.error().message);
  const auto plan = plan_leaf(served_, *authority, names_, now);
  if (plan.mint) return mint(*authority, plan.reason, now);
  if (!plan.reason.empty()) return complain(plan.reason);
  complaint_.clear();
}

void LeafMinter::mint(const certs::AuthoritySet& authority, const std::string& reason, WallTime now) {
  auto leaf = certs::issue_leaf(authority.signing, names_, now);
  if (!leaf) return complain(leaf.error().message);
  if (const auto used = serving_.use({.certificate_chain = leaf->chain_pem, .private_key = leaf->key_pem}); !used) {
    return complain(used.error().message);
  }
  complaint_.clear();
  log::info("certificate made", {log::kv("why", reason)});
  served_ = ServedLeaf{.leaf = std::move(*leaf), .signer_pem = authority.signing.certificate_pem};
}

void LeafMinter::complain(const std::string& text) {
  if (text == complaint_) return;
  complaint_ = text;
  log::warn("no new certificate", {log::kv("why", text), log::kv("serving", served_ ? "the one before" : "none")});
}

}  // namespace acr::webhook
