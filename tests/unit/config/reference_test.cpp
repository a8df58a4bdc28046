// SPDX-License-Identifier: Apache-2.0
// docs/configuration.md says of each key and field what the parser does. With ACR_UPDATE_DOCS=1 in the environment the
// tables in the document are written anew instead of compared.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "common/base/text.hpp"
#include "common/config/key_reference.hpp"
#include "tests/unit/config/parsing.hpp"

namespace acr::config {
namespace {

constexpr const char* kDocument = ACR_SOURCE_DIR "/docs/configuration.md";

std::string code(std::string_view text) {
  return text.empty() ? "" : fmt::format("`{}`", text);
}

std::string show_default(const Documentation& documentation) {
  const auto& [type, value, note, example, since, meaning, difference] = documentation;
  // An empty string stands for leaving the field out.
  if (value.empty() || value == "~" || value == "\"\"") return std::string(note);
  return note.empty() ? code(value) : fmt::format("{}: {}", code(value), note);
}

std::string row(std::string_view name, const Documentation& documentation) {
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", code(name), documentation.type,
                     show_default(documentation), code(documentation.example), documentation.since,
                     documentation.meaning, documentation.difference);
}

std::string header(std::string_view what) {
  return fmt::format(
      "| {} | type | default | example | since | meaning | here unlike the original |\n"
      "|---|---|---|---|---|---|---|\n",
      what);
}

template <std::size_t Size>
std::string field_table(const std::array<FieldReference, Size>& fields) {
  auto table = header("field");
  for (const auto& [field, documentation] : fields) table += row(field.name, documentation);
  return table;
}

std::string key_table() {
  auto table = header("key");
  for (const auto& key : kKeys) table += row(key.name, key.documentation);
  return table;
}

std::string managed_table() {
  std::string table = "| managed edition | key |\n|---|---|\n";
  for (const auto& key : kKeys) {
    if (!key.managed_name.empty()) table += fmt::format("| {} | {} |\n", code(key.managed_name), code(key.name));
  }
  return table;
}

std::string read_document() {
  std::ifstream file(kDocument);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The document with `table` between the comments of that name.
std::string with_table(const std::string& document, const std::string& name, const std::string& table) {
  const auto begin = fmt::format("<!-- {}: generated, see CONTRIBUTING.md -->\n", name);
  const auto start = document.find(begin);
  REQUIRE(start != std::string::npos);
  const auto end = document.find("<!-- end -->", start);
  REQUIRE(end != std::string::npos);
  return document.substr(0, start + begin.size()) + table + document.substr(end);
}

TEST_CASE("the tables in docs/configuration.md are those of the parser") {
  const auto document = read_document();
  auto wanted = with_table(document, "keys", key_table());
  wanted = with_table(wanted, "fields of an item", field_table(kItemFields));
  wanted = with_table(wanted, "fields of webhook-configuration", field_table(kWebhookFields));
  wanted = with_table(wanted, "names of the managed edition", managed_table());
  const auto* update = std::getenv("ACR_UPDATE_DOCS");
  if (update != nullptr && std::string_view(update) == "1") {
    std::ofstream(kDocument) << wanted;
  } else {
    INFO("ACR_UPDATE_DOCS=1 in the environment of this test writes them anew");
    CHECK((document == wanted));
  }
}

void check_accepted(const Data& data) {
  const auto parsed = parse(data, true);
  for (const auto& d : parsed.diagnostics) {
    UNSCOPED_INFO(format_diagnostic(d));
    // Examples may do what is warned about for its consequences, but are written as they should be.
    const std::set<std::string> consequences{"plaintext-access-key", "failure-policy-fail", "rrsa-off"};
    CHECK((d.severity == Severity::Info || consequences.contains(d.code)));
  }
  CHECK(parsed.settings.instances.size() == 1);
}

TEST_CASE("the example of each key is accepted, and changes something if the key has an effect") {
  const std::set<std::string_view> without_effect{"notify-email", "acr-api-version", "acr-registry"};
  for (const auto& key : kKeys) {
    INFO(key.name);
    const Data data{{std::string(key.name), std::string(key.documentation.example)}};
    if (key.name != "acr-registry") check_accepted(data);
    CHECK((parse(data).settings == parse({}).settings) == without_effect.contains(key.name));
    if (!key.managed_name.empty() && key.name != "rrsa") {
      const Data managed{{std::string(key.managed_name), std::string(key.documentation.example)}};
      CHECK(parse(managed).settings == parse(data).settings);
    }
  }
}

TEST_CASE("the default of each key is what its absence means") {
  for (const auto& key : kKeys) {
    INFO(key.name);
    CHECK_FALSE((key.documentation.default_value.empty() && key.documentation.default_note.empty()));
    const auto written = parse({{std::string(key.name), std::string(key.documentation.default_value)}}, true);
    CHECK_FALSE(written.has_errors());
    CHECK(written.settings == parse({}).settings);
  }
}

/// One item with these fields.
Data item(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::string list = "-";
  for (const auto& [name, value] : fields) list += fmt::format("{}{}: {}\n", list == "-" ? " " : "  ", name, value);
  return {{"acr-registry-info", list}};
}

/// The field without which `name` makes no sense, if there is one.
const FieldReference* find_other_half(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kPairs{
      std::pair{"customAccessKey", "customAccessKeySecret"}, std::pair{"rrsaRoleARN", "rrsaOIDCProviderRoleARN"},
      std::pair{"expireDuration", "assumeRoleARN"}};
  for (const auto& [a, b] : kPairs) {
    if (name != a && name != b) continue;
    const auto other = name == a ? b : a;
    for (const auto& field : kItemFields) {
      if (field.field.name == other) return &field;
    }
  }
  return nullptr;
}

TEST_CASE("the example of each field of an item is accepted and changes something; its default changes nothing") {
  const auto plain = parse(item({{"instanceId", "cri-a"}, {"regionId", "r"}}));
  for (const auto& [field, documentation] : kItemFields) {
    INFO(field.name);
    const auto name = field.name;
    Data data;
    if (const auto* other = find_other_half(name)) {
      data = item({{"instanceId", "cri-a"},
                   {"regionId", "r"},
                   {name, documentation.example},
                   {other->field.name, other->documentation.example}});
    } else {
      // The base must not say the field already.
      data = item({{name == "instanceId" ? "regionId" : "instanceId", name == "instanceId" ? "r" : "cri-a"},
                   {name, documentation.example}});
    }
    check_accepted(data);
    CHECK_FALSE(parse(data).settings == plain.settings);

    const auto base = name == "instanceId" ? std::pair<std::string_view, std::string_view>("regionId", "r")
                                           : std::pair<std::string_view, std::string_view>("instanceId", "cri-a");
    if (documentation.default_value.empty()) continue;  // only leaving it out says it
    const auto with_default = parse(item({base, {name, documentation.default_value}}), true);
    CHECK(with_default.diagnostics.empty());
    CHECK(with_default.settings == parse(item({base})).settings);
  }
}

TEST_CASE("the example of each field of the webhook is accepted; its default changes nothing") {
  for (const auto& [field, documentation] : kWebhookFields) {
    INFO(field.name);
    const auto text = [&field](std::string_view value) { return fmt::format("{}: {}\n", field.name, value); };
    check_accepted({{"webhook-configuration", text(documentation.example)}});
    const auto with_default = parse({{"webhook-configuration", text(documentation.default_value)}}, true);
    CHECK(with_default.diagnostics.empty());
    CHECK(with_default.settings == parse({}).settings);
  }
}

TEST_CASE("every other word for a field is understood, and no word means two fields") {
  std::set<std::string> words;
  for (const auto& [field, documentation] : kItemFields) {
    for (const auto word : {field.name, field.aliases[0], field.aliases[1]}) {
      if (word.empty()) continue;
      INFO(word);
      CHECK(words.insert(to_lower(word)).second);
      CHECK(find_field(kItemFieldNames, word) == field.name);
      CHECK(find_field(kItemFieldNames, to_lower(word)) == field.name);
    }
  }
}

}  // namespace
}  // namespace acr::config
