// SPDX-License-Identifier: Apache-2.0
// An http::Client that is a function from request to answer, for callers that need no socket.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/async/sleep.hpp"
#include "common/http/client.hpp"

namespace acr::fakes {

/// What a stream of FakeClient gives, in order.
struct StreamScript {
  unsigned status = 200;
  http::Headers headers = {};
  std::vector<std::string> pieces = {};
  std::optional<Error> failure = {};  ///< after the pieces, instead of the clean end
  bool silent = false;                ///< after the pieces nothing comes: Timeout at the reader's deadline
};

class FakeStream final : public http::ResponseStream {
 public:
  explicit FakeStream(StreamScript script) : script_(std::move(script)) {}
  [[nodiscard]] unsigned status() const override { return script_.status; }
  [[nodiscard]] const http::Headers& headers() const override { return script_.headers; }
  async::awaitable<Result<std::string>> read_some(async::Deadline deadline) override {
    if (next_ < script_.pieces.size()) co_return script_.pieces[next_++];
    if (script_.failure) co_return fail(*script_.failure);
    if (!script_.silent) co_return std::string();
    co_await async::sleep_until(deadline);
    co_return fail(ErrorKind::Timeout, "no answer within the deadline");
  }

 private:
  StreamScript script_;
  std::size_t next_ = 0;
};

/// Answers by `answer`; every call is recorded. open() answers by `stream` if set, else with the whole body in one
/// piece.
class FakeClient final : public http::Client {
 public:
  struct Call {
    http::Origin origin;
    http::Request request;
  };
  using Answer = std::function<Result<http::Response>(const http::Request&)>;
  using StreamAnswer = std::function<Result<StreamScript>(const http::Request&)>;

  explicit FakeClient(Answer answer, StreamAnswer stream = {})
      : answer_(std::move(answer)), stream_(std::move(stream)) {}

  async::awaitable<Result<http::Response>> fetch(http::Origin origin, http::Request request, http::Limits) override {
    calls.push_back({std::move(origin), request});
    co_return answer_(request);
  }
  async::awaitable<Result<std::unique_ptr<http::ResponseStream>>> open(http::Origin origin, http::Request request,
                                                                       http::Limits) override {
    calls.push_back({std::move(origin), request});
    auto script = stream_ ? stream_(request) : whole(answer_(request));
    if (!script) co_return fail(script.error());
    std::unique_ptr<http::ResponseStream> stream = std::make_unique<FakeStream>(std::move(*script));
    co_return stream;
  }
  void close_idle() override { ++idle_closed; }

  std::vector<Call> calls;
  int idle_closed = 0;

 private:
  static Result<StreamScript> whole(Result<http::Response> response) {
    if (!response) return fail(response.error());
    StreamScript script{.status = response->status, .headers = std::move(response->headers)};
    if (!response->body.empty()) script.pieces.push_back(std::move(response->body));
    return script;
  }

  Answer answer_;
  StreamAnswer stream_;
};

}  // namespace acr::fakes
