// SPDX-License-Identifier: Apache-2.0
#include "common/config/label_selector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "common/base/json.hpp"
#include "common/base/text.hpp"

namespace acr::config {
namespace {

using Operator = LabelRequirement::Operator;

bool is_label_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
}

/// The part of a label's name after the slash, or its value: 63 characters, alphanumeric at both ends.
bool is_label_part(std::string_view text) {
  return !text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), is_label_character) &&
         std::isalnum(static_cast<unsigned char>(text.front())) != 0 &&
         std::isalnum(static_cast<unsigned char>(text.back())) != 0;
}

bool is_label_name(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return is_label_part(text);
  return is_dns_subdomain(text.substr(0, slash)) && is_label_part(text.substr(slash + 1));
}

bool is_label_value(std::string_view text) {
  return text.empty() || is_label_part(text);
}

/// Reads the selector from left to right. Every method leaves the position behind what it read.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<LabelSelector> read() {
    LabelSelector selector;
    skip_blanks();
    while (position_ < text_.size()) {
      auto requirement = read_requirement();
      if (!requirement) return std::unexpected(requirement.error());
      selector.requirements.push_back(std::move(*requirement));
      skip_blanks();
      if (position_ == text_.size()) break;
      if (!take(",")) return problem("expected a comma");
      skip_blanks();
      if (position_ == text_.size()) return problem("a condition is missing after the comma");
    }
    return selector;
  }

  [[nodiscard]] std::size_t fault_offset() const { return fault_offset_; }

 private:
  Result<LabelRequirement> read_requirement() {
    LabelRequirement requirement;
    const bool is_negated = take("!");
    skip_blanks();
    const auto name_start = position_;
    requirement.label = read_word();
    if (!is_label_name(requirement.label)) return problem_at(name_start, "expected the name of a label");
    skip_blanks();
    if (is_negated || position_ == text_.size() || text_[position_] == ',') {
      requirement.op = is_negated ? Operator::DoesNotExist : Operator::Exists;
      return requirement;
    }
    if (take("!=")) return read_value(std::move(requirement), Operator::NotIn);
    if (take("==") || take("=")) return read_value(std::move(requirement), Operator::In);
    const auto word_start = position_;
    const auto word = read_word();
    if (word == "in") return read_set(std::move(requirement), Operator::In);
    if (word == "notin") return read_set(std::move(requirement), Operator::NotIn);
    return problem_at(word_start, "expected =, !=, in or notin");
  }

  Result<LabelRequirement> read_value(LabelRequirement requirement, Operator op) {
    skip_blanks();
    const auto start = position_;
    auto value = read_word();
    if (!is_label_value(value)) return problem_at(start, "this cannot be the value of a label");
    requirement.op = op;
    requirement.values.push_back(std::move(value));
    return requirement;
  }

  Result<LabelRequirement> read_set(LabelRequirement requirement, Operator op) {
    skip_blanks();
    if (!take("(")) return problem("expected (");
    do {
      auto with_value = read_value(std::move(requirement), op);
      if (!with_value) return with_value;
      requirement = std::move(*with_value);
      skip_blanks();
    } while (take(","));
    if (!take(")")) return problem("expected , or )");
    return requirement;
  }

  void skip_blanks() { position_ = std::min(text_.find_first_not_of(" \t\r\n", position_), text_.size()); }

  bool take(std::string_view token) {
    if (!text_.substr(position_).starts_with(token)) return false;
    position_ += token.size();
    return true;
  }

  std::string read_word() {
    const auto start = position_;
    while (position_ < text_.size() && (is_label_character(text_[position_]) || text_[position_] == '/')) ++position_;
    return std::string(text_.substr(start, position_ - start));
  }

  std::unexpected<Error> problem(std::string_view what) { return problem_at(position_, what); }
  std::unexpected<Error> problem_at(std::size_t position, std::string_view what) {
    fault_offset_ = position;
    return fail(ErrorKind::Invalid, std::string(what));
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t fault_offset_ = 0;
};

bool holds(const LabelRequirement& requirement, const std::map<std::string, std::string>& labels) {
  const auto label = labels.find(requirement.label);
  const bool is_present = label != labels.end();
  const bool is_listed = is_present && std::find(requirement.values.begin(), requirement.values.end(), label->second) !=
                                           requirement.values.end();
  switch (requirement.op) {
    case Operator::In:
      return is_listed;
    case Operator::NotIn:
      return !is_listed;
    case Operator::Exists:
      return is_present;
    case Operator::DoesNotExist:
      break;
  }
  return !is_present;
}

void write_requirement(JsonWriter& writer, const LabelRequirement& requirement) {
  writer.StartObject();
  write_string(writer, "key", requirement.label);
  write_string(writer, "operator", to_string(requirement.op));
  if (!requirement.values.empty()) {
    write_key(writer, "values");
    writer.StartArray();
    for (const auto& value : requirement.values) write_value(writer, value);
    writer.EndArray();
  }
  writer.EndObject();
}

}  // namespace

std::string_view to_string(Operator op) {
  switch (op) {
    case Operator::In:
      return "In";
    case Operator::NotIn:
      return "NotIn";
    case Operator::Exists:
      return "Exists";
    case Operator::DoesNotExist:
      break;
  }
  return "DoesNotExist";
}

bool LabelSelector::matches(const std::map<std::string, std::string>& labels) const {
  return std::all_of(requirements.begin(), requirements.end(),
                     [&labels](const LabelRequirement& requirement) { return holds(requirement, labels); });
}

std::string LabelSelector::to_json() const {
  if (requirements.empty()) return "{}";
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_key(writer, "matchExpressions");
  writer.StartArray();
  for (const auto& requirement : requirements) write_requirement(writer, requirement);
  writer.EndArray();
  writer.EndObject();
  return text_of(buffer);
}

std::string LabelSelector::to_text() const {
  std::string text;
  for (const auto& [label, op, values] : requirements) {
    if (!text.empty()) text += ',';
    if (op == Operator::DoesNotExist) text += '!';
    text += label;
    if (op == Operator::In || op == Operator::NotIn) {
      text += fmt::format(" {} ({})", op == Operator::In ? "in" : "notin", fmt::join(values, ","));
    }
  }
  return text;
}

Result<LabelSelector> parse_label_selector(std::string_view text, std::size_t* fault_offset) {
  Reader reader(text);
  auto selector = reader.read();
  if (!selector && fault_offset != nullptr) *fault_offset = reader.fault_offset();
  return selector;
}

}  // namespace acr::config
