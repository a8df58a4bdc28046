// SPDX-License-Identifier: Apache-2.0
#include "tests/component/controller/simulated_day.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/json.hpp"

namespace acr::controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr int kInstances = 5;
constexpr hours kDay{24};
constexpr minutes kLeastThreshold{10};
constexpr minutes kMostThreshold{20};
/// A refused permission is tried again after 10 to 15 minutes, everything else sooner.
constexpr minutes kNoticed{17};
/// From the end of a login to the Secret without it.
constexpr seconds kTakenOut{1};
/// Exponential backoff up to 5 minutes gives some 20 attempts in a bad hour, by its jitter up to 30, and each may be
/// two calls: at two hosts, or with a second credential. A restart or an edit begins it anew.
constexpr long kMostInAnHour = 70;
constexpr long kMoreForAnEvent = 10;

std::string role_of(const std::string& id) {
  return id + "/role";
}
std::string listed_host(const std::string& id) {
  return id + ".listed.example.com";
}
std::string own_host(const std::string& id) {
  return id + ".own.example.com";
}
std::string second_host(const std::string& id) {
  return id + ".second.example.com";
}

/// Under any threshold that an edit may have set.
WallTime earliest_renewal(const credentials::RegistryLogin& login, double random) {
  auto earliest = WallTime::max();
  for (auto threshold = kLeastThreshold; threshold <= kMostThreshold; ++threshold)
    earliest = std::min(earliest, credentials::renew_at(login, threshold, random));
  return earliest;
}

}  // namespace

/// What a restart makes anew.
struct SimulatedDay::Process {
  explicit Process(SimulatedDay& owner)
      : day(owner),
        openapi(client, day.metrics_,
                {.own_region_id = "cn-hangzhou",
                 .clock = {.wall = [this] { return day.clock_.now() + day.clock_error_; },
                           .boot_id = fmt::format("boot-of-{}", day.node_)},
                 .nonce = [] { return "n"; }}),
        refresher(io.get_executor(), openapi, source, {}, day.metrics_, {}, options()),
        publisher("pull-secret", refresher,
                  {.settings = [this] { return &day.settings_; },
                   .now = [this] { return refresher.now(); },
                   .set_awaited = [](AwaitedLogins) {},
                   .publish = [this](pullsecret::WantedSecret wanted) { day.write(wanted); },
                   .tell = [](const pullsecret::DockerConfig&) {}}),
        tasks(io.get_executor()) {}

  credentials::RefresherOptions options() {
    return {.source_check = seconds{60}, .secret_check = seconds{60}, .random = [this] {
              return std::uniform_real_distribution<double>(0, 1)(day.random_);
            }};
  }

  SimulatedDay& day;
  boost::asio::io_context io;
  fakes::FakeSource source{[this] { return day.cloud_.fetch_ram_credentials(); }};
  fakes::FakeCloud client{[this](const fakes::FakeCloud::Call& call) { return day.cloud_.answer(call); }};
  alibaba::OpenApi openapi;
  credentials::Refresher refresher;
  Publisher publisher;
  async::TaskGroup tasks;
};

SimulatedDay::SimulatedDay(unsigned long seed) : random_(seed + 1), cloud_(seed, kInstances, kDay, clock_) {
  for (const auto& id : cloud_.instances()) wishes_[id].second_item = id == "cri-0";
  settings_.expiring_threshold = minutes{15};
  next_event_ = draw_time(minutes{20}, minutes{180});
}

SimulatedDay::~SimulatedDay() = default;

nanoseconds SimulatedDay::draw_time(minutes least, minutes most) {
  return nanoseconds(draw(nanoseconds(least).count(), nanoseconds(most).count()));
}

std::string SimulatedDay::live() {
  start();
  std::string problem;
  while (problem.empty() && clock_.elapsed() < kDay) {
    process_->openapi.clock().assume(clock_.now() + server_error_, {});
    run_ready();
    problem = judge_secret();
    if (clock_.elapsed() >= next_event_) happen();
    clock_.advance(minutes{1});
  }
  for (const auto& id : cloud_.instances()) {
    if (problem.empty()) problem = judge_caller(id);
    if (problem.empty()) problem = judge_caller(role_of(id));
  }
  if (problem.empty()) problem = judge_sessions();
  if (problem.empty()) problem = judge_writes();
  kill();
  return problem;
}

void SimulatedDay::start() {
  configure();
  process_ = std::make_unique<Process>(*this);
  const auto stored = credentials::decode_state(state_).state;
  if (!stored.logins.empty()) process_->publisher.mark_known();
  if (stored.clock) process_->refresher.restore_clock(*stored.clock);
  process_->openapi.clock().assume(clock_.now() + server_error_, {});
  process_->refresher.apply(settings_.instances, settings_.expiring_threshold);
  process_->refresher.restore(stored.logins);
  process_->refresher.start();
  process_->publisher.begin_term();
  process_->tasks.spawn("publish", process_->publisher.run());
}

void SimulatedDay::kill() {
  state_ = credentials::encode_state(
               {.logins = process_->refresher.kept_logins(), .clock = process_->refresher.clock_correction()})
               .data;
  bool stopped = false;
  process_->tasks.spawn("stop", [](credentials::Refresher& refresher, bool& done) -> async::awaitable<void> {
    co_await refresher.stop();
    done = true;
  }(process_->refresher, stopped));
  while (!stopped) {
    run_ready();
    clock_.advance(minutes{1});
  }
  process_->tasks.cancel();
  run_ready();
  process_.reset();
}

void SimulatedDay::run_ready() {
  process_->io.restart();
  while (process_->io.poll() > 0) process_->io.restart();
}

void SimulatedDay::happen() {
  next_event_ = clock_.elapsed() + draw_time(minutes{20}, minutes{180});
  events_.push_back(clock_.now());
  switch (draw(0, 3)) {
    case 0:
      take_over();
      break;
    case 1:
      set_clock();
      break;
    default:
      edit();
  }
}

/// By another process, on this node or on one with a clock of its own. Now and then the API server is as wrong as the
/// node, but only ahead: behind, nothing would ever show it as long as the stored logins seem fresh.
void SimulatedDay::take_over() {
  ++restarts_;
  kill();
  if (draw(0, 1) == 0) {
    ++node_;
    set_clock();
    server_error_ = draw(0, 3) == 0 ? std::max(clock_error_, nanoseconds{0}) : nanoseconds{0};
  }
  start();
  if (server_error_ == nanoseconds{0}) return;
  // What is fresh seems to be due, until the cloud has told its time.
  for (const auto& id : cloud_.instances()) {
    edited_[id].push_back(clock_.now());
    edited_[role_of(id)].push_back(clock_.now());
  }
}

void SimulatedDay::set_clock() {
  clock_error_ = draw(0, 2) == 0 ? nanoseconds{0} : draw_time(minutes{-600}, minutes{600});
}

void SimulatedDay::edit() {
  const auto ids = cloud_.instances();
  const auto& id = ids[static_cast<std::size_t>(draw(0, kInstances - 1))];
  auto& wishes = wishes_[id];
  const auto kind = draw(0, 3);
  if (kind == 0) wishes.present = !wishes.present;
  if (kind == 1) wishes.own_domains = !wishes.own_domains;
  if (kind == 2) wishes.second_item = !wishes.second_item;
  if (kind == 3) settings_.expiring_threshold = minutes{draw(kLeastThreshold.count(), kMostThreshold.count())};
  for (const auto& other : ids) {
    if (other != id && kind != 3) continue;
    edited_[other].push_back(clock_.now());
    edited_[role_of(other)].push_back(clock_.now());
  }
  configure();
  process_->refresher.apply(settings_.instances, settings_.expiring_threshold);
}

void SimulatedDay::configure() {
  settings_.instances.clear();
  for (const auto& [id, wishes] : wishes_) {
    if (!wishes.present) continue;
    config::RegistryInstance item;
    item.instance_id = id;
    item.region_id = "cn-hangzhou";
    if (wishes.own_domains) item.domains = {own_host(id)};
    settings_.instances.push_back(item);
    if (!wishes.second_item) continue;
    item.domains = {second_host(id)};
    item.assume_role_arn = "acs:ram::2:role/shared";
    settings_.instances.push_back(std::move(item));
  }
}

void SimulatedDay::write(const pullsecret::WantedSecret& wanted) {
  writes_.push_back(clock_.now());
  secret_.clear();
  const auto document = parse_json(wanted.docker_config.reveal()).value();
  for (const auto& auth : find_member(document, "auths")->GetObject())
    secret_[auth.name.GetString()] = std::string(string_at(auth.value, "password"));
}

std::string SimulatedDay::judge_secret() {
  const auto now = clock_.now();
  // For a minute after a takeover nobody may know the time: then no refresh was possible either.
  const bool in_doubt = process_->refresher.is_in_doubt();
  for (const auto& [host, password] : secret_) {
    if (in_doubt) break;
    if (const auto expires = cloud_.expiry_of(password); expires + kTakenOut < now)
      return fmt::format("{} has had an expired entry since {}", host, format_rfc3339(expires));
  }
  for (const auto& [id, wishes] : wishes_) {
    const auto misses = [&](const std::string& caller, const std::string& host) {
      return !secret_.contains(host) && cloud_.good_for(caller) > kNoticed && edits(caller, now - kNoticed, now) == 0;
    };
    const bool first = wishes.present && misses(id, wishes.own_domains ? own_host(id) : listed_host(id));
    const bool second = wishes.present && wishes.second_item && misses(role_of(id), second_host(id));
    if (first || second)
      return fmt::format("{} misses a host at {} although a refresh has been possible for 17 minutes", id,
                         format_rfc3339(now));
  }
  return {};
}

long SimulatedDay::edits(const std::string& caller, WallTime after, WallTime until) const {
  const auto found = edited_.find(caller);
  if (found == edited_.end()) return 0;
  return std::ranges::count_if(found->second, [&](WallTime edit) { return after < edit && edit <= until; });
}

std::string SimulatedDay::judge_caller(const std::string& caller) {
  const auto& record = cloud_.logins(caller);
  const auto disturbed = edits(caller, {}, WallTime::max());
  nanoseconds ideal{0};
  for (const auto& [issued, expires] : record.successes) {
    const credentials::RegistryLogin login{
        .hosts = {}, .username = {}, .password = Secret(), .issued = issued, .expires = expires};
    ideal += earliest_renewal(login, 0.5) - issued;
    const auto earliest = earliest_renewal(login, 1);
    const auto next = std::ranges::upper_bound(record.calls, issued);
    if (next != record.calls.end() && *next < earliest && edits(caller, issued, *next) == 0)
      return fmt::format("{} was asked again at {} although it was due at {} at the earliest", caller,
                         format_rfc3339(*next), format_rfc3339(earliest));
  }
  if (ideal - disturbed * hours{1} > kDay * 1.1)
    return fmt::format("{}: {} logins were fetched, 10 % more than needed", caller, record.successes.size());
  const auto& lists = cloud_.lists(caller);
  const auto most_lists = kDay / hours{6} + 2 + restarts_ + disturbed;
  if (std::ssize(lists.successes) > most_lists)
    return fmt::format("{}: its hosts were listed {} times, and {} suffice", caller, lists.successes.size(),
                       most_lists);
  auto problem = judge_ideal(caller);
  if (problem.empty()) problem = judge_hours(caller, record.calls, 1);
  return problem.empty() ? judge_hours(caller + " (list)", lists.calls, 1) : problem;
}

std::string SimulatedDay::judge_sessions() {
  const auto& record = cloud_.sessions();
  // A session is renewed when it would not outlive the next renewal of a login, or was refused.
  const auto life = hours{1} - seconds{1} - credentials::needed_life(kMostThreshold);  // whole seconds are told
  // Or while an instance fails and the credential under it has become another one, which may be why.
  auto refused = cloud_.refused_sessions();
  refused.insert(refused.end(), cloud_.bases().begin(), cloud_.bases().end());
  for (std::size_t i = 1; i < record.successes.size(); ++i) {
    const auto before = record.successes[i - 1].issued;
    const auto now = record.successes[i].issued;
    const bool was_refused = std::ranges::any_of(refused, [&](WallTime at) { return before <= at && at <= now; });
    if (now - before < life && !was_refused && !is_disturbed(before, now))
      return fmt::format("the role was assumed at {} and {} although a session lives an hour", format_rfc3339(before),
                         format_rfc3339(now));
  }
  // A role that is refused is asked for by one of those who need it, every ten minutes.
  const auto& denied = cloud_.denied_sessions();
  for (std::size_t i = 1; i < denied.size(); ++i) {
    const bool was_good = std::ranges::any_of(record.successes, [&](const auto& success) {
      return denied[i - 1] < success.issued && success.issued < denied[i];
    });
    const bool has_other_base =
        std::ranges::any_of(cloud_.bases(), [&](WallTime at) { return denied[i - 1] <= at && at <= denied[i]; });
    if (denied[i] - denied[i - 1] < minutes{10} && !was_good && !has_other_base &&
        !is_disturbed(denied[i - 1], denied[i]))
      return fmt::format("the role was refused at {} and asked for again at {}", format_rfc3339(denied[i - 1]),
                         format_rfc3339(denied[i]));
  }
  return judge_hours("AssumeRole", record.calls, kInstances);
}

bool SimulatedDay::is_disturbed(WallTime after, WallTime until) const {
  return std::ranges::any_of(events_, [&](WallTime event) { return after <= event && event <= until; });
}

std::string SimulatedDay::judge_ideal(const std::string& caller) const {
  const auto& all = cloud_.logins(caller).successes;
  for (std::size_t first = 0; first < all.size(); ++first) {
    nanoseconds covered{0};
    for (std::size_t i = first; i + 1 < all.size() && all[i + 1].issued < all[first].issued + hours{1}; ++i) {
      const credentials::RegistryLogin login{.issued = all[i].issued, .expires = all[i].expires};
      if (edits(caller, all[i].issued, all[i + 1].issued) == 0) covered += earliest_renewal(login, 0.5) - login.issued;
    }
    if (covered > hours{1} * 1.1)
      return fmt::format("{}: the logins of the hour from {} would have sufficed for {} minutes", caller,
                         format_rfc3339(all[first].issued), covered / minutes{1});
  }
  return {};
}

/// Four in the life of a login, and for each edit, restart or turn of the weather what comes and goes by it.
std::string SimulatedDay::judge_writes() const {
  auto turns = cloud_.turns();
  turns.insert(turns.end(), events_.begin(), events_.end());
  for (const auto& first : writes_) {
    const auto in_this_life = [&](WallTime other) { return other >= first && other < first + hours{1}; };
    const auto with_the_one_before = [&](WallTime other) {
      return other >= first - hours{1} && other < first + hours{1};
    };
    const auto writes = std::ranges::count_if(writes_, in_this_life);
    const auto most = 4 + 3 * std::ranges::count_if(turns, with_the_one_before);
    if (writes > most)
      return fmt::format("{} writes within an hour from {}, and {} suffice", writes, format_rfc3339(first), most);
  }
  return {};
}

std::string SimulatedDay::judge_hours(const std::string& what, const std::vector<WallTime>& calls, long callers) const {
  for (const auto& call : calls) {
    const auto in_this_hour = [&call](WallTime other) { return other >= call && other < call + hours{1}; };
    const auto in_an_hour = std::ranges::count_if(calls, in_this_hour);
    const auto most = kMostInAnHour + kMoreForAnEvent * std::ranges::count_if(events_, in_this_hour);
    if (in_an_hour > most * callers) return fmt::format("{}: {} calls within an hour", what, in_an_hour);
  }
  return {};
}

}  // namespace acr::controller
