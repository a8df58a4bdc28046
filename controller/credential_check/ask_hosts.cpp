// SPDX-License-Identifier: Apache-2.0
#include "controller/credential_check/ask_hosts.hpp"

#include "common/alibaba/registry_access.hpp"
#include "common/async/semaphore.hpp"
#include "common/async/task_group.hpp"

namespace acr::controller {
namespace {

constexpr std::size_t kAtOnce = 64;

struct Asking {
  http::Client& client;
  async::Semaphore turns;
  std::chrono::milliseconds limit;
};

async::awaitable<HostReport> ask_host(http::Client& client, const credentials::RegistryLogin& login, std::string host,
                                      async::Deadline deadline) {
  const auto origin = parse_registry_host(host);
  if (!origin) co_return HostReport{.host = host, .detail = origin.error().message};
  const auto ping = co_await alibaba::fetch_registry_ping(client, *origin, Secret(), deadline);
  if (!ping) co_return HostReport{.host = host, .answer = HostAnswer::Unreachable, .detail = ping.error().message};
  const auto challenge = alibaba::parse_registry_ping_response(*ping, host);
  if (!challenge) co_return HostReport{.host = host, .detail = challenge.error().message};
  if (auto foreign = find_foreign_host(host, login.instance_id, *challenge)) co_return std::move(*foreign);
  auto token = co_await alibaba::fetch_bearer_token(client, *challenge, login.username, login.password, deadline);
  if (!token) co_return report_failed_login(host, challenge->service, token.error());
  const auto entry = co_await alibaba::fetch_registry_ping(client, *origin, std::move(*token), deadline);
  if (!entry) co_return HostReport{.host = host, .detail = entry.error().message};
  const auto entered = alibaba::parse_registry_entry_response(*entry, host);
  if (!entered) co_return report_failed_login(host, challenge->service, entered.error());
  co_return HostReport{.host = host, .answer = HostAnswer::Taken};
}

async::awaitable<void> ask_in_turn(Asking& asking, const credentials::RegistryLogin& login, HostReport& report) {
  const auto turn = co_await asking.turns.acquire(async::Priority::Refresh);
  report = co_await ask_host(asking.client, login, report.host, async::deadline_in(asking.limit));
}

}  // namespace

async::awaitable<std::vector<std::vector<HostReport>>> ask_hosts(http::Client& client,
                                                                 std::vector<credentials::RegistryLogin> logins,
                                                                 std::chrono::milliseconds limit) {
  const auto executor = co_await boost::asio::this_coro::executor;
  std::vector<std::vector<HostReport>> reports(logins.size());
  for (std::size_t i = 0; i < logins.size(); ++i) {
    for (auto& host : choose_asked_hosts(logins[i].hosts)) reports[i].push_back({.host = std::move(host)});
  }
  Asking asking{.client = client, .turns = async::Semaphore(executor, kAtOnce), .limit = limit};
  async::TaskGroup tasks(executor);
  for (std::size_t i = 0; i < logins.size(); ++i) {
    for (auto& report : reports[i]) tasks.spawn("ask " + report.host, ask_in_turn(asking, logins[i], report));
  }
  co_await tasks.join();
  co_return reports;
}

}  // namespace acr::controller
