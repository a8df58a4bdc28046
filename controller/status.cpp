// SPDX-License-Identifier: Apache-2.0
#include "controller/status.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/alibaba/errors.hpp"
#include "common/base/json.hpp"
#include "common/base/text.hpp"
#include "common/credentials/chain.hpp"
#include "controller/failure_note.hpp"

namespace acr::controller {
namespace {

constexpr std::size_t kShownInstances = 50;
constexpr std::size_t kShownHosts = 8;
constexpr std::size_t kShownErrors = 3;
constexpr std::size_t kErrorBytes = 500;
constexpr std::string_view kTextKey = "text: sha256:";
constexpr std::string_view kAcceptedKey = "acceptedAt: ";

bool is_plain(std::string_view text) {
  constexpr std::string_view kSafe = "._/@()=+ ;,*:-";  // not where they would mean something
  const auto is_alnum = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (text.empty() || !is_alnum(text.front()) || text.ends_with(' ') || text.ends_with(':')) return false;
  if (text.find(": ") != std::string_view::npos) return false;
  for (const auto* word : {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}) {
    if (equals_ignore_case(text, word)) return false;
  }
  // What begins like a number may be one.
  if (text.front() >= '0' && text.front() <= '9' && text.find_first_of(" Z") == std::string_view::npos) return false;
  return std::ranges::all_of(text, [&](char c) { return is_alnum(c) || kSafe.find(c) != std::string_view::npos; });
}

/// Not printable(): that would escape quotes and backslashes, which mean nothing between single quotes.
std::string one_line(std::string_view text, std::size_t limit) {
  auto end = std::min(limit, text.size());
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  std::string shown(text.substr(0, end));
  std::ranges::replace_if(shown, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return shown + (end < text.size() ? "..." : "");
}

constexpr std::string_view kUnknownSource = credentials::kNoSourceYet;

/// What yaml_text() was made of.
std::string plain_text(std::string_view scalar) {
  if (scalar.size() < 2 || scalar.front() != '\'') return std::string(scalar);
  std::string text;
  for (std::size_t i = 1; i + 1 < scalar.size(); ++i) {
    text += scalar[i];
    if (scalar[i] == '\'') ++i;  // the second of two
  }
  return text;
}

std::string line(std::string_view key, std::string_view value) {
  return fmt::format("{}: {}\n", key, yaml_text(value));
}

std::string list_item(std::string_view text) {
  return fmt::format("- {}\n", yaml_text(text));
}

std::string more(std::size_t count) {
  return fmt::format("and {} more", count);
}

std::string count_line(std::string_view key, std::size_t good, std::size_t all, std::string_view word) {
  return fmt::format("{}: {} of {} {}\n", key, good, all, word);
}

bool has_login(const InstanceHealth& instance) {
  return instance.status.expires.has_value();
}

std::string describe_origin(const StatusFacts& facts) {
  const auto name = "ConfigMap " + facts.configuration_name;
  switch (facts.origin) {
    case config::SettingsOrigin::ConfigMap:
      return name + " as it stands";
    case config::SettingsOrigin::LastAccepted:
      return fmt::format("the text accepted last, because {} is {}", name,
                         facts.configuration_present ? "rejected" : "absent");
    case config::SettingsOrigin::FirstStart:
      return fmt::format("the good parts of a first text, because {} is {} and none was ever accepted", name,
                         facts.configuration_present ? "rejected" : "absent");
    case config::SettingsOrigin::Defaults:
      return fmt::format("the defaults, because there is no {}", name);
  }
  return {};
}

/// The registered policy is weaker than what is configured.
bool is_lowered(const WebhookReport& webhook) {
  return webhook.wanted && webhook.settings.failure_policy == config::FailurePolicy::Fail &&
         webhook.registered_policy == "Ignore";
}

std::string describe_webhook(const WebhookReport& webhook) {
  const bool is_on = !webhook.registered_policy.empty();
  if (!webhook.wanted) return is_on ? "still registered, though it is not enabled" : "off, as configured";
  if (webhook.settings.mode == config::WebhookMode::Policy && !is_on) return "mode policy";
  if (!is_on) return "not registered: no endpoint has answered a probe yet";
  return "on, failurePolicy " + webhook.registered_policy +
         (is_lowered(webhook) ? " instead of Fail until an endpoint answers again" : "");
}

std::vector<std::string> find_problems(const StatusFacts& facts) {
  std::vector<std::string> problems;
  if (!facts.errors.empty())
    problems.push_back(facts.configuration_name + " is rejected, see configuration");
  else if (!facts.configuration_present && facts.origin != config::SettingsOrigin::Defaults)
    problems.push_back(facts.configuration_name + " is absent, see configuration");
  for (const auto& [status, hosts] : facts.instances) {
    if (status.last_error && !(status.implicit && !status.expires))
      problems.push_back(fmt::format("instance {} {}, see instances", status.instance_key,
                                     status.expires ? "is not renewed" : "has no login"));
  }
  const auto& [namespaces, accounts, excluded] = facts.coverage;
  if (namespaces.unserved > 0)
    problems.push_back(fmt::format("{} namespaces have no good pull Secret, see namespaces", namespaces.unserved));
  if (accounts.unserved > 0)
    problems.push_back(fmt::format("{} ServiceAccounts are not bound, see service-accounts", accounts.unserved));
  if (facts.held_back > 0)
    problems.push_back(
        fmt::format("the unbinding of {} ServiceAccounts waits, see Event ScopeShrinking", facts.held_back));
  const bool webhook_missing = facts.webhook.wanted && facts.webhook.registered_policy.empty() &&
                               facts.webhook.settings.mode == config::WebhookMode::Webhook;
  if (webhook_missing || is_lowered(facts.webhook)) problems.emplace_back("the webhook is not in force, see webhook");
  return problems;
}

std::string build_summary(const StatusFacts& facts) {
  constexpr std::size_t kShown = 10;
  const auto problems = find_problems(facts);
  auto text = line("state", problems.empty() ? "good" : "needs attention");
  if (!problems.empty()) text += "problems:\n";
  for (std::size_t i = 0; i < std::min(problems.size(), kShown); ++i) text += list_item(problems[i]);
  if (problems.size() > kShown) text += list_item(more(problems.size() - kShown));
  text += count_line("instances", static_cast<std::size_t>(std::ranges::count_if(facts.instances, has_login)),
                     facts.instances.size(), "logged in");
  const auto& [namespaces, accounts, excluded] = facts.coverage;
  text += count_line("namespaces", namespaces.served, namespaces.covered(), "served");
  text += count_line("serviceAccounts", accounts.served, accounts.covered(), "bound");
  text += line("webhook", describe_webhook(facts.webhook));
  return text + line("leader", facts.leader) + line("version", facts.version);
}

std::string build_configuration(const StatusFacts& facts) {
  auto text = line("inForce", describe_origin(facts));
  if (facts.accepted) {
    text +=
        fmt::format("{}{}\n{}{}\n", kAcceptedKey, format_rfc3339(facts.accepted->at), kTextKey, facts.accepted->digest);
  }
  if (facts.warnings > 0) text += fmt::format("warnings: {}\n", facts.warnings);
  if (facts.errors.empty()) return text;
  text += "rejectedBecause:\n";
  for (std::size_t i = 0; i < std::min(facts.errors.size(), kShownErrors); ++i) text += list_item(facts.errors[i]);
  if (facts.errors.size() > kShownErrors) text += list_item(more(facts.errors.size() - kShownErrors));
  return text + line("toDo", "correct the ConfigMap; the change takes effect at once");
}

std::string build_instance(const InstanceHealth& instance) {
  const auto& [status, hosts] = instance;
  auto text = "- " + line("instance", status.instance_key);
  const auto add = [&text](std::string_view key, std::string_view value) { text += "  " + line(key, value); };
  add("id", status.instance_id.empty() ? "Personal Edition" : status.instance_id);
  add("region", status.region_id);
  add("source", status.source.empty() ? kUnknownSource : status.source);
  add("loginUntil", status.expires ? format_rfc3339(*status.expires) : "no login");
  if (!hosts.empty()) text += "  hosts:\n";
  for (std::size_t i = 0; i < std::min(hosts.size(), kShownHosts); ++i) text += "  " + list_item(hosts[i]);
  if (hosts.size() > kShownHosts) text += "  " + list_item(more(hosts.size() - kShownHosts));
  if (!status.warning.empty()) add("warning", status.warning);
  if (status.last_error) {
    add("lastError", describe_error(*status.last_error, kErrorBytes));
    add("toDo", alibaba::advise(*status.last_error));
  }
  return text;
}

std::string build_instances(std::vector<InstanceHealth> instances) {
  std::ranges::stable_partition(instances,
                                [](const InstanceHealth& one) { return one.status.last_error || !has_login(one); });
  std::string text;
  for (std::size_t i = 0; i < std::min(instances.size(), kShownInstances); ++i) text += build_instance(instances[i]);
  if (instances.size() > kShownInstances) text += list_item(more(instances.size() - kShownInstances));
  return text.empty() ? "[]\n" : text;
}

std::string build_count(const CoverageCount& count, const char* good, const char* bad) {
  auto text = fmt::format("covered: {}\n{}: {}\n", count.covered(), good, count.served);
  if (count.named.empty()) return text;
  text += fmt::format("{}:\n", bad);
  for (const auto& [name, reason] : count.named) text += "- " + line("name", name) + "  " + line("reason", reason);
  if (count.unserved > count.named.size()) text += list_item(more(count.unserved - count.named.size()));
  return text;
}

std::string build_webhook(const WebhookReport& webhook) {
  auto text = line("state", describe_webhook(webhook));
  if (webhook.wanted) {
    text += line("configured", fmt::format("failurePolicy {}, timeout {} s", to_string(webhook.settings.failure_policy),
                                           webhook.settings.timeout_seconds));
  }
  if (is_lowered(webhook)) text += line("breaker", "open");
  if (webhook.authority_until) text += line("authorityUntil", format_rfc3339(*webhook.authority_until));
  return text + line("configurationCheck", webhook.validates_configuration ? "registered" : "not registered");
}

}  // namespace

std::string yaml_text(std::string_view text, std::size_t limit) {
  const auto shown = one_line(text, limit);
  if (is_plain(shown)) return shown;
  std::string quoted = "'";
  for (const char c : shown) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

kube::TextMap build_status(const StatusFacts& facts) {
  auto namespaces = build_count(facts.coverage.namespaces, "served", "unserved");
  if (facts.coverage.excluded_namespaces > 0)
    namespaces += fmt::format("optedOut: {}\n", facts.coverage.excluded_namespaces);
  return {{"summary", build_summary(facts)},
          {"configuration", build_configuration(facts)},
          {"instances", build_instances(facts.instances)},
          {"namespaces", std::move(namespaces)},
          {"service-accounts", build_count(facts.coverage.accounts, "bound", "unbound")},
          {"webhook", build_webhook(facts.webhook)}};
}

std::optional<AcceptedText> read_accepted(const kube::TextMap& status) {
  const auto found = status.find("configuration");
  if (found == status.end()) return std::nullopt;
  const auto value_of = [&](std::string_view key) -> std::string_view {
    const std::string_view text = found->second;
    const auto at = text.find(key);
    if (at == std::string_view::npos || (at > 0 && text[at - 1] != '\n')) return {};
    const auto begin = at + key.size();
    return text.substr(begin, std::min(text.find('\n', begin), text.size()) - begin);
  };
  const auto at = parse_rfc3339(value_of(kAcceptedKey));
  const auto digest = value_of(kTextKey);
  if (!at || digest.empty()) return std::nullopt;
  return AcceptedText{.digest = std::string(digest), .at = *at};
}

std::string read_source(const kube::TextMap& status, std::string_view instance_key) {
  constexpr std::string_view kKey = "\n  source: ";
  const auto found = status.find("instances");
  if (found == status.end()) return {};
  const std::string_view text = found->second;
  const auto begin = text.find("- " + line("instance", instance_key));
  if (begin == std::string_view::npos || (begin > 0 && text[begin - 1] != '\n')) return {};
  const auto block = text.substr(begin, text.find("\n- ", begin) - begin);
  const auto at = block.find(kKey);
  if (at == std::string_view::npos) return {};
  const auto value = block.substr(at + kKey.size(), block.find('\n', at + kKey.size()) - at - kKey.size());
  return value == kUnknownSource ? std::string() : plain_text(value);
}

std::string read_failure_policy(std::string_view webhooks_json) {
  const auto list = parse_json(webhooks_json);
  if (!list || !list->IsArray() || list->Empty()) return {};
  return std::string(string_at((*list)[0], "failurePolicy"));
}

}  // namespace acr::controller
