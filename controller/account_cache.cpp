// SPDX-License-Identifier: Apache-2.0
#include "controller/account_cache.hpp"

#include <algorithm>

#include "common/async/backoff.hpp"
#include "common/async/first_of.hpp"
#include "common/async/sleep.hpp"
#include "common/base/log.hpp"
#include "common/config/match.hpp"
#include "common/kube/fetch.hpp"
#include "common/pullsecret/binding.hpp"

namespace acr::controller {
namespace {

/// Up to so many names are watched one by one; each watch costs the API server something too.
constexpr std::size_t kFewNames = 3;
constexpr std::chrono::minutes kSweepLimit{3};
constexpr std::chrono::seconds kReadLimit{30};
constexpr async::BackoffPolicy kSweepRetry{.first = std::chrono::seconds{1}, .cap = std::chrono::minutes{1}};

/// The names that are followed one by one; nullopt = all accounts are.
std::optional<std::set<std::string>> few_names(const config::NamePatterns& patterns) {
  if (patterns.all || patterns.has_glob() || patterns.patterns.size() > kFewNames) return std::nullopt;
  return std::set<std::string>(patterns.patterns.begin(), patterns.patterns.end());
}

kube::Selection selection_of(const std::optional<std::string>& name) {
  return {.resource = kube::kServiceAccounts, .field_selector = name ? "metadata.name=" + *name : ""};
}

}  // namespace

/// One watch and what it has brought. Its task keeps it alive.
struct AccountCache::Part {
  Part(kube::ApiClient& api, Metrics& metrics, std::optional<std::string> only)
      : name(std::move(only)), reflector(api, metrics, store, selection_of(name)), retired(api.executor()) {}

  std::optional<std::string> name;
  kube::Store<kube::ServiceAccountInfo> store;
  kube::Reflector<kube::ServiceAccountInfo> reflector;
  async::Notifier retired;
  bool in_use = true;
  bool started = false;

  void retire() {
    in_use = false;
    retired.notify_all();
  }
  async::awaitable<void> wait_retired() {
    while (in_use) co_await retired.wait();
  }
};

AccountCache::AccountCache(kube::ApiClient& api, Metrics& metrics, std::vector<std::string> our_names)
    : api_(api), metrics_(metrics), our_names_(std::move(our_names)), changed_(api.executor()) {
  strays_.on_change([this](const kube::ObjectKey& key) { notify(key); });
}

async::awaitable<void> AccountCache::run(std::shared_ptr<Part> part) {
  co_await async::first_of(part->reflector.run(), part->wait_retired());
}

void AccountCache::start(const std::shared_ptr<Part>& part) {
  if (tasks_ != nullptr && !std::exchange(part->started, true)) tasks_->spawn("watch serviceaccounts", run(part));
}

void AccountCache::spawn(async::TaskGroup& tasks) {
  tasks_ = &tasks;
  for (const auto& part : next_.value_or(Parts{})) start(part);
}

std::shared_ptr<AccountCache::Part> AccountCache::make_part(std::optional<std::string> name) {
  auto part = std::make_shared<Part>(api_, metrics_, std::move(name));
  auto* const raw = part.get();
  part->store.on_change([this, raw](const kube::ObjectKey& key) {
    if (std::ranges::find(parts_, raw, &std::shared_ptr<Part>::get) != parts_.end()) notify(key);
  });
  part->store.on_synced([this] { part_synced(); });
  return part;
}

void AccountCache::follow(const config::Settings& settings) {
  if (scope_ && config::scope_of(settings) == *scope_) return;
  auto names = few_names(settings.service_accounts);
  const bool same_names = scope_ && names == names_;
  scope_ = config::scope_of(settings);
  if (same_names) return sweep_again();
  names_ = std::move(names);
  for (const auto& part : next_.value_or(Parts{})) part->retire();
  next_.emplace();
  if (names_) {
    for (const auto& name : *names_) next_->push_back(make_part(name));
  } else {
    next_->push_back(make_part(std::nullopt));
  }
  for (const auto& part : *next_) start(part);
  part_synced();  // there may be nothing to wait for
}

void AccountCache::part_synced() {
  const auto is_synced = [](const std::shared_ptr<Part>& part) { return part->store.synced(); };
  if (!next_ || !std::ranges::all_of(*next_, is_synced)) return;
  for (const auto& part : parts_) part->retire();
  parts_ = std::move(*next_);
  next_.reset();
  synced_ = true;
  if (!names_) strays_.replace({});
  sweep_again();
  tell_listed();
}

AccountCache::Part* AccountCache::part_of(const std::string& name) const {
  const auto covers = [&name](const std::shared_ptr<Part>& part) { return !part->name || *part->name == name; };
  const auto found = std::ranges::find_if(parts_, covers);
  return found == parts_.end() ? nullptr : found->get();
}

AccountCache::Object AccountCache::find(const kube::ObjectKey& key) const {
  const auto* part = part_of(key.name);
  return (part == nullptr ? strays_ : part->store).find(key);
}

std::vector<AccountCache::Object> AccountCache::in(const std::string& namespace_name) const {
  std::vector<Object> accounts;
  const auto add = [&](const kube::Store<kube::ServiceAccountInfo>& store) {
    for (const auto& [key, account] : store.in(namespace_name)) accounts.push_back(account);
  };
  for (const auto& part : parts_) add(part->store);
  for (const auto& [key, account] : strays_.in(namespace_name)) {
    if (part_of(key.name) == nullptr) accounts.push_back(account);
  }
  return accounts;
}

void AccountCache::for_each(const std::function<void(const kube::ServiceAccountInfo&)>& visit) const {
  for (const auto& part : parts_) {
    for (const auto& [key, account] : part->store.all()) visit(*account);
  }
  for (const auto& [key, account] : strays_.all()) {
    if (part_of(key.name) == nullptr) visit(*account);
  }
}

bool AccountCache::is_ours(const kube::ServiceAccountInfo& account) const {
  return std::ranges::any_of(our_names_, [&account](const std::string& name) {
    return pullsecret::is_bound(account.image_pull_secrets, name);
  });
}

void AccountCache::upsert(kube::ServiceAccountInfo account) {
  if (auto* part = part_of(account.key.name)) {
    part->store.upsert(std::move(account));
  } else if (is_ours(account)) {
    strays_.upsert(std::move(account));
  } else {
    strays_.erase(account.key, account.resource_version);
  }
}

async::awaitable<void> AccountCache::reread_stray(kube::ObjectKey key) {
  if (part_of(key.name) != nullptr) co_return;
  const kube::CallOptions options{.deadline = async::deadline_in(kReadLimit)};
  auto found = co_await kube::fetch_object<kube::ServiceAccountInfo>(api_, kube::kServiceAccounts, key, options);
  if (found) upsert(std::move(*found));
  if (!found && found.error().kind == ErrorKind::NotFound) strays_.erase(key);
}

void AccountCache::on_change(kube::Store<kube::ServiceAccountInfo>::OnChange callback) {
  on_change_.push_back(std::move(callback));
}

void AccountCache::notify(const kube::ObjectKey& key) const {
  for (const auto& callback : on_change_) callback(key);
}

void AccountCache::tell_listed() const {
  for (const auto& callback : on_listed_) callback();
}

bool AccountCache::is_complete() const {
  return synced_ && !next_ && (!names_ || swept_);
}

void AccountCache::sweep_again() {
  swept_ = false;
  changed_.notify_all();
}

/// Keeps of a list of all accounts those that carry our entry and that no watch covers.
class AccountCache::StrayReceiver final : public kube::ListReceiver {
 public:
  explicit StrayReceiver(AccountCache& cache) : cache_(cache) {}
  void start_list() override { cache_.strays_.start_list(); }
  Result<void> list_item(const JsonValue& object) override {
    auto account = kube::parse_object<kube::ServiceAccountInfo>(object);
    if (!account) return fail(account.error());
    if (cache_.part_of(account->key.name) == nullptr && cache_.is_ours(*account))
      cache_.strays_.list(std::move(*account));
    return {};
  }

 private:
  AccountCache& cache_;
};

async::awaitable<Result<void>> AccountCache::sweep() {
  const auto names = names_;
  StrayReceiver receiver(*this);
  const kube::CallOptions options{.deadline = async::deadline_in(kSweepLimit)};
  const auto listed = co_await kube::fetch_pages(api_, selection_of(std::nullopt), "", options, receiver);
  if (!listed) co_return fail(listed.error());
  if (next_ || names_ != names) co_return Result<void>{};  // other names by now: it is due again
  swept_ = true;
  strays_.finish_list();
  tell_listed();
  co_return Result<void>{};
}

async::awaitable<void> AccountCache::keep_sweeping() {
  for (int failures = 0;;) {
    while (!synced_ || next_ || is_complete()) co_await changed_.wait();
    const auto swept = co_await sweep();
    failures = swept ? 0 : failures + 1;
    if (swept) continue;
    log::warn("cannot look for old bindings; what is outside the scope stays bound until that works",
              {log::kv("failures", failures), log::kv("error", swept.error().message)});
    co_await async::sleep_for(async::backoff_delay(kSweepRetry, failures, async::random_fraction()));
  }
}

bool AccountCache::is_stuck(async::Deadline now) const {
  const auto stuck = [now](const std::shared_ptr<Part>& part) { return part->reflector.is_stuck(now); };
  return std::ranges::any_of(parts_, stuck) || (next_ && std::ranges::any_of(*next_, stuck));
}

}  // namespace acr::controller
