// SPDX-License-Identifier: Apache-2.0
#include "common/http/resolver_lookup.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "common/base/text.hpp"

namespace acr::http {
namespace {

namespace asio = boost::asio;

std::unexpected<Error> cannot_resolve(const std::string& host, ErrorKind kind, std::string_view why) {
  return fail(kind, "cannot resolve " + printable(host) + ": " + std::string(why));
}

asio::ip::address address_of(const sockaddr& socket_address) {
  if (socket_address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &socket_address, sizeof(v4));
    return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  sockaddr_in6 v6;
  std::memcpy(&v6, &socket_address, sizeof(v6));
  asio::ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return asio::ip::address_v6(bytes, v6.sin6_scope_id);
}

}  // namespace

Lookup::Lookup(async::Executor executor, ResolverOptions options)
    : executor_(executor), options_(std::move(options)), timer_(executor), done_(executor) {}

async::awaitable<Result<Addresses>> Lookup::run(std::string host, async::Deadline deadline) {
  const auto self = shared_from_this();  // the waits on sockets hold it too
  if (const auto started = start(host); !started) co_return fail(started.error());
  while (!ended_ && async::Clock::now() < deadline) co_await done_.wait_until(deadline);
  if (!ended_) co_return cannot_resolve(host, ErrorKind::Timeout, "no answer within the deadline");
  if (status_ != ARES_SUCCESS) co_return cannot_resolve(host, ErrorKind::Unavailable, to_lower(ares_strerror(status_)));
  if (addresses_.list.empty()) co_return cannot_resolve(host, ErrorKind::Unavailable, "the name has no address");
  co_return std::move(addresses_);
}

Result<void> Lookup::start(const std::string& host) {
  ares_options options = {};
  options.flags = ARES_FLAG_NOSEARCH;  // names are absolute; the search list of a pod would multiply every query
  options.timeout = 1000;              // ms, for the first try of each server; c-ares doubles it
  options.tries = 3;
  char lookups[] = "fb";  // the hosts file, then DNS
  options.lookups = lookups;
  options.sock_state_cb = &Lookup::on_socket_state;
  options.sock_state_cb_data = this;
  const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS |
                   ARES_OPT_SOCK_STATE_CB;
  int status = ares_init_options(&channel_, &options, mask);
  if (status == ARES_SUCCESS && !options_.servers.empty())
    status = ares_set_servers_ports_csv(channel_, options_.servers.c_str());
  if (status != ARES_SUCCESS) return cannot_resolve(host, ErrorKind::Unavailable, to_lower(ares_strerror(status)));
  ares_addrinfo_hints hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_flags = ARES_AI_NOSORT;
  ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &Lookup::on_answer, this);
  arm_timer();
  return {};
}

void Lookup::stop() {
  if (channel_ != nullptr)
    ares_destroy(std::exchange(channel_, nullptr));  // reports ARES_EDESTRUCTION and the closed sockets
  for (auto& [socket, watched] : sockets_) watched->descriptor.release();
  sockets_.clear();
  timer_.cancel();
}

void Lookup::on_socket_state(void* self, ares_socket_t socket, int readable, int writable) {
  static_cast<Lookup*>(self)->watch(socket, readable != 0, writable != 0);
}

void Lookup::watch(ares_socket_t socket, bool readable, bool writable) {
  auto found = sockets_.find(socket);
  if (!readable && !writable) {
    if (found == sockets_.end()) return;
    found->second->descriptor.release();  // c-ares is about to close it
    sockets_.erase(found);
    return;
  }
  if (found == sockets_.end()) {
    found = sockets_.emplace(socket, std::make_shared<Watched>(Descriptor(executor_, socket))).first;
  }
  auto& watched = *found->second;
  const bool new_read = readable && !std::exchange(watched.wants_read, readable);
  const bool new_write = writable && !std::exchange(watched.wants_write, writable);
  watched.wants_read = readable;
  watched.wants_write = writable;
  if (new_read) wait_on(found->second, asio::posix::descriptor_base::wait_read);
  if (new_write) wait_on(found->second, asio::posix::descriptor_base::wait_write);
}

void Lookup::wait_on(const std::shared_ptr<Watched>& watched, asio::posix::descriptor_base::wait_type direction) {
  watched->descriptor.async_wait(
      direction, [self = shared_from_this(), watched, direction](const boost::system::error_code& error) {
        if (error || self->channel_ == nullptr || !watched->descriptor.is_open()) return;
        const ares_socket_t socket = watched->descriptor.native_handle();
        const bool reading = direction == asio::posix::descriptor_base::wait_read;
        ares_process_fd(self->channel_, reading ? socket : ARES_SOCKET_BAD, reading ? ARES_SOCKET_BAD : socket);
        const bool wanted = reading ? watched->wants_read : watched->wants_write;
        if (watched->descriptor.is_open() && wanted) self->wait_on(watched, direction);
        self->arm_timer();
      });
}

void Lookup::arm_timer() {
  if (ended_ || channel_ == nullptr) return;
  timeval next = {};
  if (ares_timeout(channel_, nullptr, &next) == nullptr) return;
  timer_.expires_after(std::chrono::seconds(next.tv_sec) + std::chrono::microseconds(next.tv_usec));
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error || self->channel_ == nullptr) return;
    ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    self->arm_timer();
  });
}

void Lookup::on_answer(void* self, int status, int, ares_addrinfo* answer) {
  static_cast<Lookup*>(self)->answered(status, answer);
  if (answer != nullptr) ares_freeaddrinfo(answer);
}

void Lookup::answered(int status, const ares_addrinfo* answer) {
  ended_ = true;
  status_ = status;
  int ttl = 24 * 3600;
  for (auto* node = answer == nullptr ? nullptr : answer->nodes; node != nullptr; node = node->ai_next) {
    if (node->ai_family != AF_INET && node->ai_family != AF_INET6) continue;
    const auto address = address_of(*node->ai_addr);
    const auto first_v6 = std::ranges::find_if(addresses_.list, [](const auto& known) { return known.is_v6(); });
    addresses_.list.insert(address.is_v4() ? first_v6 : addresses_.list.end(), address);
    ttl = std::min(ttl, node->ai_ttl);
  }
  addresses_.ttl = std::chrono::seconds(std::max(ttl, 0));
  done_.notify_all();
}

}  // namespace acr::http
