// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/config/random_settings.hpp"

#include <algorithm>
#include <set>

namespace acr::config {
namespace {

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";

std::vector<std::string> make_names(Chance& chance, std::size_t most) {
  std::set<std::string> names;
  for (auto count = 1 + chance.pick(most); count > 0; --count) {
    auto name = "n" + chance.letters(kLower, 1, 8);
    if (chance.one_in(4)) name = std::string(chance.any_of({"*-", "team-", "?"})) + name;
    if (chance.one_in(4)) name += chance.any_of({"-*", "*", "-?x"});
    names.insert(name);
  }
  return {names.begin(), names.end()};
}

NamePatterns make_patterns(Chance& chance) {
  if (chance.one_in(5)) return {.all = true, .patterns = {}};
  return {.all = false, .patterns = make_names(chance, 5)};
}

LabelSelector make_selector(Chance& chance) {
  LabelSelector selector;
  for (auto count = 1 + chance.pick(3); count > 0; --count) {
    LabelRequirement requirement;
    requirement.label = std::string(chance.any_of({"", "example.com/"})) + "l" + chance.letters(kLower, 1, 6);
    requirement.op = static_cast<LabelRequirement::Operator>(chance.pick(4));
    const bool has_values =
        requirement.op == LabelRequirement::Operator::In || requirement.op == LabelRequirement::Operator::NotIn;
    for (auto values = has_values ? 1 + chance.pick(3) : 0; values > 0; --values) {
      requirement.values.push_back(chance.one_in(6) ? "" : "V" + chance.letters(kLower, 1, 6));
    }
    selector.requirements.push_back(std::move(requirement));
  }
  return selector;
}

std::string make_arn(Chance& chance, std::string_view kind) {
  return fmt::format("acs:ram::{}:{}/{}", chance.letters("0123456789", 16, 16), kind, chance.letters(kLower, 3, 20));
}

void make_credentials(Chance& chance, RegistryInstance& instance) {
  // Anything that quotes can hold, and that is no placeholder.
  constexpr std::string_view kAnything = "aB3 #:'\"\\/,-[]}&*!|>%@`~=+?.";
  if (chance.one_in(4)) {
    instance.custom_access_key = AccessKey{.id = "LTAI" + chance.letters(kLower, 8, 20),
                                           .secret = Secret("s" + chance.letters(kAnything, 5, 30) + "é端z")};
  } else if (chance.one_in(4)) {
    instance.custom_access_key_secret_ref = "s" + chance.letters(kLower, 1, 10) + "-x.y";
  }
  if (chance.one_in(4)) {
    instance.rrsa_role_arn = make_arn(chance, "role");
    instance.rrsa_oidc_provider_arn = make_arn(chance, "oidc-provider");
  }
  if (chance.one_in(3)) instance.assume_role_arn = make_arn(chance, "role");
  if (chance.one_in(2)) instance.expire_duration = std::chrono::seconds(900 + chance.pick(42301));
}

std::vector<RegistryInstance> make_instances(Chance& chance) {
  std::vector<RegistryInstance> instances;
  int hosts = 0;
  for (auto count = 1 + chance.pick(5); count > 0; --count) {
    RegistryInstance instance;
    instance.region_id = fmt::format("cn-{}{}", chance.any_of({"hangzhou", "beijing", "shanghai"}), instances.size());
    if (!chance.one_in(4)) instance.instance_id = "cri-" + chance.letters("0123456789abcdef", 16, 16);
    for (auto domains = chance.pick(4); domains > 0; --domains) {
      instance.domains.push_back(fmt::format("{}h{}.{}.example.com{}", chance.any_of({"", "", "*.", "a-?."}), ++hosts,
                                             chance.letters(kLower, 1, 9), chance.any_of({"", "", ":5000"})));
    }
    make_credentials(chance, instance);
    instances.push_back(std::move(instance));
  }
  return instances;
}

}  // namespace

std::string Chance::letters(std::string_view alphabet, std::size_t least, std::size_t most) {
  std::string text;
  for (auto count = least + pick(most - least + 1); count > 0; --count) text += alphabet[pick(alphabet.size())];
  return text;
}

Settings make_settings(Chance& chance, const std::string& default_region) {
  Settings settings;
  settings.service_accounts = make_patterns(chance);
  settings.watch_namespaces = make_patterns(chance);
  if (chance.one_in(2)) settings.exclude_namespaces = make_names(chance, 4);
  if (chance.one_in(2)) settings.namespace_selector = make_selector(chance);
  settings.binding_mode = chance.one_in(2) ? BindingMode::Append : BindingMode::Overwrite;
  settings.expiring_threshold = std::chrono::seconds(60 + chance.pick(7200));
  settings.rrsa_enabled = chance.one_in(2);
  settings.webhook.enable = chance.one_in(2);
  settings.webhook.failure_policy = chance.one_in(2) ? FailurePolicy::Ignore : FailurePolicy::Fail;
  settings.webhook.timeout_seconds = 1 + static_cast<int>(chance.pick(30));
  settings.webhook.mode = chance.one_in(2) ? WebhookMode::Webhook : WebhookMode::Policy;
  if (chance.one_in(10)) {
    settings.instances.push_back({});
    settings.instances[0].region_id = default_region;
    settings.instances[0].implicit = true;
  } else {
    settings.instances = make_instances(chance);
  }
  return settings;
}

fakes::ConfigData spoil(Chance& chance, fakes::ConfigData data) {
  for (auto& [key, value] : data) {
    for (auto changes = chance.pick(4); changes > 0; --changes) {
      const auto at = chance.pick(value.size() + 1);
      const auto length = std::min(value.size() - at, chance.pick(12));
      const auto from = chance.pick(value.size() + 1);
      switch (chance.pick(4)) {
        case 0:
          value.erase(at, length);
          break;
        case 1:
          value.insert(at, value.substr(from, chance.pick(60)));
          break;
        case 2:
          value.insert(at, chance.any_of({"\n",   "\t", "- ",           ": ",  "#",   "\"", "'",    "[",     "]",  "{",
                                          "}",    ",",  "|\n",          ">\n", "&a ", "*a", "<<: ", "---\n", "\\", "\r",
                                          "\xC3", "，", "\xEF\xBB\xBF", "//",  "null"}));
          break;
        default:
          if (at < value.size()) value[at] = static_cast<char>(chance.pick(256));
      }
    }
  }
  return data;
}

}  // namespace acr::config
