// SPDX-License-Identifier: Apache-2.0
// One request and its answer on a connection that is open already.
#pragma once

#include <memory>
#include <string>

#include "common/base/secret.hpp"
#include "common/http/dial.hpp"
#include "common/http/reader.hpp"

namespace acr::http {

/// A connection in use. Destroying it closes the connection.
class Exchange {
 public:
  /// `request` is what the answer is to; AnswerBody::None for HEAD.
  Exchange(Connection connection, MessageLimits limits, AnswerBody body);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// Sends the request and reads up to the end of the answer's header. `bytes` by value: it must outlive the writing.
  async::awaitable<Result<void>> send(std::shared_ptr<const Secret> bytes);
  /// Reads on, at least one byte or the end.
  async::awaitable<Result<void>> read_more();
  /// send(), then reads to the end of the answer.
  async::awaitable<Result<void>> run(std::shared_ptr<const Secret> bytes);

  /// Until when each of these must be over, else it gives an Error (Timeout); Deadline::max() = no limit.
  void expire_at(async::Deadline moment) { connection_.transport->expiry().set(moment); }

  ResponseReader& answer() { return answer_; }
  [[nodiscard]] const std::string& peer() const { return connection_.peer; }

  /// After a failure: had the peer closed before it can have acted on the request, or, if `repeatable`, before it
  /// answered?
  [[nodiscard]] bool was_stale(bool repeatable) const { return cut_ && !answered_ && (repeatable || written_ == 0); }
  /// After success: may the connection carry another request? Not if its time was over just as the answer was complete.
  [[nodiscard]] bool is_reusable() const {
    return answer_.done() && answer_.keeps_alive() && !answer_.has_excess() &&
           !connection_.transport->expiry().passed();
  }
  Connection release() {
    connection_.transport->expiry().lift();
    return std::move(connection_);
  }

 private:
  std::unexpected<Error> broken(std::string_view step, const boost::system::error_code& error);

  Connection connection_;
  ResponseReader answer_;
  std::size_t written_ = 0;
  bool answered_ = false;
  bool cut_ = false;
};

}  // namespace acr::http
