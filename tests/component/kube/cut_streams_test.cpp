// SPDX-License-Identifier: Apache-2.0
// TST-1: the bytes of a list and of a watch, cut at every offset, and a peer that falls silent, goes away or ends
// there.
#include <catch2/catch.hpp>

#include "tests/component/kube/faulty_life.hpp"

namespace acr::kube::test {

namespace {

/// One stream of the server in memory, with a fault after so many bytes.
class FaultyStream final : public http::ResponseStream {
 public:
  FaultyStream(std::unique_ptr<http::ResponseStream> inner, std::size_t at, Fault fault, bool& reached)
      : inner_(std::move(inner)), left_(at), fault_(fault), reached_(reached) {}
  [[nodiscard]] unsigned status() const override { return inner_->status(); }
  [[nodiscard]] const http::Headers& headers() const override { return inner_->headers(); }

  async::awaitable<Result<std::string>> read_some(async::Deadline deadline) override {
    if (left_ == 0 && !std::exchange(reached_, true) && fault_ != Fault::Cut) co_return co_await fail_now(deadline);
    if (pending_.empty()) {
      auto bytes = co_await inner_->read_some(deadline);
      if (!bytes || bytes->empty()) co_return bytes;
      pending_ = std::move(*bytes);
    }
    auto piece = pending_.substr(0, left_ == 0 ? std::string::npos : left_);
    pending_.erase(0, piece.size());
    left_ -= std::min(left_, piece.size());
    co_return piece;
  }

 private:
  async::awaitable<Result<std::string>> fail_now(async::Deadline deadline) {
    if (fault_ == Fault::Lost) co_return fail(ErrorKind::Unavailable, "connection reset");
    if (fault_ == Fault::Ended) co_return std::string();
    co_await async::sleep_until(deadline);
    co_return fail(ErrorKind::Timeout, "no answer within the deadline");
  }

  std::unique_ptr<http::ResponseStream> inner_;
  std::string pending_;
  std::size_t left_;
  Fault fault_;
  bool& reached_;
};

/// The server, of which the `victim`-th stream has a fault.
class FaultyClient final : public http::Client {
 public:
  FaultyClient(http::Client& server, std::size_t victim, std::size_t at, Fault fault)
      : server_(server), victim_(victim), at_(at), fault_(fault) {}

  async::awaitable<Result<http::Response>> fetch(http::Origin origin, http::Request request,
                                                 http::Limits limits) override {
    co_return co_await server_.fetch(std::move(origin), std::move(request), limits);
  }
  async::awaitable<Result<std::unique_ptr<http::ResponseStream>>> open(http::Origin origin, http::Request request,
                                                                       http::Limits limits) override {
    auto stream = co_await server_.open(std::move(origin), std::move(request), limits);
    if (!stream || opened_++ != victim_) co_return stream;
    co_return std::make_unique<FaultyStream>(std::move(*stream), at_, fault_, reached);
  }
  void close_idle() override {}

  bool reached = false;

 private:
  http::Client& server_;
  std::size_t victim_;
  std::size_t at_;
  Fault fault_;
  std::size_t opened_ = 0;
};

/// False if the stream is shorter than `at` bytes.
bool live_on(Lists lists, std::size_t victim, std::size_t at, Fault fault) {
  Fixture test;
  FaultyClient http(test.server, victim, at, fault);
  live(test, test.cluster, http, lists, fault);
  return http.reached;
}

}  // namespace

TEST_CASE("TST-1: a list in pages, its watch and a streamed list survive any fault at any byte") {
  live_through_everything(live_on, 17);
}

}  // namespace acr::kube::test
