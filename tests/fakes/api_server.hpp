// SPDX-License-Identifier: Apache-2.0
// A Kubernetes API server in memory, behind http::Client: versions, optimistic locking, paged lists, watches, and the
// faults that real ones have. No sockets, no rights, no validation.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/async/notifier.hpp"
#include "common/base/json.hpp"
#include "common/http/client.hpp"

namespace acr::fakes {

class ApiServer final : public http::Client {
 public:
  explicit ApiServer(async::Executor executor) : executor_(std::move(executor)) {}

  async::awaitable<Result<http::Response>> fetch(http::Origin origin, http::Request request,
                                                 http::Limits limits) override;
  async::awaitable<Result<std::unique_ptr<http::ResponseStream>>> open(http::Origin origin, http::Request request,
                                                                       http::Limits limits) override;
  void close_idle() override {}

  /// Creates or replaces an object of `collection`, such as "/api/v1/serviceaccounts", as another client would. Needs
  /// metadata.name. Returns the new resourceVersion.
  std::string put(const std::string& collection, const std::string& json);
  bool erase(const std::string& collection, const std::string& namespace_name, const std::string& name);
  /// The object's JSON; empty if there is none.
  [[nodiscard]] std::string find(const std::string& collection, const std::string& namespace_name,
                                 const std::string& name) const;
  [[nodiscard]] std::vector<std::string> all(const std::string& collection) const;

  /// May answer in the server's place; called first for every request.
  using Before = std::function<std::optional<Result<http::Response>>(const http::Request&)>;
  Before before = {};
  /// Streams arrive in pieces of so many bytes; 0 = as they come.
  std::size_t piece = 0;
  /// Lists are cut into pages even where the client did not ask for them.
  std::size_t page_limit = 0;
  /// Watches may begin with all objects; else such a request is refused.
  bool streams_lists = true;
  /// Else such a list waits for its last event for ever.
  bool ends_streamed_lists = true;
  /// Else a watch from a version that is still to come hears of nothing before it, as from kube-apiserver.
  bool refuses_future_watches = true;

  /// Forgets all history: watches from an older version and pages of older lists are answered 410.
  void compact();
  /// Versions begin anew at `revision`, as after a restore of etcd.
  void restore(long long revision);
  /// Ends all streams, cleanly or by `failure`.
  void end_streams(const std::optional<Error>& failure = {});
  /// Sends the same bytes down all streams.
  void send_raw(const std::string& bytes);
  void send_bookmarks();
  void send_error_event(int code, const std::string& reason);

  [[nodiscard]] std::size_t streams() const;
  /// Everything that was asked, in order: "GET /api/v1/...".
  std::vector<std::string> asked;
  std::vector<http::Request> requests;

 private:
  using Name = std::pair<std::string, std::string>;  ///< namespace and name
  struct Target {
    std::string collection;
    Name name;
    std::map<std::string, std::string> query;
    [[nodiscard]] bool selects(const Name& other) const;
  };
  struct Change {
    long long revision;
    std::string collection;
    Name name;
    std::string type;
    std::string json;
  };
  struct Feed;
  class FeedStream;

  static Target read_target(const std::string& text);
  http::Response answer(const http::Request& request);
  http::Response list(const Target& target);
  http::Response create(const Target& target, const std::string& body);
  http::Response replace(const Target& target, const http::Request& request);
  http::Response remove(const Target& target, const std::string& body);
  Result<std::unique_ptr<http::ResponseStream>> watch(const Target& target);
  [[nodiscard]] std::string initial_events(const Target& target) const;
  std::string store(const std::string& collection, const Name& name, JsonDocument object);
  void note_change(Change change);
  void record(const http::Request& request);

  async::Executor executor_;
  std::map<std::string, std::map<Name, std::string>> objects_;
  std::vector<Change> history_;
  std::map<std::string, std::vector<std::string>> pages_;  ///< what is left of a list, by its continue token
  std::vector<std::weak_ptr<Feed>> feeds_;
  long long revision_ = 100;
  long long compacted_ = 0;
  int tokens_ = 0;
};

/// A Status answer.
http::Response status_response(unsigned code, const std::string& reason, const std::string& message = "",
                               const std::string& cause = "");

}  // namespace acr::fakes
