// SPDX-License-Identifier: Apache-2.0
#include "webhook/namespaces.hpp"

namespace acr::webhook {
namespace {

constexpr std::size_t kMostRecent = 256;

}  // namespace

Namespaces::Namespaces(const async::Executor& executor, kube::Store<kube::NamespaceInfo>& store)
    : store_(store), changed_(executor) {
  store_.on_change([this](const kube::ObjectKey&) {
    recent_.clear();
    changed_.notify_all();
  });
}

Namespaces::Object Namespaces::find(std::string_view name) {
  const auto known = recent_.find(name);
  if (known != recent_.end()) return known->second;
  auto found = store_.find({"", std::string(name)});
  if (!found) return found;
  if (recent_.size() >= kMostRecent) recent_.clear();
  return recent_.emplace(name, std::move(found)).first->second;
}

async::awaitable<Namespaces::Object> Namespaces::await_namespace(std::string name, async::Deadline deadline) {
  for (;;) {
    auto found = find(name);
    if (found || async::Clock::now() >= deadline) co_return found;
    co_await changed_.wait_until(deadline);
  }
}

}  // namespace acr::webhook
