// SPDX-License-Identifier: Apache-2.0
#include "webhook/namespaces.hpp"

namespace acr::webhook {

Namespaces::Namespaces(const async::Executor& executor, kube::Store<kube::NamespaceInfo>& store)
    : store_(store), changed_(executor) {
  store_.on_change([this](const kube::ObjectKey&) { changed_.notify_all(); });
}

async::awaitable<Namespaces::Object> Namespaces::await_namespace(std::string name, async::Deadline deadline) {
  for (;;) {
    auto found = find(name);
    if (found || async::Clock::now() >= deadline) co_return found;
    co_await changed_.wait_until(deadline);
  }
}

}  // namespace acr::webhook
