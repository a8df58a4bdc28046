// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/api_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "common/base/text.hpp"
#include "tests/fakes/merge_patch.hpp"

namespace acr::fakes {
namespace {

using Allocator = JsonDocument::AllocatorType;

JsonDocument parse(std::string_view text) {
  auto document = parse_json(text);
  if (!document) throw std::runtime_error("a test gave JSON that does not parse: " + std::string(text));
  return std::move(*document);
}

void set_member(JsonValue& object, std::string_view name, std::string_view value, Allocator& allocator) {
  JsonValue key(name.data(), static_cast<rapidjson::SizeType>(name.size()), allocator);
  JsonValue text(value.data(), static_cast<rapidjson::SizeType>(value.size()), allocator);
  object.RemoveMember(key);
  object.AddMember(key, text, allocator);
}

std::string decode_url(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    decoded.push_back(static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)));
    i += 2;
  }
  return decoded;
}

http::Response json_response(unsigned status, std::string body) {
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

std::string event_text(const std::string& type, const std::string& object) {
  return fmt::format(R"({{"type":"{}","object":{}}})", type, object) + "\n";
}

long long number(const std::string& text) {
  return parse_unsigned(text).value_or(0);
}

}  // namespace

/// One open watch.
struct ApiServer::Feed {
  Feed(const async::Executor& executor, Target what) : target(std::move(what)), changed(executor) {}

  Target target;
  long long since = 0;
  std::string pending;
  bool ended = false;
  std::optional<Error> failure;
  async::Notifier changed;
};

class ApiServer::FeedStream final : public http::ResponseStream {
 public:
  FeedStream(std::shared_ptr<Feed> feed, unsigned status, http::Headers headers, std::size_t piece)
      : feed_(std::move(feed)), status_(status), headers_(std::move(headers)), piece_(piece) {}
  [[nodiscard]] unsigned status() const override { return status_; }
  [[nodiscard]] const http::Headers& headers() const override { return headers_; }
  async::awaitable<Result<std::string>> read_some(async::Deadline deadline) override {
    const auto feed = feed_;
    for (;;) {
      if (!feed->pending.empty()) {
        auto bytes = feed->pending.substr(0, piece_ == 0 ? std::string::npos : piece_);
        feed->pending.erase(0, bytes.size());
        co_return bytes;
      }
      if (feed->ended && feed->failure) co_return fail(*feed->failure);
      if (feed->ended) co_return std::string();
      if (async::Clock::now() >= deadline) co_return fail(ErrorKind::Timeout, "no answer within the deadline");
      co_await feed->changed.wait_until(deadline);
    }
  }

 private:
  std::shared_ptr<Feed> feed_;
  unsigned status_;
  http::Headers headers_;
  std::size_t piece_;
};

http::Response status_response(unsigned code, const std::string& reason, const std::string& message,
                               const std::string& cause) {
  const auto causes =
      cause.empty() ? std::string() : fmt::format(R"(,"details":{{"causes":[{{"reason":"{}"}}]}})", cause);
  return json_response(
      code, fmt::format(
                R"({{"kind":"Status","apiVersion":"v1","status":"Failure","code":{},"reason":"{}","message":"{}"{}}})",
                code, reason, message, causes));
}

bool ApiServer::Target::selects(const Name& other) const {
  if (!name.first.empty() && name.first != other.first) return false;
  const auto selector = query.find("fieldSelector");
  return selector == query.end() || selector->second == "metadata.name=" + other.second;
}

ApiServer::Target ApiServer::read_target(const std::string& text) {
  Target target;
  const auto mark = text.find('?');
  if (mark != std::string::npos) {
    for (const auto& pair : split_list(std::string_view(text).substr(mark + 1), '&')) {
      const auto equals = pair.find('=');
      target.query[pair.substr(0, equals)] = decode_url(std::string_view(pair).substr(equals + 1));
    }
  }
  auto parts = split_list(std::string_view(text).substr(0, mark), '/');
  const std::size_t prefix = parts.at(0) == "apis" ? 3 : 2;
  for (std::size_t i = 0; i < prefix; ++i) target.collection += "/" + parts.at(i);
  parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(prefix));
  if (parts.size() > 2 && parts[0] == "namespaces") {
    target.name.first = decode_url(parts[1]);
    parts.erase(parts.begin(), parts.begin() + 2);
  }
  target.collection += "/" + parts.at(0);
  if (parts.size() > 1) target.name.second = decode_url(parts[1]);
  return target;
}

void ApiServer::record(const http::Request& request) {
  asked.push_back(request.method + " " + request.target);
  requests.push_back(request);
}

async::awaitable<Result<http::Response>> ApiServer::fetch(http::Origin, http::Request request, http::Limits) {
  record(request);
  if (before) {
    if (auto instead = before(request)) co_return std::move(*instead);
  }
  co_return answer(request);
}

async::awaitable<Result<std::unique_ptr<http::ResponseStream>>> ApiServer::open(http::Origin, http::Request request,
                                                                                http::Limits) {
  record(request);
  std::optional<Result<http::Response>> instead;
  if (before) instead = before(request);
  if (instead && !*instead) co_return fail(instead->error());
  const auto target = read_target(request.target);
  if (!instead && target.query.contains("watch")) co_return watch(target);
  auto response = instead ? std::move(**instead) : answer(request);
  auto feed = std::make_shared<Feed>(executor_, target);
  feed->pending = std::move(response.body);
  feed->ended = true;
  std::unique_ptr<http::ResponseStream> stream =
      std::make_unique<FeedStream>(feed, response.status, response.headers, piece);
  co_return stream;
}

http::Response ApiServer::answer(const http::Request& request) {
  const auto target = read_target(request.target);
  if (request.method == "POST") return create(target, request.body);
  if (target.name.second.empty()) return list(target);
  const auto json = find(target.collection, target.name.first, target.name.second);
  if (json.empty()) return status_response(404, "NotFound", target.name.second + " not found");
  if (request.method == "GET") return json_response(200, json);
  if (request.method == "DELETE") return remove(target, request.body);
  return replace(target, request);
}

http::Response ApiServer::list(const Target& target) {
  const auto query = [&](const char* name) {
    const auto found = target.query.find(name);
    return found == target.query.end() ? std::string() : found->second;
  };
  std::vector<std::string> items;
  if (const auto token = query("continue"); !token.empty()) {
    const auto page = pages_.find(token);
    if (page == pages_.end()) return status_response(410, "Expired", "The provided continue parameter is too old");
    items = page->second;
  } else {
    if (number(query("resourceVersion")) > revision_)
      return status_response(504, "Timeout", "Too large resource version", "ResourceVersionTooLarge");
    for (const auto& [name, json] : objects_[target.collection]) {
      if (target.selects(name)) items.push_back(json);
    }
  }
  // The watch cache ignores the limit for version 0.
  const auto asked_limit = static_cast<std::size_t>(query("resourceVersion") == "0" ? 0 : number(query("limit")));
  const auto limit = page_limit != 0 ? std::min(page_limit, asked_limit) : asked_limit;
  std::string next;
  if (limit > 0 && items.size() > limit) {
    next = fmt::format("token-{}", ++tokens_);
    pages_[next] = {items.begin() + static_cast<std::ptrdiff_t>(limit), items.end()};
    items.resize(limit);
  }
  return json_response(
      200, fmt::format(R"({{"kind":"List","metadata":{{"resourceVersion":"{}","continue":"{}"}},"items":[{}]}})",
                       revision_, next, fmt::join(items, ",")));
}

http::Response ApiServer::create(const Target& target, const std::string& body) {
  auto object = parse(body);
  const Name name{target.name.first, std::string(string_at(object, "metadata", "name"))};
  if (objects_[target.collection].contains(name))
    return status_response(409, "AlreadyExists", name.second + " already exists");
  return json_response(201, store(target.collection, name, std::move(object)));
}

http::Response ApiServer::replace(const Target& target, const http::Request& request) {
  auto current = parse(objects_[target.collection].at(target.name));
  auto wanted = parse(request.body);
  const auto version = string_at(wanted, "metadata", "resourceVersion");
  if (!version.empty() && version != string_at(current, "metadata", "resourceVersion")) {
    return status_response(409, "Conflict", "the object has been modified");
  }
  if (request.method == "PATCH") {
    apply_merge_patch(current, wanted);
    return json_response(200, store(target.collection, target.name, std::move(current)));
  }
  return json_response(200, store(target.collection, target.name, std::move(wanted)));
}

http::Response ApiServer::remove(const Target& target, const std::string& body) {
  if (!body.empty()) {
    const auto current = parse(objects_[target.collection].at(target.name));
    const auto options = parse(body);
    for (const auto* field : {"uid", "resourceVersion"}) {
      const auto wanted = string_at(options, "preconditions", field);
      if (!wanted.empty() && wanted != string_at(current, "metadata", field))
        return status_response(409, "Conflict", "the precondition failed");
    }
  }
  erase(target.collection, target.name.first, target.name.second);
  return json_response(200, R"({"kind":"Status","status":"Success"})");
}

Result<std::unique_ptr<http::ResponseStream>> ApiServer::watch(const Target& target) {
  const auto position = target.query.find("resourceVersion");
  auto since = position == target.query.end() ? 0 : number(position->second);
  const bool with_list = target.query.contains("sendInitialEvents");
  const auto feed = std::make_shared<Feed>(executor_, target);
  http::Response refusal;
  if (with_list && !streams_lists)
    refusal = status_response(422, "Invalid", "sendInitialEvents is forbidden for watch");
  if (!with_list && since < compacted_) refusal = status_response(410, "Expired", "too old resource version");
  if (since > revision_ && refuses_future_watches)
    refusal = status_response(504, "Timeout", "Too large resource version", "ResourceVersionTooLarge");
  feed->since = since;
  if (refusal.status != 200) {
    feed->pending = refusal.body;
    feed->ended = true;
  } else if (with_list) {
    feed->pending = initial_events(target);
    since = revision_;
  }
  for (const auto& change : history_) {
    if (change.revision > since && change.collection == target.collection && target.selects(change.name))
      feed->pending += event_text(change.type, change.json);
  }
  feeds_.push_back(feed);
  std::unique_ptr<http::ResponseStream> stream =
      std::make_unique<FeedStream>(feed, refusal.status, refusal.headers, piece);
  return stream;
}

std::string ApiServer::initial_events(const Target& target) const {
  std::string events;
  if (const auto objects = objects_.find(target.collection); objects != objects_.end()) {
    for (const auto& [name, json] : objects->second) {
      if (target.selects(name)) events += event_text("ADDED", json);
    }
  }
  if (!ends_streamed_lists) return events;
  constexpr auto kEnd =
      R"({{"metadata":{{"resourceVersion":"{}","annotations":{{"k8s.io/initial-events-end":"true"}}}}}})";
  return events + event_text("BOOKMARK", fmt::format(kEnd, revision_));
}

std::string ApiServer::store(const std::string& collection, const Name& name, JsonDocument object) {
  auto& allocator = object.GetAllocator();
  auto& stored = objects_[collection][name];
  const auto uid =
      stored.empty() ? fmt::format("uid-{}", revision_ + 1) : std::string(string_at(parse(stored), "metadata", "uid"));
  auto& metadata = object["metadata"];
  set_member(metadata, "resourceVersion", std::to_string(++revision_), allocator);
  set_member(metadata, "uid", uid, allocator);
  if (!name.first.empty()) set_member(metadata, "namespace", name.first, allocator);
  const auto type = stored.empty() ? "ADDED" : "MODIFIED";
  stored = to_json(object);
  auto json = stored;
  note_change({.revision = revision_, .collection = collection, .name = name, .type = type, .json = json});
  return json;
}

void ApiServer::note_change(Change change) {
  for (const auto& weak : feeds_) {
    const auto feed = weak.lock();
    const bool is_for_it = feed && !feed->ended && feed->target.collection == change.collection;
    if (!is_for_it || !feed->target.selects(change.name) || change.revision <= feed->since) continue;
    feed->pending += event_text(change.type, change.json);
    feed->changed.notify_all();
  }
  history_.push_back(std::move(change));
}

std::string ApiServer::put(const std::string& collection, const std::string& json) {
  auto object = parse(json);
  const Name name{std::string(string_at(object, "metadata", "namespace")),
                  std::string(string_at(object, "metadata", "name"))};
  store(collection, name, std::move(object));
  return std::to_string(revision_);
}

bool ApiServer::erase(const std::string& collection, const std::string& namespace_name, const std::string& name) {
  auto& objects = objects_[collection];
  const auto found = objects.find({namespace_name, name});
  if (found == objects.end()) return false;
  auto object = parse(found->second);
  objects.erase(found);
  set_member(object["metadata"], "resourceVersion", std::to_string(++revision_), object.GetAllocator());
  note_change({.revision = revision_,
               .collection = collection,
               .name = {namespace_name, name},
               .type = "DELETED",
               .json = to_json(object)});
  return true;
}

std::string ApiServer::find(const std::string& collection, const std::string& namespace_name,
                            const std::string& name) const {
  const auto objects = objects_.find(collection);
  if (objects == objects_.end()) return {};
  const auto found = objects->second.find({namespace_name, name});
  return found == objects->second.end() ? std::string() : found->second;
}

std::vector<std::string> ApiServer::all(const std::string& collection) const {
  const auto found = objects_.find(collection);
  std::vector<std::string> jsons;
  if (found != objects_.end()) std::ranges::copy(found->second | std::views::values, std::back_inserter(jsons));
  return jsons;
}

void ApiServer::compact() {
  history_.clear();
  pages_.clear();
  compacted_ = revision_;
}

void ApiServer::restore(long long revision) {
  compact();
  compacted_ = 0;
  revision_ = revision;
}

void ApiServer::end_streams(const std::optional<Error>& failure) {
  for (const auto& weak : std::exchange(feeds_, {})) {
    const auto feed = weak.lock();
    if (!feed) continue;
    feed->ended = true;
    feed->failure = failure;
    if (failure) feed->pending.clear();  // what was on its way is lost, in the middle of an event perhaps
    feed->changed.notify_all();
  }
}

void ApiServer::send_raw(const std::string& bytes) {
  for (const auto& weak : feeds_) {
    const auto feed = weak.lock();
    if (!feed || feed->ended) continue;
    feed->pending += bytes;
    feed->changed.notify_all();
  }
}

void ApiServer::send_bookmarks() {
  send_raw(event_text("BOOKMARK", fmt::format(R"({{"metadata":{{"resourceVersion":"{}"}}}})", revision_)));
}

void ApiServer::send_error_event(int code, const std::string& reason) {
  send_raw(event_text("ERROR", fmt::format(R"({{"kind":"Status","code":{},"reason":"{}"}})", code, reason)));
  end_streams();
}

std::size_t ApiServer::streams() const {
  return static_cast<std::size_t>(std::ranges::count_if(feeds_, [](const auto& weak) {
    const auto feed = weak.lock();
    return feed && !feed->ended;
  }));
}

}  // namespace acr::fakes
