// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/config_map_file.hpp"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "common/base/text.hpp"
#include "common/config/mask.hpp"
#include "controller/config_check/file_text.hpp"
#include "controller/config_check/json_fault.hpp"
#include "controller/config_check/manifest_fault.hpp"
#include "controller/config_check/manifest_identity.hpp"
#include "controller/config_check/manifest_shape.hpp"
#include "controller/config_check/manifest_values.hpp"
#include "controller/config_check/scalar_places.hpp"

namespace acr::controller {
namespace {

using config::Diagnostic;
using config::Severity;
using config::SourceText;

constexpr std::size_t kQuotedBytes = 60;
/// A longer value may be an access key, and so may any value of another key.
constexpr std::size_t kShownBytes = 5;
constexpr std::string_view kRegistryKey = "acr-registry-info";
constexpr const char* kTemplateHint =
    "this is a template: check what it is rendered to, such as the output of helm template";

class FileReader {
 public:
  FileReader(ConfigMapFile& file, const ConfigMapName& expected) : file_(file), expected_(expected) {}

  Result<void> read() {
    constexpr std::size_t kMostDocuments = 1000;
    std::vector<YAML::Node> documents;
    std::vector<std::size_t> first_lines;
    const auto texts = split_documents(file_.source);
    if (texts.size() > kMostDocuments)
      return fail({.message = fmt::format("it holds more than {} documents", kMostDocuments)});
    for (const auto& [text, first_line] : texts) {
      first_line_ = first_line;
      try {
        auto document = YAML::Load(text);
        if (document.IsNull()) continue;
        documents.push_back(document);
        first_lines.push_back(first_line);
      } catch (const YAML::DeepRecursion&) {
        mark_all_unread();
        report(Severity::Error, "too-deep", {}, find_deep_place(file_.source.text()),
               "this is nested too deep to be read", "is a bracket opened too often? A ConfigMap has two levels");
        return {};
      } catch (const YAML::Exception& exception) {
        report_syntax(exception);
        return {};
      }
    }
    if (auto fault = find_manifest_fault(file_.source); fault && fault->is_sure) {
      report_fault(*fault);
      return {};
    }
    if (documents.empty()) return fail({.message = "it holds no configuration: nothing but blanks and comments"});
    const auto candidates = collect_config_maps(documents, first_lines);
    if (!candidates.empty()) return read_best(candidates);
    if (documents.size() > 1 || !documents.front().IsMap() || documents.front()["kind"])
      return refuse(documents.front());
    first_line_ = first_lines.front();
    if (!holds_any_key(documents.front())) return refuse(documents.front());
    return read_bare(documents.front());
  }

 private:
  std::size_t offset_of(const YAML::Node& node) const {
    const auto mark = node.Mark();
    if (mark.is_null()) return 0;
    return file_.source.offset(first_line_ + static_cast<std::size_t>(mark.line),
                               static_cast<std::size_t>(mark.column));
  }

  void report(Severity severity, std::string code, const std::string& key, std::size_t offset,
              const std::string& message, const std::string& hint) {
    const auto [line, column] = file_.source.position(offset);
    file_.faults.push_back(config::build_diagnostic(severity, std::move(code), key, line, column, message, hint));
  }

  void mark_all_unread() {
    for (const auto& key : config::kKeys) file_.unread_keys.insert(std::string(key.name));
  }

  /// The keys of ours in a mapping that is not read.
  void mark_unread(const YAML::Node& mapping) {
    if (!mapping.IsMap()) return;
    for (const auto& pair : mapping) {
      if (is_data_key(pair.first)) file_.unread_keys.insert(pair.first.Scalar());
    }
  }

  /// Nothing of a text with such a fault is read.
  void report_fault(const ManifestFault& fault) {
    mark_all_unread();
    report(Severity::Error, "yaml-syntax", fault.key, fault.offset, fault.message, fault.hint);
  }

  void report_syntax(const YAML::Exception& exception) {
    const auto& text = file_.source.text();
    if (const auto fault = is_json(text) ? find_json_fault(text) : std::nullopt) {
      mark_all_unread();
      report(Severity::Error, "json-syntax", {}, fault->offset, fault->message, fault->hint);
      return;
    }
    if (auto fault = find_manifest_fault(file_.source)) {
      report_fault(*fault);
      return;
    }
    const auto& mark = exception.mark;
    const auto offset = mark.is_null() ? 0
                                       : file_.source.offset(first_line_ + static_cast<std::size_t>(mark.line),
                                                             static_cast<std::size_t>(mark.column));
    // The parser's words may quote the text behind a colon.
    const auto words = std::string_view(exception.msg).substr(0, exception.msg.find(':'));
    const auto line = file_.source.line(static_cast<std::size_t>(file_.source.line_number(offset)) - 1);
    mark_all_unread();
    report(Severity::Error, "yaml-syntax", {}, offset, fmt::format("this is not valid YAML: {}", trim(words)),
           is_template(line) ? kTemplateHint : "compare the indentation and the quotes with the lines above");
  }

  /// Something else than a configuration, unless a mistake on the way hides what was meant.
  Result<void> refuse(const YAML::Node& root) {
    if (auto fault = find_manifest_fault(file_.source)) {
      report_fault(*fault);
      return {};
    }
    const auto kind = root.IsMap() ? text_of(root, "kind") : std::string();
    if (!kind.empty())
      return fail(
          {.message = fmt::format("it holds a {}, no ConfigMap", printable(config::mask_line(kind), kQuotedBytes))});
    return fail({.message = "it holds no ConfigMap and no keys of one"});
  }

  Result<void> read_best(std::vector<Candidate> candidates) {
    const auto matches = [this](const Candidate& candidate) { return is_named(candidate.node, expected_); };
    if (candidates.size() == 1 && !matches(candidates.front())) {
      const auto& lone = candidates.front().node;
      if (auto foreign = describe_foreign(lone, expected_)) return fail({.message = std::move(*foreign)});
      first_line_ = candidates.front().first_line;
      report_other_name(lone);
    } else {
      const auto all = candidates.size();
      std::erase_if(candidates, [&matches](const Candidate& candidate) { return !matches(candidate); });
      if (candidates.empty()) {
        return fail({.message = fmt::format("it holds {} ConfigMaps, none of them {}/{}", all, expected_.namespace_,
                                            expected_.name)});
      }
    }
    const auto& last = candidates.back();
    first_line_ = last.first_line;
    if (candidates.size() > 1) {
      report(Severity::Error, "duplicate-key", {}, offset_of(last.node), "the file holds this ConfigMap twice",
             "the last one would stay; keep one of them");
    }
    return read_config_map(last.node);
  }

  void report_other_name(const YAML::Node& config_map) {
    const auto metadata = config_map["metadata"];
    if (!metadata || !metadata.IsMap()) return;
    const bool is_other_name = text_of(metadata, "name") != expected_.name;
    const auto field = metadata[is_other_name ? "name" : "namespace"];
    // What is no name at all is told as that.
    if (!field || !is_object_name(metadata["name"])) return;
    report(Severity::Warning, "other-name", {}, offset_of(field),
           fmt::format("the helper reads ConfigMap {}/{}, not this one", expected_.namespace_, expected_.name),
           "rename it, or give the helper --config-map");
  }

  /// What stands beside data is lost, or refused by the API server.
  void check_fields(const YAML::Node& config_map) {
    static constexpr std::array<std::string_view, 6> kFields{"apiVersion", "kind",       "metadata",
                                                             "data",       "binaryData", "immutable"};
    std::set<std::string> seen;
    for (const auto& pair : config_map) {
      if (!pair.first.IsScalar()) continue;
      const auto& name = pair.first.Scalar();
      const auto shown = printable(name, kQuotedBytes);
      if (!seen.insert(name).second) {
        report(Severity::Error, "duplicate-key", name, offset_of(pair.first), fmt::format("{} stands twice", shown),
               "only the last one would be read; keep one of them");
        if (name == "data") mark_all_unread();
      } else if (is_data_key(pair.first)) {
        file_.unread_keys.insert(name);
        report(Severity::Error, "unknown-field", name, offset_of(pair.first),
               fmt::format("{} stands beside data, not in it", shown), "indent it, below \"data:\"");
      } else if (std::find(kFields.begin(), kFields.end(), name) == kFields.end()) {
        mark_unread(pair.second);
        report(Severity::Error, "unknown-field", name, offset_of(pair.first),
               fmt::format("a ConfigMap has no field {}", shown), "the configuration stands in data");
      }
    }
  }

  /// A key too deep by one step: the API server drops it, or takes it for an annotation, and the defaults would rule.
  void check_metadata(const YAML::Node& metadata) {
    if (!metadata || !metadata.IsMap()) return;
    for (const auto& pair : metadata) {
      if (!pair.first.IsScalar()) continue;
      const auto& name = pair.first.Scalar();
      if (name == "annotations" || name == "labels") {
        check_metadata(pair.second);
      } else if (name == "data" || name == "binaryData" || is_data_key(pair.first)) {
        mark_unread(pair.second);
        if (is_data_key(pair.first)) file_.unread_keys.insert(name);
        report(Severity::Error, "unknown-field", name, offset_of(pair.first),
               fmt::format("{} stands in metadata, where it is not read", printable(name, kQuotedBytes)),
               is_data_key(pair.first) ? "move it below \"data:\", which is in line with \"metadata:\""
                                       : fmt::format("align \"{}:\" with \"metadata:\"", name));
      }
    }
  }

  Result<void> read_config_map(const YAML::Node& config_map) {
    for (const auto& fault : find_identity_faults(config_map, expected_))
      report(fault.severity, fault.code, {}, offset_of(fault.node), fault.message, fault.hint);
    check_fields(config_map);
    check_metadata(config_map["metadata"]);
    const auto data = config_map["data"];
    if (!data || data.IsNull()) {
      // Nothing to read.
    } else if (data.IsMap()) {
      read_data(data);
    } else if (auto fault = find_manifest_fault(file_.source)) {
      report_fault(*fault);
    } else {
      mark_all_unread();
      report(Severity::Error, "not-a-mapping", "data", offset_of(data), "data must hold keys with values",
             "such as: watch-namespace: default");
    }
    read_binary(config_map["binaryData"]);
    return {};
  }

  /// What the API server would refuse in it; what is in it at all is for the parser to judge.
  void read_binary(const YAML::Node& binary) {
    if (!binary || binary.IsNull()) return;
    if (!binary.IsMap()) {
      report(Severity::Error, "not-a-mapping", "binaryData", offset_of(binary), "binaryData must hold keys with values",
             "the configuration stands in data");
      return;
    }
    for (const auto& pair : binary) {
      if (!pair.first.IsScalar()) continue;
      const auto& key = pair.first.Scalar();
      const auto at = offset_of(pair.first);
      const auto shown = printable(key, kQuotedBytes);
      if (file_.places.contains(key)) {
        report(Severity::Error, "duplicate-key", shown, at,
               fmt::format("{} stands in data or binaryData already", shown),
               "the API server refuses that; keep the text in data");
        continue;
      }
      check_key(key, at);
      file_.content.binary_keys.insert(key);
      file_.places[key] = {.key_offset = at, .offsets = {}, .value_offset = at};
      if (!is_base64(pair.second))
        report(Severity::Error, "not-base64", shown, at, fmt::format("the value of {} is not base64", shown),
               "binaryData takes nothing else; text stands in data");
    }
  }

  Result<void> read_bare(const YAML::Node& root) {
    if (!holds_managed_json(root)) {
      read_data(root);
      return {};
    }
    // The managed edition's configuration as a whole: what the parser knows as the content of one key.
    const std::string key(kRegistryKey);
    const auto& text = file_.source.text();
    file_.content.data[key] = text;
    ValuePlace place;
    for (std::size_t i = 0; i <= text.size(); ++i) place.offsets.push_back(i);
    file_.places[key] = std::move(place);
    return {};
  }

  void read_data(const YAML::Node& data) {
    for (const auto& pair : data) {
      if (!pair.first.IsScalar()) {
        report(Severity::Error, "yaml-syntax", {}, offset_of(pair.first), "expected the name of a key", {});
        continue;
      }
      read_value(pair.first.Scalar(), offset_of(pair.first), pair.second);
    }
  }

  void check_key(const std::string& key, std::size_t offset) {
    if (is_config_map_key(key)) return;
    const auto* meant = find_meant_key(key);
    if (meant != nullptr) file_.unread_keys.insert(std::string(meant->name));
    report(Severity::Error, "invalid-key", printable(key, kQuotedBytes), offset,
           "the API server refuses a key of this name",
           meant != nullptr ? fmt::format("write {}", meant->name)
                            : std::string("only letters, digits, -, _ and . may stand in it, at most 253"));
  }

  void read_value(const std::string& key, std::size_t key_offset, const YAML::Node& value) {
    const auto shown = printable(key, kQuotedBytes);
    if (file_.places.contains(key)) {
      const auto first = file_.source.position(file_.places[key].key_offset);
      report(Severity::Error, "duplicate-key", key, key_offset, fmt::format("{} stands twice", shown),
             fmt::format("the first one is at line {}; keep one of them", first.line));
      return;
    }
    check_key(key, key_offset);
    file_.places[key] = {.key_offset = key_offset, .offsets = {}, .value_offset = offset_of(value)};
    if (value.IsNull()) {
      file_.content.data[key] = {};
    } else if (!value.IsScalar()) {
      file_.unread_keys.insert(key);
      const auto written = std::string_view(file_.source.text()).substr(offset_of(value));
      report(Severity::Error, "not-a-string", key, key_offset,
             fmt::format("{} holds a {}, but the values of a ConfigMap are text", shown,
                         value.IsSequence() ? "list" : "mapping"),
             written.starts_with("{{") ? std::string(kTemplateHint) : fmt::format("write \"{}: |\"", shown));
    } else if (is_typed_scalar(value)) {
      file_.unread_keys.insert(key);
      report(Severity::Error, "not-a-string", key, key_offset,
             fmt::format("{} holds a number or a truth value, but the values of a ConfigMap are text", shown),
             value.Scalar().size() <= kShownBytes && config::find_key(key) != nullptr
                 ? fmt::format("put quotes around it: \"{}\"", value.Scalar())
                 : std::string("put quotes around it"));
    } else {
      file_.content.data[key] = value.Scalar();
      file_.places[key].offsets = find_scalar_places(file_.source.text(), offset_of(value), value.Scalar());
    }
  }

  ConfigMapFile& file_;
  const ConfigMapName& expected_;
  std::size_t first_line_ = 0;  ///< of the document that is read
};

/// Neither kubectl nor the API server takes such a file.
void refuse_bytes(ConfigMapFile& file, std::string text, std::size_t first) {
  const auto byte = static_cast<unsigned char>(text[first]);
  file.source = SourceText({}, with_question_marks(std::move(text), first));
  for (const auto& key : config::kKeys) file.unread_keys.insert(std::string(key.name));
  const auto [line, column] = file.source.position(first);
  file.faults.push_back(config::build_diagnostic(Severity::Error, "invalid-utf8", {}, line, column,
                                                 fmt::format("this is not UTF-8 (byte {:#04x})", byte),
                                                 "save the file as UTF-8"));
}

}  // namespace

bool ConfigMapFile::has_errors() const {
  return std::any_of(faults.begin(), faults.end(),
                     [](const Diagnostic& fault) { return fault.severity == Severity::Error; });
}

config::ConfigMapText ConfigMapFile::judged_content() const {
  auto judged = content;
  for (const auto& key : unread_keys) {
    if (!content.data.contains(key)) judged.binary_keys.insert(key);
  }
  return judged;
}

Result<ConfigMapFile> parse_config_map_file(std::string_view text, const ConfigMapName& expected) {
  if (text.size() > kMaxFileBytes) {
    return fail({.message = fmt::format("it has more than {} bytes, too many for a ConfigMap", kMaxFileBytes)});
  }
  if (is_wide_text(text)) return fail({.message = "it is UTF-16 or UTF-32: save the file as UTF-8"});
  if (text.find('\0') != std::string_view::npos) return fail({.message = "it holds NUL bytes: it is no text"});
  ConfigMapFile file;
  auto plain = with_plain_line_ends(text);
  if (is_json(plain)) plain = with_joined_surrogates(std::move(plain));
  if (const auto invalid = config::find_invalid_utf8(plain); invalid != std::string::npos) {
    refuse_bytes(file, std::move(plain), invalid);
    return file;
  }
  file.source = SourceText({}, std::move(plain));
  if (auto read = FileReader(file, expected).read(); !read) return fail(read.error());
  return file;
}

}  // namespace acr::controller
