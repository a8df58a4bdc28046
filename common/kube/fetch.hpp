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

template <class T>
struct ObjectList {
  std::vector<T> items;
  std::string resource_version;
};

/// Everything that `selection` covers, page by page (LW-7). `resource_version` as in ListPosition. A page that has expired
/// (410) is followed by one list without pages.
template <class T>
async::awaitable<Result<ObjectList<T>>> fetch_list(ApiClient& client, Selection selection, std::string resource_version,
                                                   CallOptions options) {
  ObjectList<T> list;
  const ListSplitter::OnItem take = [&list](std::string_view text) -> Result<void> {
    auto object = parse_text<T>(text);
    if (!object) return fail(object.error());
    list.items.push_back(std::move(*object));
    return {};
  };
  // "Not older than" excludes paging: the server would take the pair for "exactly" (LW-7).
  ListPosition position{.resource_version = resource_version, .limit = resource_version.empty() || resource_version == "0" ? 500u : 0u};
  for (;;) {
    auto request = build_list_request(selection, position);
    auto page = co_await fetch_page(client, std::move(request), options, take);
    if (!page) {
      if (page.error().kind != ErrorKind::Expired || position.continue_token.empty()) co_return fail(page.error());
      list.items.clear();
      position = {};
      continue;
    }
    if (page->continue_token.empty()) {
      list.resource_version = std::move(page->resource_version);
      co_return list;
    }
    position.continue_token = std::move(page->continue_token);
  }
}

}  // namespace acr::kube
