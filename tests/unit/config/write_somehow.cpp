// SPDX-License-Identifier: Apache-2.0
// One configuration as different people write it.
#include <algorithm>

#include "tests/unit/config/random_settings.hpp"

namespace acr::config {
namespace {

/// May the text stand without quotes in a block, and mean itself?
bool is_plain(std::string_view text) {
  constexpr std::string_view kSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:/-_";
  return !text.empty() && std::isalnum(static_cast<unsigned char>(text[0])) != 0 &&
         text.find_first_not_of(kSafe) == std::string_view::npos;
}

/// As JSON writes any text: with escapes where they are not needed, too.
std::string escape_somehow(Chance& chance, std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 && chance.one_in(20)) {
      quoted += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

class Writer {
 public:
  explicit Writer(Chance& chance)
      : chance_(chance),
        quotes_(chance.pick(4)),
        has_comments_(chance.one_in(2)),
        has_blank_lines_(chance.one_in(3)),
        is_shuffled_(chance.one_in(2)) {}

  std::string write_items(const std::vector<RegistryInstance>& instances) {
    std::vector<fakes::ItemFields> items;
    for (const auto& instance : instances) items.push_back(choose_fields(instance));
    auto text = chance_.one_in(4) ? write_brackets(items) : write_block(items);
    if (chance_.one_in(6)) text = "---\n" + text;
    return text;
  }

  std::string write_list(const std::string& canonical) {
    std::string text;
    for (const char c : canonical) {
      text += c;
      if (c == ',') text += chance_.any_of({"", " ", "  ", ",", "\n"});
    }
    if (chance_.one_in(4)) text += ',';
    if (chance_.one_in(6)) text = '"' + text + '"';
    // Alone it is an error where it may have left namespaces out.
    if (!canonical.empty() && chance_.one_in(6)) text += " # of the team";
    return text + std::string(chance_.any_of({"", "\n", " "}));
  }

  std::string write_switches(fakes::ItemFields fields) {
    shuffle(fields);
    if (chance_.one_in(4)) return write_braces(fields) + '\n';
    std::string text;
    const std::string indent(chance_.pick(4), ' ');
    for (const auto& [name, value] : fields) {
      text += fmt::format("{}{}: {}{}", indent, name, write_scalar(value), end_line());
    }
    return text;
  }

 private:
  void shuffle(fakes::ItemFields& fields) {
    for (auto i = fields.size(); is_shuffled_ && i > 1; --i) std::swap(fields[i - 1], fields[chance_.pick(i)]);
  }

  fakes::ItemFields choose_fields(const RegistryInstance& instance) {
    auto fields = fakes::list_fields(instance);
    std::erase_if(fields, [this](const auto& field) {
      const auto& [name, value] = field;
      return (name == "expireDuration" && value == "3600" && chance_.one_in(2)) ||
             (name == "instanceId" && value.empty() && chance_.one_in(2));
    });
    if (instance.domains.empty() && chance_.one_in(3)) fields.emplace_back("domains", "");
    shuffle(fields);
    return fields;
  }

  std::string write_scalar(const std::string& value) {
    if (quotes_ == 0 && is_plain(value)) return value;
    if (quotes_ == 1) {
      std::string quoted = "'";
      for (const char c : value) quoted += c == '\'' ? "''" : std::string(1, c);
      return quoted + '\'';
    }
    return quotes_ == 2 ? fakes::quote(value) : escape_somehow(chance_, value);
  }

  /// A comma list may be wrapped and spaced.
  std::string write_domains(const std::string& value, std::size_t column) {
    const std::string indent(column + 1 + chance_.pick(3), ' ');
    std::string lines;
    for (const char c : value) {
      lines += c;
      if (c == ',') lines += '\n' + indent;
    }
    switch (value.empty() || value[0] == '*' ? 3 : chance_.pick(6)) {
      case 0:
        return ">-\n" + indent + lines;
      case 1:
        return "|\n" + indent + lines;
      case 2:
        return lines;
      default:
        return write_scalar(value);
    }
  }

  std::string end_line() {
    std::string end(chance_.pick(3), ' ');
    if (has_comments_ && chance_.one_in(4))
      end += std::string(chance_.any_of({" # c", "  #", " # it's: \"x\"", " # 必填"}));
    end += '\n';
    if (has_blank_lines_ && chance_.one_in(4)) end += chance_.any_of({"\n", "   \n"});
    return end;
  }

  /// At any depth: comments belong to nothing, unless they begin an item.
  std::string comment_line() {
    if (!has_comments_ || !chance_.one_in(4)) return {};
    return std::string(chance_.pick(9), ' ') +
           std::string(chance_.any_of({"# domains: \"old\n", "# regionId: \"cn\n", "#- see: {x\n"}));
  }

  std::string write_block(const std::vector<fakes::ItemFields>& items) {
    const std::string indent(chance_.pick(7), ' ');
    const std::string gap(1 + chance_.pick(3), ' ');
    const auto column = indent.size() + 1 + gap.size();
    std::string text;
    for (const auto& item : items) {
      auto prefix = indent + "-" + gap;
      if (chance_.one_in(8)) {
        text += indent + "-\n";
        prefix = std::string(column, ' ');
      }
      for (const auto& [name, value] : item) {
        const bool is_block = name == "domains";
        const auto scalar = is_block ? write_domains(value, column) : write_scalar(value);
        // A comment ends a wrapped value only behind its last line, and is text inside of a block.
        const bool is_open = is_block && scalar.find('\n') != std::string::npos;
        text += prefix + name + ": " + scalar + (is_open ? "\n" : end_line() + comment_line());
        prefix = std::string(column, ' ');
      }
    }
    return text;
  }

  std::string write_braces(const fakes::ItemFields& fields) {
    std::string text = "{";
    for (const auto& [name, value] : fields) {
      const bool is_json = chance_.one_in(2);
      text += fmt::format("{}{}:{}{}{}", text.size() > 1 ? "," : "", is_json ? fakes::quote(name) : " " + name,
                          is_json ? "" : " ", escape_somehow(chance_, value), chance_.any_of({"", " ", "\n\t"}));
    }
    return text + chance_.any_of({"}", ",}"}).data();
  }

  std::string write_brackets(const std::vector<fakes::ItemFields>& items) {
    std::string text = "[";
    for (const auto& item : items) {
      if (text.size() > 1) text += ',';
      text += std::string(chance_.any_of({"", "\n", "\n\t", "\n# c\n"})) + write_braces(item);
    }
    return text + std::string(chance_.any_of({"]", "]\n", "\n]\n", " ,]"}));
  }

  Chance& chance_;
  std::size_t quotes_;
  bool has_comments_;
  bool has_blank_lines_;
  bool is_shuffled_;
};

std::string with_other_line_ends(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '\n' ? "\r\n" : std::string(1, c);
  return result;
}

}  // namespace

fakes::ConfigData write_somehow(Chance& chance, const Settings& settings) {
  auto data = fakes::print_settings(settings);
  Writer writer(chance);
  for (const auto* key : {"service-account", "watch-namespace", "exclude-namespaces"}) {
    data[key] = writer.write_list(data[key]);
  }
  if (data.contains("acr-registry-info")) data["acr-registry-info"] = writer.write_items(settings.instances);
  const auto& webhook = settings.webhook;
  data["webhook-configuration"] =
      writer.write_switches({{"enable", webhook.enable ? "true" : "false"},
                             {"failure-policy", std::string(to_string(webhook.failure_policy))},
                             {"timeout-seconds", std::to_string(webhook.timeout_seconds)},
                             {"mode", webhook.mode == WebhookMode::Policy ? "policy" : "webhook"}});
  data["rrsa"] = writer.write_switches({{"enable", settings.rrsa_enabled ? "true" : "false"}});
  if (chance.one_in(3)) {
    for (auto& [key, value] : data) value = with_other_line_ends(value);
  }
  if (chance.one_in(6)) {
    for (auto& [key, value] : data) value = "\xEF\xBB\xBF" + value;
  }
  return data;
}

}  // namespace acr::config
