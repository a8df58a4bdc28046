// SPDX-License-Identifier: Apache-2.0
// One name, one c-ares channel: cancelling a lookup is destroying its channel, and every lookup reads the resolv.conf
// and hosts file of its time. Only for resolver*.cpp.
#pragma once

#include <ares.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/async/notifier.hpp"
#include "common/http/resolver.hpp"

namespace acr::http {

/// What a name stands for, and how long one may rely on it.
struct Addresses {
  std::vector<boost::asio::ip::address> list;  ///< IPv4 first, not empty
  std::chrono::seconds ttl{0};
};

class Lookup : public std::enable_shared_from_this<Lookup> {
 public:
  Lookup(async::Executor executor, ResolverOptions options);
  ~Lookup() { stop(); }

  /// Waits for the answer until `deadline`. Call once. Cancellation leaves nothing behind after stop().
  async::awaitable<Result<Addresses>> run(std::string host, async::Deadline deadline);
  /// Ends the query; no callback comes after it.
  void stop();

 private:
  using Descriptor = boost::asio::posix::stream_descriptor;
  struct Watched {
    explicit Watched(Descriptor socket) : descriptor(std::move(socket)) {}
    Descriptor descriptor;
    bool wants_read = false;
    bool wants_write = false;
  };

  Result<void> start(const std::string& host);
  void watch(ares_socket_t socket, bool readable, bool writable);
  void wait_on(const std::shared_ptr<Watched>& watched, boost::asio::posix::descriptor_base::wait_type direction);
  void arm_timer();
  void answered(int status, const ares_addrinfo* answer);
  static void on_socket_state(void* self, ares_socket_t socket, int readable, int writable);
  static void on_answer(void* self, int status, int timeouts, ares_addrinfo* answer);

  async::Executor executor_;
  ResolverOptions options_;
  ares_channel channel_ = nullptr;
  std::map<ares_socket_t, std::shared_ptr<Watched>> sockets_;
  async::Timer timer_;
  async::Notifier done_;
  bool ended_ = false;
  int status_ = ARES_SUCCESS;
  Addresses addresses_;
};

}  // namespace acr::http
