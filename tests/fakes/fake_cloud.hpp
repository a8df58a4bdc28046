// SPDX-License-Identifier: Apache-2.0
// An http::Client that plays the cloud's APIs: answers by a function, hangs where told, and records what came.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/async/sleep.hpp"
#include "common/http/client.hpp"

namespace acr::fakes {

class FakeCloud final : public http::Client {
 public:
  struct Call {
    http::Origin origin;
    http::Request request;
    async::Deadline at;

    /// The API that is called: by its header, or by the query of a call without a signature.
    [[nodiscard]] std::string action() const {
      const auto header = request.headers.get("x-acs-action");
      return header.empty() ? parameter("Action") : std::string(header);
    }
    /// The value of InstanceId; empty for Personal Edition and other calls.
    [[nodiscard]] std::string instance() const { return parameter("InstanceId"); }
    /// A parameter as it stands in the query or the form, percent-encoded; empty if it does not.
    [[nodiscard]] std::string parameter(const std::string& name) const {
      const auto query = request.target.find('?');
      for (const auto& text : {query == std::string::npos ? "" : request.target.substr(query + 1), request.body}) {
        std::size_t start = text.starts_with(name + "=") ? 0 : text.find("&" + name + "=");
        if (start == std::string::npos) continue;
        start = text.find('=', start) + 1;
        return text.substr(start, text.find('&', start) - start);
      }
      return {};
    }
  };
  /// nullopt = no answer: Timeout at the deadline.
  using Answer = std::function<std::optional<Result<http::Response>>(const Call&)>;

  explicit FakeCloud(Answer answer_with) : answer(std::move(answer_with)) {}

  async::awaitable<Result<http::Response>> fetch(http::Origin origin, http::Request request,
                                                 http::Limits limits) override {
    const Call call{std::move(origin), std::move(request), async::deadline_in({})};
    calls.push_back(call);
    auto given = answer(call);
    if (given) co_return std::move(*given);
    co_await async::sleep_until(limits.deadline);
    co_return fail(ErrorKind::Timeout, "no answer from " + call.origin.host + " within the deadline");
  }
  async::awaitable<Result<std::unique_ptr<http::ResponseStream>>> open(http::Origin, http::Request,
                                                                       http::Limits) override {
    co_return fail(ErrorKind::Invalid, "the cloud has no streams");
  }
  void close_idle() override {}

  [[nodiscard]] long count(const std::string& action, const std::string& instance = {}) const {
    return std::ranges::count_if(calls, [&](const Call& call) {
      return call.action() == action && (instance.empty() || call.instance() == instance);
    });
  }

  Answer answer;
  std::vector<Call> calls;
};

inline http::Response json_answer(std::string body, unsigned status = 200, http::Headers headers = {}) {
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}
inline http::Response error_answer(unsigned status, const std::string& code, http::Headers headers = {}) {
  return json_answer(R"({"Code":")" + code + R"(","Message":"made up","RequestId":"R-)" + code + "\"}", status,
                     std::move(headers));
}

}  // namespace acr::fakes
