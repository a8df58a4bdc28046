// SPDX-License-Identifier: Apache-2.0
#include "common/http/beast_client.hpp"

#include "common/http/exchange.hpp"
#include "common/http/pool.hpp"
#include "common/http/proxy.hpp"
#include "common/http/response_stream.hpp"
#include "common/http/wire.hpp"

namespace acr::http {
namespace {

enum class Until { Header, End };

class BeastClient final : public Client {
 public:
  BeastClient(Resolver& resolver, ClientOptions options)
      : resolver_(resolver),
        options_(std::move(options)),
        environment_(options_.use_proxy ? read_proxy_environment() : ProxyEnvironment{}),
        pool_({.max_idle = options_.max_idle, .idle_limit = options_.idle_limit}) {}

  async::awaitable<Result<Response>> fetch(Origin origin, Request request, Limits limits) override;
  async::awaitable<Result<std::unique_ptr<ResponseStream>>> open(Origin origin, Request request,
                                                                 Limits limits) override;
  void close_idle() override { pool_.close_all(); }
  void close_old() override { pool_.close_old(async::Clock::now()); }

 private:
  using Started = Result<std::unique_ptr<Exchange>>;

  [[nodiscard]] Result<Route> route_to(const Origin& origin) const;
  async::awaitable<Started> start(Origin origin, Request request, MessageLimits limits, async::Deadline deadline,
                                  Until until);

  Resolver& resolver_;
  ClientOptions options_;
  ProxyEnvironment environment_;
  Pool pool_;
};

Result<Route> BeastClient::route_to(const Origin& origin) const {
  Route route{.target = {.host = origin.host, .port = origin.port}, .dial = {.host = origin.host, .port = origin.port}};
  if (origin.scheme == "https") {
    route.tls = options_.tls;
    if (!route.tls)
      return fail(ErrorKind::Invalid, "cannot connect to " + to_string(origin) + ": no TLS trust is set up");
    route.tls_name = options_.tls_server_name.empty() ? origin.host : options_.tls_server_name;
  } else if (origin.scheme != "http") {
    return fail(ErrorKind::Invalid,
                "cannot connect to " + to_string(origin) + ": the scheme is neither http nor https");
  }
  if (options_.connect_to) {
    route.dial = *options_.connect_to;
  } else if (route.tls && !environment_.https_proxy.empty() && !bypasses_proxy(environment_.no_proxy, route.target)) {
    auto proxy = parse_proxy(environment_.https_proxy);
    if (!proxy) return fail(proxy.error());
    route.dial = proxy->address;
    route.proxy = std::move(*proxy);
  }
  return route;
}

/// Gives an exchange whose answer has arrived as far as `until` says.
async::awaitable<BeastClient::Started> BeastClient::start(Origin origin, Request request, MessageLimits limits,
                                                          async::Deadline deadline, Until until) {
  auto text = request_bytes(origin, request, options_.user_agent);
  if (!text) co_return fail(text.error());
  const auto bytes =
      std::make_shared<const Secret>(std::move(*text));  // it holds tokens; wiped when the last user ends
  const auto body = request.method == "HEAD" ? AnswerBody::None : AnswerBody::Expected;
  auto connection = pool_.take(origin, async::Clock::now());
  for (;;) {
    const bool reused = connection.has_value();
    if (!reused) {
      auto route = route_to(origin);
      if (!route) co_return fail(route.error());
      auto dialled = co_await dial(resolver_, std::move(*route), deadline);
      if (!dialled) co_return fail(dialled.error());
      connection = std::move(*dialled);
    }
    auto exchange = std::make_unique<Exchange>(std::move(*connection), limits, body);
    connection.reset();
    exchange->expire_at(deadline);
    const auto ran = co_await (until == Until::End ? exchange->run(bytes) : exchange->send(bytes));
    exchange->expire_at(async::Deadline::max());
    if (ran) co_return std::move(exchange);
    if (ran.error().kind == ErrorKind::Timeout)
      co_return fail(with_context(ran.error(), "cannot fetch from " + exchange->peer()));
    // The peer had given up the idle connection: that says nothing about the request, so it gets a fresh one (LW-15).
    if (!reused || !exchange->was_stale(request.method == "GET")) co_return fail(ran.error());
  }
}

async::awaitable<Result<Response>> BeastClient::fetch(Origin origin, Request request, Limits limits) {
  const auto epoch = pool_.epoch();
  auto started = co_await start(origin, std::move(request), {.body = limits.max_body}, limits.deadline, Until::End);
  if (!started) co_return fail(started.error());
  auto& exchange = **started;
  Response response{.status = exchange.answer().status(),
                    .headers = exchange.answer().headers(),
                    .body = exchange.answer().take_body()};
  if (exchange.is_reusable()) pool_.put(origin, exchange.release(), epoch, async::Clock::now());
  co_return response;
}

async::awaitable<Result<std::unique_ptr<ResponseStream>>> BeastClient::open(Origin origin, Request request,
                                                                            Limits limits) {
  auto started =
      co_await start(std::move(origin), std::move(request), {.body = std::nullopt}, limits.deadline, Until::Header);
  if (!started) co_return fail(started.error());
  co_return make_response_stream(std::move(*started));
}

}  // namespace

std::unique_ptr<Client> make_beast_client(async::Executor, Resolver& resolver, ClientOptions options) {
  return std::make_unique<BeastClient>(resolver, std::move(options));
}

}  // namespace acr::http
