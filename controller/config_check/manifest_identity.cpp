// SPDX-License-Identifier: Apache-2.0
#include "controller/config_check/manifest_identity.hpp"

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/config/mask.hpp"
#include "controller/config_check/manifest_shape.hpp"
#include "controller/config_check/manifest_values.hpp"

namespace acr::controller {
namespace {

using config::Severity;

std::string show_name(const std::string& name) {
  constexpr std::size_t kQuotedBytes = 60;
  return printable(config::mask_line(name), kQuotedBytes);
}

class IdentityCheck {
 public:
  IdentityCheck(const YAML::Node& config_map, const ConfigMapName& expected)
      : config_map_(config_map), expected_(expected) {}

  std::vector<IdentityFault> run() {
    const auto metadata = config_map_["metadata"];
    // Bare data with the word before it is no manifest yet.
    if (!config_map_["apiVersion"] && !config_map_["kind"] && !metadata) return {};
    check_api_version(config_map_["apiVersion"]);
    if (!config_map_["kind"]) add_missing("kind", "write kind: ConfigMap");
    if (!metadata || metadata.IsNull()) {
      add_missing("metadata.name", hint_of_name());
    } else if (!metadata.IsMap()) {
      add(Severity::Error, "not-a-mapping", metadata, "metadata must hold fields with values", hint_of_name());
    } else {
      check_name(metadata);
      check_namespace(metadata);
    }
    return std::move(faults_);
  }

 private:
  void add(Severity severity, std::string code, const YAML::Node& node, std::string message, std::string hint) {
    faults_.push_back({.severity = severity,
                       .code = std::move(code),
                       .node = node,
                       .message = std::move(message),
                       .hint = std::move(hint)});
  }

  [[nodiscard]] std::string hint_of_name() const {
    return fmt::format("write name: {} and namespace: {} below \"metadata:\"", expected_.name, expected_.namespace_);
  }

  void add_missing(std::string_view field, std::string hint) {
    add(Severity::Error, "missing-field", config_map_,
        fmt::format("{} is missing, without which kubectl refuses the manifest", field), std::move(hint));
  }

  void check_api_version(const YAML::Node& version) {
    if (!version) {
      add_missing("apiVersion", "write apiVersion: v1");
    } else if (!version.IsScalar() || version.Scalar() != "v1") {
      add(Severity::Error, "invalid-value", version, "the API server has no ConfigMap of this apiVersion",
          "write apiVersion: v1");
    }
  }

  void check_name(const YAML::Node& metadata) {
    const auto name = metadata["name"];
    if (!name || name.IsNull()) {
      add_missing("metadata.name", hint_of_name());
    } else if (!is_object_name(name)) {
      add_invalid("name", name, hint_of_name());
    }
  }

  void check_namespace(const YAML::Node& metadata) {
    const auto found = metadata["namespace"];
    if (!found || found.IsNull()) {
      add(Severity::Warning, "missing-namespace", metadata,
          fmt::format("no namespace is named: kubectl apply puts it into that of its context, most often default, and "
                      "the helper reads the one in {}",
                      expected_.namespace_),
          fmt::format("write namespace: {} below \"metadata:\"", expected_.namespace_));
    } else if (!found.IsScalar() || is_typed_scalar(found) || !is_dns_label(found.Scalar())) {
      add_invalid("namespace", found, fmt::format("write namespace: {}", expected_.namespace_));
    }
  }

  void add_invalid(std::string_view field, const YAML::Node& node, const std::string& hint) {
    const bool is_text = node.IsScalar() && !is_typed_scalar(node);
    const bool is_template = !node.IsScalar() || node.Scalar().find("{{") != std::string::npos;
    const auto shown = is_text ? fmt::format("\"{}\"", show_name(node.Scalar())) : "no text";
    add(Severity::Error, "invalid-name", node,
        fmt::format("metadata.{} is {}, which the API server refuses", field, shown),
        is_template ? "is this a template? Check what it is rendered to, such as the output of helm template" : hint);
  }

  const YAML::Node& config_map_;
  const ConfigMapName& expected_;
  std::vector<IdentityFault> faults_;
};

}  // namespace

bool is_object_name(const YAML::Node& name) {
  return name && name.IsScalar() && !is_typed_scalar(name) && is_dns_subdomain(name.Scalar());
}

bool is_named(const YAML::Node& config_map, const ConfigMapName& expected) {
  const auto metadata = config_map["metadata"];
  if (!metadata || !metadata.IsMap()) return false;
  const auto found = text_of(metadata, "namespace");
  return text_of(metadata, "name") == expected.name && (found.empty() || found == expected.namespace_);
}

std::optional<std::string> describe_foreign(const YAML::Node& config_map, const ConfigMapName& expected) {
  const auto metadata = config_map["metadata"];
  if (!metadata || !metadata.IsMap() || !is_object_name(metadata["name"])) return std::nullopt;
  const auto holds_ours = [&config_map](const char* field) {
    const auto keys = config_map[field];
    return keys && keys.IsMap() && holds_any_key(keys);
  };
  const auto name = text_of(metadata, "name");
  if (name == expected.name || holds_ours("data") || holds_ours("binaryData") || holds_any_key(config_map))
    return std::nullopt;
  const auto found = text_of(metadata, "namespace");
  return fmt::format("it holds ConfigMap {}{}, not {}/{}, and none of its keys",
                     found.empty() ? "" : show_name(found) + "/", show_name(name), expected.namespace_, expected.name);
}

std::vector<IdentityFault> find_identity_faults(const YAML::Node& config_map, const ConfigMapName& expected) {
  return IdentityCheck(config_map, expected).run();
}

}  // namespace acr::controller
