// SPDX-License-Identifier: Apache-2.0
#include "common/kube/fetch.hpp"

#include <algorithm>

namespace acr::kube {
namespace {

using namespace std::chrono_literals;

constexpr auto kOpening = 30s;  // a list may take long to read, but its first byte does not
constexpr unsigned kPageSize = 500;

}  // namespace

async::awaitable<Result<ListMeta>> fetch_page(ApiClient& client, http::Request request, CallOptions options,
                                              ListSplitter::OnItem on_item) {
  const auto what = describe_failure(request);
  auto opening = options;
  opening.deadline = std::min(options.deadline, async::deadline_in(kOpening));
  const auto stream = co_await client.open(std::move(request), opening);
  if (!stream) co_return fail(stream.error());
  ListSplitter splitter;
  for (;;) {
    const auto bytes = co_await (*stream)->read_some(options.deadline);
    if (!bytes) co_return fail(with_context(bytes.error(), what));
    if (bytes->empty()) break;
    if (auto fed = splitter.feed(*bytes, on_item); !fed) co_return fail(with_context(fed.error(), what));
  }
  auto meta = splitter.finish();
  if (!meta) co_return fail(with_context(meta.error(), what));
  co_return meta;
}

async::awaitable<Result<std::string>> fetch_pages(ApiClient& client, Selection selection, std::string resource_version,
                                                  CallOptions options, ListReceiver& receiver) {
  const ListSplitter::OnItem take = [&receiver](std::string_view text) -> Result<void> {
    const auto object = parse_json(text);
    if (!object) return fail(object.error());
    return receiver.list_item(*object);
  };
  // "Not older than" excludes paging: the server would take the pair for "exactly" (LW-7).
  const bool paged = resource_version.empty() || resource_version == "0";
  ListPosition position{.resource_version = std::move(resource_version), .limit = paged ? kPageSize : 0};
  receiver.start_list();
  for (;;) {
    auto page = co_await fetch_page(client, build_list_request(selection, position), options, take);
    if (page && page->continue_token.empty()) co_return std::move(page->resource_version);
    if (page) {
      position.continue_token = std::move(page->continue_token);
      continue;
    }
    if (page.error().kind != ErrorKind::Expired || position.continue_token.empty()) co_return fail(page.error());
    receiver.start_list();
    position = {};
  }
}

}  // namespace acr::kube
