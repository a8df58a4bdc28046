// SPDX-License-Identifier: Apache-2.0
// Keeps a Store equal to the server's objects by list and watch (LW-1 to LW-24). Where the server can, the list is the
// beginning of the watch (LW-8): one request, and no end of pages that nobody holds.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/notifier.hpp"
#include "common/kube/api_client.hpp"
#include "common/kube/fetch.hpp"
#include "common/kube/parse.hpp"
#include "common/kube/requests.hpp"
#include "common/kube/store.hpp"
#include "common/kube/watch_step.hpp"

namespace acr::kube {

/// Where a WatchLoop puts what it learns; each method gets one object as JSON.
class ObjectSink : public ListReceiver {
 public:
  virtual void finish_list() = 0;
  /// An object was deleted while its list was on its way.
  virtual Result<void> unlisted(const JsonValue& object) = 0;
  virtual Result<void> changed(const JsonValue& object) = 0;
  virtual Result<void> deleted(const JsonValue& object) = 0;
  /// The content no longer answers to the selection.
  virtual void mark_unsynced() = 0;
};

/// The times of one reflector; the defaults are the product's, tests shorten them.
struct WatchTiming {
  std::chrono::milliseconds list_limit{180'000};     ///< a whole list
  std::chrono::milliseconds open_limit{30'000};      ///< until a stream's header is there
  std::chrono::seconds shortest_watch{300};          ///< timeoutSeconds is drawn from shortest to twice that
  std::chrono::milliseconds stream_grace{5'000};     ///< after timeoutSeconds we end the stream ourselves (LW-13)
  std::chrono::milliseconds silence_limit{180'000};  ///< without any byte, once bookmarks were seen (LW-13)
  async::BackoffPolicy backoff = kWatchBackoff;      ///< after failures
};

/// The loop behind Reflector, without its type.
class WatchLoop {
 public:
  /// `client`, `metrics` and `sink` must outlive the loop.
  WatchLoop(ApiClient& client, Metrics& metrics, ObjectSink& sink, Selection selection, WatchTiming timing = {});
  ~WatchLoop();
  WatchLoop(const WatchLoop&) = delete;
  WatchLoop& operator=(const WatchLoop&) = delete;

  async::awaitable<void> run();
  void restart(Selection selection);

  /// When the last byte arrived or the last list ended; nullopt before the first.
  [[nodiscard]] std::optional<async::Deadline> last_activity() const { return last_activity_; }
  /// Is an operation still going on although its own deadline passed `grace` ago? Only a restart cures that.
  [[nodiscard]] bool is_stuck(async::Deadline now, std::chrono::seconds grace = std::chrono::seconds{60}) const;

 private:
  enum class Health { Unknown, Good, Bad };
  enum class Start { AtPosition, WithList };
  async::awaitable<void> list_and_watch();
  async::awaitable<void> list_once();
  async::awaitable<void> check_once();
  async::awaitable<void> watch_once(Start start);
  async::awaitable<void> wait_for_restart(unsigned generation);
  async::awaitable<std::optional<StreamEnd>> read_stream(http::ResponseStream& stream);
  Result<bool> take_event(std::string_view text);
  Result<bool> take_listed(EventType type, const JsonValue& object);
  Result<void> take_object(EventType type, const JsonValue& object);
  void refused(const Error& error);
  void list_broke(const Error& error);
  void list_ended(std::string resource_version);
  void saw_activity();
  void hide_activity();
  [[nodiscard]] Labels activity_labels() const;
  void report(const Error& error);
  void report_good();

  ApiClient& client_;
  ObjectSink& sink_;
  Selection selection_;
  WatchTiming timing_;
  WatchStep step_;
  unsigned generation_ = 0;  ///< of the selection
  async::Notifier restarted_;
  std::optional<async::Deadline> last_activity_;
  std::optional<async::Deadline> busy_until_;
  async::Deadline stream_end_{};  ///< of the present stream, and of the list at its beginning
  async::Deadline list_end_{};
  bool bookmarks_seen_ = false;
  bool listing_ = false;    ///< the stream has not yet sent all objects of its list
  bool page_next_ = false;  ///< a streamed list went wrong: the next one comes in pages
  Health health_ = Health::Unknown;
  CounterFamily& lists_;
  CounterFamily& errors_;
  GaugeFamily& activity_;
  std::optional<async::Deadline> activity_shown_;
};

/// One LIST+WATCH for one kind of object. The owner spawns run() and declares the Store before the Reflector.
template <class T>
class Reflector final : private ObjectSink {
 public:
  Reflector(ApiClient& client, Metrics& metrics, Store<T>& store, Selection selection, WatchTiming timing = {})
      : store_(store), loop_(client, metrics, *this, std::move(selection), timing) {}

  /// Runs until cancelled; no error ends it. Logs once per change between working and failing.
  async::awaitable<void> run() { return loop_.run(); }

  /// From now on another selection: the store is unsynced until its first list has been taken over.
  void restart(Selection selection) { loop_.restart(std::move(selection)); }

  [[nodiscard]] bool synced() const { return store_.synced(); }
  [[nodiscard]] std::optional<async::Deadline> last_activity() const { return loop_.last_activity(); }
  [[nodiscard]] bool is_stuck(async::Deadline now) const { return loop_.is_stuck(now); }

 private:
  void start_list() override { store_.start_list(); }
  Result<void> list_item(const JsonValue& object) override {
    auto parsed = parse_object<T>(object);
    if (!parsed) return fail(parsed.error());
    store_.list(std::move(*parsed));
    return {};
  }
  void finish_list() override { store_.finish_list(); }
  Result<void> unlisted(const JsonValue& object) override {
    const auto key = parse_key(object);
    if (!key) return fail(key.error());
    store_.unlist(*key);
    return {};
  }
  Result<void> changed(const JsonValue& object) override {
    auto parsed = parse_object<T>(object);
    if (!parsed) return fail(parsed.error());
    store_.upsert(std::move(*parsed));
    return {};
  }
  Result<void> deleted(const JsonValue& object) override {
    const auto key = parse_key(object);
    if (!key) return fail(key.error());
    store_.erase(*key, std::string(parse_resource_version(object)));
    return {};
  }
  void mark_unsynced() override { store_.mark_unsynced(); }

  Store<T>& store_;
  WatchLoop loop_;
};

}  // namespace acr::kube
