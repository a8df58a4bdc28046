// SPDX-License-Identifier: Apache-2.0
// Looks up a Namespace, and waits a moment for one that our watch has not brought yet.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/async/notifier.hpp"
#include "common/kube/store.hpp"

namespace acr::webhook {

class Namespaces {
 public:
  /// `store` must outlive it.
  Namespaces(const async::Executor& executor, kube::Store<kube::NamespaceInfo>& store);
  Namespaces(const Namespaces&) = delete;
  Namespaces& operator=(const Namespaces&) = delete;

  using Object = kube::Store<kube::NamespaceInfo>::Object;
  /// nullptr if our watch has not seen it.
  [[nodiscard]] Object find(std::string_view name);
  /// As find(), but waits until `deadline` for it to appear.
  async::awaitable<Object> await_namespace(std::string name, async::Deadline deadline);
  [[nodiscard]] bool synced() const { return store_.synced(); }

 private:
  kube::Store<kube::NamespaceInfo>& store_;
  async::Notifier changed_;
  /// Those asked for lately: the store packs its objects, and would make each anew.
  std::map<std::string, Object, std::less<>> recent_;
};

}  // namespace acr::webhook
