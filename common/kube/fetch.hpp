// SPDX-License-Identifier: Apache-2.0
// Reading and writing single objects, and whole lists, by type.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/kube/api_client.hpp"
#include "common/kube/json_splitter.hpp"
#include "common/kube/parse.hpp"
#include "common/kube/requests.hpp"

namespace acr::kube {

/// One object. Errors: those of ApiClient::send, NotFound among them; Protocol if the answer does not parse.
template <class T>
async::awaitable<Result<T>> fetch_object(ApiClient& client, Resource resource, ObjectKey key, CallOptions options) {
  const auto response = co_await client.send(build_get_request(resource, key), options);
  if (!response) co_return fail(response.error());
  co_return parse_text<T>(response->body);
}

/// Sends a write and reads the object that comes back, which is the truth about what was stored.
template <class T>
async::awaitable<Result<T>> apply_request(ApiClient& client, http::Request request, CallOptions options) {
  const auto response = co_await client.send(std::move(request), options);
  if (!response) co_return fail(response.error());
  co_return parse_text<T>(response->body);
}

/// Reads one page of a list without ever holding it whole (CPP-1).
async::awaitable<Result<ListMeta>> fetch_page(ApiClient& client, http::Request request, CallOptions options,
                                              ListSplitter::OnItem on_item);

/// Gets the objects of a list one by one.
class ListReceiver {
 public:
  virtual ~ListReceiver() = default;
  /// A list begins, or begins again: what was received before does not count.
  virtual void start_list() = 0;
  virtual Result<void> list_item(const JsonValue& object) = 0;
};

/// Everything that `selection` covers, page by page; the result is the list's resourceVersion. `resource_version` as in
/// ListPosition. A page that has expired (410) is followed by one list without pages (LW-7). `receiver` must outlive
/// the call.
async::awaitable<Result<std::string>> fetch_pages(ApiClient& client, Selection selection, std::string resource_version,
                                                  CallOptions options, ListReceiver& receiver);

template <class T>
struct ObjectList {
  std::vector<T> items;
  std::string resource_version;
};

/// As fetch_pages, as projections.
template <class T>
async::awaitable<Result<ObjectList<T>>> fetch_list(ApiClient& client, Selection selection, std::string resource_version,
                                                   CallOptions options) {
  struct Collector final : ListReceiver {
    ObjectList<T> list;
    void start_list() override { list.items.clear(); }
    Result<void> list_item(const JsonValue& object) override {
      auto parsed = parse_object<T>(object);
      if (!parsed) return fail(parsed.error());
      list.items.push_back(std::move(*parsed));
      return {};
    }
  } collector;
  auto version = co_await fetch_pages(client, std::move(selection), std::move(resource_version), options, collector);
  if (!version) co_return fail(version.error());
  collector.list.resource_version = std::move(*version);
  co_return std::move(collector.list);
}

}  // namespace acr::kube
