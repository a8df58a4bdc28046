// SPDX-License-Identifier: Apache-2.0
#include "common/http/resolver.hpp"

#include "common/base/text.hpp"
#include "common/http/resolver_cache.hpp"
#include "common/http/resolver_lookup.hpp"

namespace acr::http {
namespace {

namespace ip = boost::asio::ip;

class CaresResolver final : public Resolver {
 public:
  CaresResolver(async::Executor executor, ResolverOptions options)
      : executor_(std::move(executor)), options_(std::move(options)) {}

  async::awaitable<Result<std::vector<ip::address>>> resolve(std::string host, async::Deadline deadline) override {
    boost::system::error_code not_an_address;
    const auto address = ip::make_address(host, not_an_address);
    if (!not_an_address) co_return std::vector{address};
    host = to_lower(host);
    if (host.ends_with('.')) host.pop_back();  // absolute is what all names are; the hosts file has no dots at the end
    if (auto known = cache_.find(host, async::Clock::now())) co_return std::move(*known);

    struct StopAtExit {
      std::shared_ptr<Lookup> lookup;
      ~StopAtExit() { lookup->stop(); }
    } const running{std::make_shared<Lookup>(executor_, options_)};
    auto found = co_await running.lookup->run(host, deadline);
    if (!found) co_return fail(found.error());
    cache_.store(host, *found, async::Clock::now());
    co_return std::move(found->list);
  }

 private:
  async::Executor executor_;
  ResolverOptions options_;
  ResolverCache cache_;
};

}  // namespace

std::unique_ptr<Resolver> make_cares_resolver(async::Executor executor, ResolverOptions options) {
  return std::make_unique<CaresResolver>(std::move(executor), std::move(options));
}

}  // namespace acr::http
