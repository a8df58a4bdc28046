// SPDX-License-Identifier: Apache-2.0
#include "tests/component/controller/registration_world.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "common/async/sleep.hpp"
#include "common/base/log.hpp"

namespace acr::controller {
namespace {

using namespace std::chrono_literals;

constexpr const char* kValidatingPath = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

Result<Secret> no_file(const std::string& path) {
  return fail(ErrorKind::NotFound, "no file " + path);
}

}  // namespace

class RegistrationWorld::Dialer final : public ProbeDialer {
 public:
  explicit Dialer(RegistrationWorld& world) : world_(world) {}
  async::awaitable<Result<void>> ask(ProbeTarget target, std::string bundle, async::Deadline) override {
    ++world_.probes_;
    co_await async::sleep_for(1ms);
    if (world_.answers(target, bundle)) co_return Result<void>{};
    co_await async::sleep_for(world_.silence);
    co_return fail(ErrorKind::Unavailable, "connection refused");
  }

 private:
  RegistrationWorld& world_;
};

Options RegistrationWorld::default_options() {
  Options options;
  options.common.own_namespace = "kube-system";
  options.common.config_map_namespace = "kube-system";
  options.common.config_map_name = "acr-configuration";
  options.common.secret_name = "acr-credential-secret-aggregation";
  options.webhook_service = {"kube-system", "acr-webhook"};
  options.validate_config = false;
  return options;
}

RegistrationWorld::RegistrationWorld(const std::string& webhook_configuration, Options options)
    : options_(std::move(options)),
      cluster_({.origin = {"http", "127.0.0.1", 8080}}, no_file),
      api_(io_.get_executor(), cluster_, server, metrics_),
      events_(api_, metrics_, {.controller = "acr-credential-helper/controller", .instance = "test"}, false),
      cache_(api_, metrics_, options_),
      configuration_(cache_, events_, metrics_, [] { return true; }),
      dialer_(std::make_unique<Dialer>(*this)) {
  log::configure(log::Level::Error, log::Format::Text);
  configure(webhook_configuration);
  put_service();
  put_registration("[]");
  server.put(kValidatingPath, R"({"metadata":{"name":"acr-credential-helper"}})");
  server.before = [this](const http::Request& request) { return answer(request); };
  const auto judge = [this](const kube::ObjectKey&) { configuration_.refresh(); };
  const auto look = [this](const kube::ObjectKey&) { changed_.notify_all(); };
  cache_.config_maps.on_change(judge);
  cache_.config_maps.on_synced([this] { configuration_.refresh(); });
  cache_.states.on_synced([this] { configuration_.refresh(); });
  cache_.mutating.on_change(look);
  configuration_.on_change([this] { changed_.notify_all(); });
  cache_.spawn(tasks_);
  tasks_.spawn("events", events_.run());
  run_ready();
}

std::optional<Result<http::Response>> RegistrationWorld::answer(const http::Request& request) {
  if (!api_answers) return fail(ErrorKind::Unavailable, "no route to host");
  if (request.target.find("selfsubjectreviews") != std::string::npos)
    return http::Response{.status = 201, .body = R"({"status":{"userInfo":{"username":"controller"}}})"};
  if (request.target == "/apis/admissionregistration.k8s.io/v1")
    return http::Response{.body = serves_policies ? R"({"resources":[{"name":"mutatingadmissionpolicies"},)"
                                                    R"({"name":"mutatingadmissionpolicybindings"}]})"
                                                  : R"({"resources":[]})"};
  if (request.target == "/apis/admissionregistration.k8s.io/v1beta1")
    return fakes::status_response(404, "NotFound", "the server could not find the requested resource");
  if (request.headers.get("Content-Type") == "application/apply-patch+yaml") {
    server.put(request.target.substr(0, request.target.rfind('/')), request.body);
    return http::Response{.status = 201, .body = request.body};
  }
  if (request.method != "GET" && request.target.starts_with(kMutatingPath)) ++writes_;
  return std::nullopt;
}

RegistrationWorld::~RegistrationWorld() {
  work_.cancel();
  tasks_.cancel();
  run_ready();
}

void RegistrationWorld::configure(const std::string& webhook_configuration, kube::TextMap more) {
  more.try_emplace("watch-namespace", "all");
  more.try_emplace("service-account", "*");
  more["webhook-configuration"] = webhook_configuration;
  std::string members;
  for (const auto& [key, value] : more)
    members += (members.empty() ? "" : ",") + quote_json(key) + ":" + quote_json(value);
  server.put("/api/v1/configmaps",
             R"({"metadata":{"namespace":"kube-system","name":"acr-configuration"},"data":{)" + members + "}}");
}

void RegistrationWorld::put_service(const std::string& cluster_ip) {
  server.put(
      "/api/v1/services",
      fmt::format(R"({{"metadata":{{"namespace":"kube-system","name":"acr-webhook"}},"spec":{{"clusterIP":"{}"}}}})",
                  cluster_ip));
}

void RegistrationWorld::put_registration(const std::string& webhooks, const std::string& more_metadata) {
  server.put(kMutatingPath, fmt::format(R"({{"metadata":{{"name":"acr-credential-helper"{}}},"webhooks":{}}})",
                                        more_metadata, webhooks));
}

void RegistrationWorld::lead() {
  if (!cache_.synced() || configuration_.in_force() == nullptr) throw std::runtime_error("the caches are not filled");
  authority_ = std::make_unique<AuthorityKeeper>(Writer{api_, cache_}, metrics_, options_);
  keeper_ =
      std::make_unique<RegistrationKeeper>(RegistrationKeeper::Parts{.writer = {api_, cache_},
                                                                     .dialer = *dialer_,
                                                                     .configuration = configuration_,
                                                                     .authority = *authority_,
                                                                     .events = events_,
                                                                     .metrics = metrics_,
                                                                     .options = options_,
                                                                     .on_change = [this] { changed_.notify_all(); }});
  keeper_->begin_term();
  work_.spawn("registration", work());
  work_.spawn("watch over", keeper_->watch_over());
  run_ready();
}

void RegistrationWorld::stop_leading() {
  work_.cancel();
  run_ready();
}

async::awaitable<void> RegistrationWorld::work() {
  co_await authority_->reconcile();
  for (;;) {
    const auto outcome = co_await keeper_->reconcile();
    const auto pause = outcome ? outcome->value_or(1h) : 100ms;
    co_await changed_.wait_until(async::deadline_in(pause));
  }
}

void RegistrationWorld::run_ready() {
  io_.restart();
  while (io_.poll() > 0) io_.restart();
}

void RegistrationWorld::pass(std::chrono::nanoseconds time) {
  const auto end = clock_.elapsed() + time;
  run_ready();
  while (clock_.elapsed() < end) {
    clock_.advance(std::min<std::chrono::nanoseconds>(end - clock_.elapsed(), 1min));
    run_ready();
  }
}

std::string RegistrationWorld::webhooks() const {
  const auto object = parse_json(server.find(kMutatingPath, "", kRegistrationName));
  const auto* list = object ? find_member(*object, "webhooks") : nullptr;
  return list == nullptr ? "[]" : to_json(*list);
}

std::string RegistrationWorld::policy() const {
  const auto binding = server.find(kPolicyBindingPath, "", kRegistrationName);
  return binding.empty() ? binding : server.find(kPolicyPath, "", kRegistrationName);
}

std::string RegistrationWorld::registered() const {
  const auto list = parse_json(webhooks());
  if (!list || list->Empty()) return "off";
  return fmt::format("{} {}", string_at((*list)[0], "failurePolicy"),
                     integer_at((*list)[0], "timeoutSeconds").value_or(0));
}

std::vector<std::string> RegistrationWorld::events(const std::string& reason) const {
  std::vector<std::string> notes;
  for (const auto& text : server.all("/apis/events.k8s.io/v1/events")) {
    const auto event = parse_json(text);
    if (string_at(*event, "reason") == reason) notes.emplace_back(string_at(*event, "note"));
  }
  return notes;
}

}  // namespace acr::controller
