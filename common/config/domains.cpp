// SPDX-License-Identifier: Apache-2.0
#include "common/config/domains.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "common/base/text.hpp"
#include "common/config/settings.hpp"

namespace acr::config {
namespace {

constexpr std::size_t kQuotedBytes = 80;

/// "https://Host/path." -> "host".
std::string normalise_host(std::string_view written) {
  if (const auto scheme = written.find("://"); scheme != std::string_view::npos) written.remove_prefix(scheme + 3);
  written = written.substr(0, written.find('/'));
  auto host = to_lower(written);
  if (host.ends_with('.')) host.pop_back();
  return host;
}

bool is_port(std::string_view text) {
  const auto port = parse_unsigned(text);
  return port && *port >= 1 && *port <= 65535;
}

bool is_host_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && std::all_of(label.begin(), label.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '*' || c == '?';
  });
}

/// Why it cannot be a key of a docker config; empty if it can.
std::string find_fault(std::string_view host) {
  const auto colon = host.find(':');
  if (colon != std::string_view::npos && !is_port(host.substr(colon + 1)))
    return "the port is not a number from 1 to 65535";
  const auto name = host.substr(0, colon);
  if (name.size() > 253) return "the name is too long";
  std::vector<std::string_view> labels;
  for (std::size_t start = 0; start <= name.size();) {
    const auto end = std::min(name.find('.', start), name.size());
    labels.push_back(name.substr(start, end - start));
    if (!is_host_label(labels.back())) return "this is not a host name";
    start = end + 1;
  }
  const auto is_literal_end = labels.size() >= 2 && !is_glob(labels.back()) && !is_glob(labels[labels.size() - 2]);
  if (is_glob(name) && !is_literal_end) {
    return "a pattern needs two literal labels at the end, or it would send credentials to strangers";
  }
  return {};
}

/// Text that may be cut into domains, and where it stands.
std::vector<ScalarText> read_domain_texts(const Field& field, const SourceText& source, Findings& findings) {
  if (field.value.is_scalar()) return {{std::string(field.value.text()), field.value_offset}};
  std::vector<ScalarText> texts;
  if (field.value.is_null()) return texts;
  if (!field.value.is_sequence()) {
    findings.error("not-a-scalar", source, field.value_offset, "domains takes a comma list, not a mapping");
    return texts;
  }
  findings.warning("list-instead-of-string", source, field.value_offset, "a list was read as the domains in it",
                   "write the domains separated by commas");
  field.value.visit_items([&](YamlValue item) {
    if (item.is_scalar()) {
      texts.push_back({std::string(item.text()), item.offset()});
    } else {
      findings.error("not-a-scalar", source, item.offset(), "expected a domain");
    }
  });
  return texts;
}

/// Commas of any width and white space separate: none can be part of a host.
std::vector<std::string> split_domains(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size();) {
    const auto rest = text.substr(i);
    const bool is_wide = rest.starts_with("，") || rest.starts_with("、") || rest.starts_with("；");
    plain += is_wide || rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\n' || rest[0] == ';' ? ',' : rest[0];
    i += is_wide ? 3 : 1;
  }
  return split_list(plain, ',');
}

/// The host that `written` means; empty if it is refused.
std::string read_host(const std::string& written, std::size_t offset, const SourceText& source, Findings& findings) {
  auto host = normalise_host(written);
  if (const auto fault = find_fault(host); !fault.empty()) {
    findings.error("invalid-domain", source, offset,
                   fmt::format("\"{}\": {}", printable(written, kQuotedBytes), fault));
    return {};
  }
  if (host != written) {
    findings.warning("domain-normalised", source, offset, fmt::format("read as {}", printable(host, kQuotedBytes)),
                     "write the host name alone, in lower case");
  }
  if (host.starts_with("crpi-") && host.find(".personal.cr.aliyuncs.com") != std::string::npos) {
    findings.warning("personal-edition-unsupported", source, offset,
                     "the cloud gives no temporary login for this kind of Personal Edition",
                     "use a static pull secret for this registry");
  }
  return host;
}

}  // namespace

std::vector<Domain> read_domains(const Fields& fields, const SourceText& source, Findings& findings) {
  std::vector<Domain> domains;
  const auto field = fields.find("domains");
  if (field == fields.end()) return domains;
  std::set<std::string> seen;
  for (const auto& [text, start] : read_domain_texts(field->second, source, findings)) {
    auto search_from = start;
    bool is_lost = false;
    for (const auto& written : split_domains(text)) {
      if (!is_lost) {
        const auto found = source.find(written, search_from);
        // Written with escapes: the rest is not found either, and looking for each would take long.
        is_lost = found == search_from && source.text().compare(found, written.size(), written) != 0;
        search_from = found;
      }
      if (is_placeholder(written)) {
        findings.error("placeholder", source, search_from, "a placeholder was left in domains",
                       "write the host names of the registry");
        return domains;
      }
      auto host = read_host(written, search_from, source, findings);
      if (!host.empty() && seen.insert(host).second)
        domains.push_back({.host = std::move(host), .offset = search_from});
    }
  }
  return domains;
}

}  // namespace acr::config
