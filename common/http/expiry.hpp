// SPDX-License-Identifier: Apache-2.0
// The time limit of a connection.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "common/async/alarm.hpp"

namespace acr::http {

/// Ends what a socket waits for when its time is over. Once passed it stays so: an operation may have been left half
/// done.
class Expiry {
 public:
  /// `socket` must outlive it.
  explicit Expiry(boost::asio::ip::tcp::socket& socket)
      : alarm_(socket.get_executor(), [this, &socket] {
          passed_ = true;
          boost::system::error_code ignored;
          socket.cancel(ignored);
        }) {}

  void set(async::Deadline moment) { alarm_.set(moment); }
  /// No limit, and no timer left over.
  void lift() { alarm_.cancel(); }
  [[nodiscard]] bool passed() const { return passed_; }

 private:
  bool passed_ = false;
  async::Alarm alarm_;
};

}  // namespace acr::http
