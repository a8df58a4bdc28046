// SPDX-License-Identifier: Apache-2.0
#include "tests/component/controller/reconciler_world.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "common/async/sleep.hpp"
#include "common/base/base64.hpp"
#include "common/base/log.hpp"

namespace acr::controller {
namespace {

using namespace std::chrono_literals;

constexpr auto kLatency = 2ms;
constexpr const char* kHost = "acme-registry.cn-hangzhou.cr.aliyuncs.com";

kube::ClusterAccess plain_access() {
  return {.origin = {"http", "127.0.0.1", 8080}};
}

Result<Secret> no_file(const std::string& path) {
  return fail(ErrorKind::NotFound, "no file " + path);
}

async::awaitable<Outcome> nothing() {
  co_return done();
}

std::string comma(const std::string& text) {
  return text.empty() ? "" : "," + text;
}

}  // namespace

/// Answers after a moment, as over a network: others go on meanwhile.
class ReconcilerWorld::SlowServer final : public http::Client {
 public:
  explicit SlowServer(ReconcilerWorld& world) : world_(world) {}
  async::awaitable<Result<http::Response>> fetch(http::Origin origin, http::Request request,
                                                 http::Limits limits) override {
    const bool is_write = request.method != "GET";
    if (is_write) {
      const auto path = request.target.substr(0, request.target.find('?'));
      world_.writes_.push_back({world_.now(), request.method + " " + path, request.body});
    }
    co_await async::sleep_for(kLatency);
    auto answer = co_await world_.server.fetch(std::move(origin), request, limits);
    if (is_write && answer && answer->status < 300 && world_.after) world_.after(request);
    co_return answer;
  }
  async::awaitable<Result<std::unique_ptr<http::ResponseStream>>> open(http::Origin origin, http::Request request,
                                                                       http::Limits limits) override {
    return world_.server.open(std::move(origin), std::move(request), limits);
  }
  void close_idle() override {}

 private:
  ReconcilerWorld& world_;
};

Options ReconcilerWorld::default_options() {
  Options options;
  options.common.own_namespace = "kube-system";
  options.common.config_map_namespace = "kube-system";
  options.common.config_map_name = "acr-configuration";
  options.common.secret_name = kPullSecret;
  return options;
}

ReconcilerWorld::ReconcilerWorld(kube::TextMap configuration, Options options)
    : options_(std::move(options)),
      slow_(std::make_unique<SlowServer>(*this)),
      cluster_(plain_access(), no_file),
      api_(io_.get_executor(), cluster_, *slow_, metrics_),
      events_(api_, metrics_, {.controller = "acr-credential-helper/controller", .instance = "test"}, options_.dry_run),
      cache_(api_, metrics_, options_),
      configuration_(cache_, events_, metrics_, [this] { return leads_; }),
      reconciler_(io_.get_executor(), options_, Writer{api_, cache_, options_.dry_run}, configuration_, events_,
                  metrics_, [this] { return leads_; }),
      status_(io_.get_executor(),
              StatusEdge{.writer = {api_, cache_, options_.dry_run},
                         .configuration = configuration_,
                         .reconciler = reconciler_,
                         .options = options_,
                         .pod_name = "acr-controller-1",
                         .instances = [this] { return instances_; },
                         .now = [this] { return clock_.now(); },
                         .authority_until = [] { return std::optional<WallTime>(); }},
              metrics_),
      tasks_(io_.get_executor()) {
  log::configure(log::Level::Error, log::Format::Text);
  configuration.try_emplace("watch-namespace", "all");
  configuration.try_emplace("service-account", "*");
  configure(configuration);
  server.before = [this](const http::Request& request) { return before ? before(request) : std::nullopt; };
  const auto judge = [this](const kube::ObjectKey&) { configuration_.refresh(); };
  cache_.config_maps.on_change(judge);
  cache_.config_maps.on_synced([this] { configuration_.refresh(); });
  cache_.states.on_synced([this] { configuration_.refresh(); });
  configuration_.on_change([this] {
    if (leads_) reconciler_.enqueue_all();
  });
  reconciler_.set_cloud_clock([this] { return clock_.now(); });
  reconciler_.set_others({.authority = nothing, .registration = nothing, .state = nothing});
}

ReconcilerWorld::~ReconcilerWorld() {
  tasks_.cancel();
  run_ready();
}

std::string ReconcilerWorld::config_map(const kube::TextMap& data) const {
  std::string members;
  for (const auto& [key, value] : data)
    members += (members.empty() ? "" : ",") + quote_json(key) + ":" + quote_json(value);
  return R"({"metadata":{"namespace":"kube-system","name":"acr-configuration"},"data":{)" + members + "}}";
}

void ReconcilerWorld::configure(const kube::TextMap& data) {
  server.put(kConfigMapPath, config_map(data));
}

void ReconcilerWorld::add_namespace(const std::string& name, const std::string& more_metadata) {
  server.put(kNamespacePath, fmt::format(R"({{"metadata":{{"name":"{}"{}}}}})", name, comma(more_metadata)));
}

void ReconcilerWorld::add_account(const std::string& namespace_name, const std::string& name,
                                  const std::vector<std::string>& entries, const std::string& more_metadata) {
  std::string list;
  for (const auto& entry : entries) list += fmt::format(R"({}{{"name":"{}"}})", list.empty() ? "" : ",", entry);
  server.put(kAccountPath, fmt::format(R"({{"metadata":{{"namespace":"{}","name":"{}"{}}},"imagePullSecrets":[{}]}})",
                                       namespace_name, name, comma(more_metadata), list));
}

std::string ReconcilerWorld::docker_config(const std::string& password) const {
  return fmt::format(R"({{"auths":{{"{}":{{"username":"u","password":"{}"}}}}}})", kHost, password);
}

void ReconcilerWorld::add_secret(const std::string& namespace_name, const std::string& password, bool managed,
                                 const std::string& more, const std::string& name) {
  const auto* label = managed ? R"(,"labels":{"app.kubernetes.io/managed-by":"acr-credential-helper"})" : "";
  server.put(kSecretPath,
             fmt::format(R"({{"metadata":{{"namespace":"{}","name":"{}"{}}},"type":"kubernetes.io/dockerconfigjson",)"
                         R"("data":{{".dockerconfigjson":"{}"}}{}}})",
                         namespace_name, name, label, encode_base64(docker_config(password)), comma(more)));
}

void ReconcilerWorld::publish(const std::string& password, std::chrono::hours good_for) {
  pullsecret::DockerConfig config;
  config.json = Secret(docker_config(password));
  config.earliest_expiry = clock_.now() + good_for;
  config.hosts = {kHost};
  config.ends = {*config.earliest_expiry};
  reconciler_.publish(pullsecret::build_wanted_secret(kPullSecret, config, clock_.now()));
}

void ReconcilerWorld::lead(const std::string& password) {
  cache_.spawn(tasks_);
  tasks_.spawn("events", events_.run());
  run_ready();
  if (!cache_.synced() || configuration_.in_force() == nullptr) throw std::runtime_error("the caches are not filled");
  leads_ = true;
  reconciler_.begin_term();
  reconciler_.set_awaited({.tried = true});
  reconciler_.spawn(tasks_);
  if (!password.empty()) publish(password);
  reconciler_.enqueue_all();
}

void ReconcilerWorld::keep_status(std::vector<InstanceHealth> instances) {
  instances_ = std::move(instances);
  const auto mark = [this](const kube::ObjectKey&) { status_.mark(); };
  cache_.namespaces.on_change(mark);
  cache_.service_accounts.on_change(mark);
  cache_.secrets.on_change(mark);
  cache_.config_maps.on_change(mark);
  status_.begin_term();
  tasks_.spawn("status", status_.run());
}

std::string ReconcilerWorld::status(const std::string& key) const {
  const auto text = server.find(kConfigMapPath, "kube-system", kStatusConfigMapName);
  return text.empty() ? "" : std::string(string_at(*parse_json(text), "data", key));
}

void ReconcilerWorld::run_ready() {
  io_.restart();
  while (io_.poll() > 0) io_.restart();
}

void ReconcilerWorld::pass(std::chrono::nanoseconds time) {
  const auto end = now() + time;
  run_ready();
  while (now() < end) {
    clock_.advance(std::min<std::chrono::nanoseconds>(end - now(), 1min));
    run_ready();
  }
}

std::vector<std::string> ReconcilerWorld::entries(const std::string& namespace_name, const std::string& name) const {
  const auto text = server.find(kAccountPath, namespace_name, name);
  return text.empty() ? std::vector<std::string>{}
                      : kube::parse_text<kube::ServiceAccountInfo>(text).value().image_pull_secrets;
}

std::string ReconcilerWorld::member(const std::string& namespace_name, const char* name) const {
  const auto text = server.find(kSecretPath, namespace_name, kPullSecret);
  return text.empty() ? "" : std::string(string_at(*parse_json(text), "metadata", name));
}

std::string ReconcilerWorld::password(const std::string& namespace_name) const {
  const auto text = server.find(kSecretPath, namespace_name, kPullSecret);
  if (text.empty()) return {};
  const auto content = decode_base64(string_at(*parse_json(text), "data", kube::kDockerConfigKey)).value();
  return std::string(string_at(*parse_json(content), "auths", kHost, "password"));
}

std::vector<Write> ReconcilerWorld::writes(const std::string& part) const {
  std::vector<Write> found;
  for (const auto& write : writes_) {
    const bool is_event = write.what.find("/events") != std::string::npos;
    if (!is_event && write.what.find(part) != std::string::npos) found.push_back(write);
  }
  return found;
}

std::vector<std::string> ReconcilerWorld::events(const std::string& reason) const {
  std::vector<std::string> notes;
  for (const auto& text : server.all("/apis/events.k8s.io/v1/events")) {
    const auto event = parse_json(text);
    if (string_at(*event, "reason") == reason)
      notes.push_back(fmt::format("{}/{}: {}", string_at(*event, "regarding", "namespace"),
                                  string_at(*event, "regarding", "name"), string_at(*event, "note")));
  }
  return notes;
}

}  // namespace acr::controller
