// SPDX-License-Identifier: Apache-2.0
#include "common/http/response_stream.hpp"

namespace acr::http {
namespace {

class ExchangeStream final : public ResponseStream {
 public:
  explicit ExchangeStream(std::unique_ptr<Exchange> exchange)
      : exchange_(std::move(exchange)),
        status_(exchange_->answer().status()),
        headers_(exchange_->answer().headers()) {}

  [[nodiscard]] unsigned status() const override { return status_; }
  [[nodiscard]] const Headers& headers() const override { return headers_; }

  async::awaitable<Result<std::string>> read_some(async::Deadline deadline) override {
    if (failed_)
      co_return fail(ErrorKind::Unavailable, "cannot read on from " + exchange_->peer() + ": an earlier read failed");
    failed_ = true;  // until this read has ended well; a cancelled one leaves TLS in an unknown state
    for (;;) {
      auto body = exchange_->answer().take_body();
      if (!body.empty() || exchange_->answer().done()) {
        failed_ = false;
        co_return body;
      }
      exchange_->expire_at(deadline);
      const auto read = co_await exchange_->read_more();
      exchange_->expire_at(async::Deadline::max());
      if (read) continue;
      if (read.error().kind != ErrorKind::Timeout) co_return fail(read.error());
      co_return fail(with_context(read.error(), "cannot read the answer of " + exchange_->peer()));
    }
  }

 private:
  std::unique_ptr<Exchange> exchange_;
  unsigned status_;
  Headers headers_;
  bool failed_ = false;
};

}  // namespace

std::unique_ptr<ResponseStream> make_response_stream(std::unique_ptr<Exchange> exchange) {
  return std::make_unique<ExchangeStream>(std::move(exchange));
}

}  // namespace acr::http
