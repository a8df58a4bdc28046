// SPDX-License-Identifier: Apache-2.0
#include "common/http/proxy.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "common/http/reader.hpp"

namespace acr::http {
namespace {

std::string environment(const char* upper, const char* lower) {
  for (const char* name : {upper, lower}) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  }
  return {};
}

std::string connect_bytes(const Proxy& proxy, const HostPort& target) {
  auto bytes = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", to_string(target));
  if (!proxy.authorization.empty())
    bytes.append("Proxy-Authorization: ").append(proxy.authorization.reveal()).append("\r\n");
  return bytes.append("\r\n");
}

}  // namespace

ProxyEnvironment read_proxy_environment() {
  return {.https_proxy = Secret(environment("HTTPS_PROXY", "https_proxy")),
          .no_proxy = environment("NO_PROXY", "no_proxy")};
}

async::awaitable<Result<void>> connect_through(Transport& transport, Proxy proxy, HostPort target, std::string what) {
  const Secret request(connect_bytes(proxy, target));
  const auto written = co_await transport.write(request.reveal());
  if (written.error) co_return fail(ErrorKind::Unavailable, what + ": " + reason(written.error));
  ResponseReader reader({}, AnswerBody::None);
  std::array<char, 4096> space;
  while (!reader.done()) {
    const auto read = co_await transport.read_some(space);
    if (read.error) co_return fail(ErrorKind::Unavailable, what + ": " + reason(read.error));
    if (const auto fed = reader.feed({space.data(), read.bytes}); !fed) co_return fail(with_context(fed.error(), what));
  }
  if (reader.status() / 100 != 2) {
    co_return fail(ErrorKind::Unavailable, fmt::format("{}: the proxy answered {}", what, reader.status()));
  }
  if (reader.has_excess()) co_return fail(ErrorKind::Protocol, what + ": the proxy sent more than its answer");
  co_return Result<void>();
}

}  // namespace acr::http
