// SPDX-License-Identifier: Apache-2.0
#include "common/config/domains.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "common/base/text.hpp"
#include "common/config/name_splitter.hpp"
#include "common/config/pasted_key.hpp"
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
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '*' || c == '?';
         });
}

bool is_like_ipv6(std::string_view host) {
  return std::count(host.begin(), host.end(), ':') > 1 &&
         host.find_first_not_of("0123456789abcdef:.[]") == std::string_view::npos;
}

/// Why it cannot be a key of a docker config; empty if it can.
std::string find_fault(std::string_view host) {
  if (is_like_ipv6(host)) return "an IPv6 address cannot stand in the name of an image";
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
  if (field.value.is_scalar()) {
    const auto inner = unquote(field.value.text());
    if (inner.kind != QuoteKind::Typographic) return {{std::string(field.value.text()), field.value_offset}};
    findings.warning("typographic-quotes", source, field.value_offset, "typographic quotes were ignored",
                     "type plain quotes");
    return {{std::string(inner.text), field.value_offset}};
  }
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

/// What a list is cut at: commas of any width and white space, for none can be part of a host.
std::size_t separator_length(std::string_view rest) {
  if (const auto wide = wide_separator_length(rest); wide > 0) return wide;
  return std::string_view(",; \t\n").find(rest[0]) == std::string_view::npos ? 0 : 1;
}

/// Hosts as they were written.
struct DomainTexts {
  std::vector<std::string_view> hosts;
  bool has_wide_separator = false;
  bool has_semicolon = false;
};

DomainTexts split_domains(std::string_view text) {
  DomainTexts texts;
  std::size_t start = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const auto length = at < text.size() ? separator_length(text.substr(at)) : 1;
    if (length > 0 && at > start) texts.hosts.push_back(text.substr(start, at - start));
    texts.has_wide_separator = texts.has_wide_separator || length > 1;
    texts.has_semicolon = texts.has_semicolon || (at < text.size() && text[at] == ';');
    at += std::max<std::size_t>(length, 1);
    if (length > 0) start = at;
  }
  return texts;
}

std::string_view hint_at_fault(std::string_view written) {
  if (is_like_ipv6(to_lower(written))) return "write the host name of the registry";
  if (written == "*" || written == "*.*") return "leave domains away for all domains of the instance";
  if (written.starts_with('-')) return "the dash of a list has a blank behind it: \"- host\"";
  if (is_glob(written)) return "a * may stand in a label before the last two, as in *.registry.example.com";
  if (written.starts_with("//")) return "write the host name alone; comments start with #, behind a blank";
  if (written.find("。") != std::string_view::npos) return "write a comma or a plain dot, whichever was meant";
  if (written.find('"') != std::string_view::npos || written.find('\'') != std::string_view::npos)
    return "put one pair of quotes around the whole list";
  return {};
}

/// No image can be pulled from a host that has neither a dot nor a port: its name would be taken for a repository.
bool can_be_pulled_from(std::string_view host) {
  return host == "localhost" || host.find_first_of(".:") != std::string_view::npos;
}

/// The documented way to say "all domains": "".
bool is_written_empty(const Field& field, const SourceText& source) {
  return field.value.is_scalar() && trim(field.value.text()).empty() && !is_left_empty(field, source);
}

/// Reads the hosts of one item.
class DomainReader {
 public:
  DomainReader(const SourceText& source, Findings& findings) : source_(source), findings_(findings) {}

  /// `start`: where the text stands, or its quote.
  void read(std::string_view text, std::size_t start) {
    at_ = start;
    is_lost_ = false;
    has_user_ = text.find('@') != std::string_view::npos;
    const auto texts = split_domains(text);
    if (texts.has_wide_separator) {
      findings_.warning("fullwidth-punctuation", source_, find_wide_separator(start),
                        "a full-width comma was read as a comma", "type a plain comma");
    }
    if (texts.has_semicolon && texts.hosts.size() > 1) {
      findings_.warning("semicolon", source_, source_.find(";", start), "a semicolon was read as a comma",
                        "type a comma");
    }
    for (const auto written : texts.hosts) {
      // What follows a placeholder may be a part of it.
      if (has_placeholder_) return;
      find(written);
      read_host(written);
      if (!is_lost_) at_ += written.size();
    }
  }

  std::vector<Domain> take() { return std::move(domains_); }

 private:
  /// Goes to where it stands. One may be the start of another, so the search goes on behind the last one.
  void find(std::string_view written) {
    if (is_lost_) return;
    const auto found = source_.find(written, at_);
    // Written with escapes: the rest is not found either, and looking for each would take long.
    is_lost_ = found == at_ && source_.text().compare(found, written.size(), written) != 0;
    at_ = found;
  }

  [[nodiscard]] std::size_t find_wide_separator(std::size_t start) const {
    auto first = source_.text().size();
    for (const auto* const sign : {"，", "、", "；"}) {
      if (const auto at = source_.find(sign, start); at > start) first = std::min(first, at);
    }
    return first == source_.text().size() ? start : first;
  }

  void read_host(std::string_view with_quotes) {
    const auto [written, skipped, quotes] = unquote(with_quotes);
    if (quotes == QuoteKind::Typographic) {
      findings_.warning("typographic-quotes", source_, at_, "typographic quotes were ignored", "type plain quotes");
    }
    const auto offset = is_lost_ ? at_ : at_ + skipped;
    if (is_placeholder(written)) {
      findings_.error("placeholder", source_, offset, "a placeholder was left in domains",
                      "write the host names of the registry");
      has_placeholder_ = true;
      return;
    }
    if (report_pasted_key(written, "a host name", source_, offset, findings_)) return;
    // The rest of a password may look like a host, and none of it may be quoted.
    if (written.find('@') != std::string_view::npos || (has_user_ && written.find(':') != std::string_view::npos)) {
      findings_.error("invalid-domain", source_, offset,
                      "a user and password, or a part of them, are no part of a host",
                      "write the host name alone; a password that was written here is to be changed");
      return;
    }
    auto host = normalise_host(written);
    if (const auto fault = find_fault(host); !fault.empty()) {
      findings_.error("invalid-domain", source_, offset,
                      fmt::format("{}: \"{}\"", fault, quote_from(source_, offset, written, kQuotedBytes)),
                      std::string(hint_at_fault(written)));
      return;
    }
    report_oddities(host, written, offset);
    if (seen_.insert(host).second) domains_.push_back({.host = std::move(host), .offset = offset});
  }

  void report_oddities(const std::string& host, std::string_view written, std::size_t offset) {
    if (host != written) {
      findings_.warning("domain-normalised", source_, offset,
                        fmt::format("read as {}", quote_from(source_, offset, host, kQuotedBytes)),
                        "write the host name alone, in lower case");
    }
    if (!can_be_pulled_from(host)) {
      findings_.warning("unusual-domain", source_, offset,
                        fmt::format("\"{}\" is read as the name of a host, from which no image can be pulled",
                                    quote_from(source_, offset, host, kQuotedBytes)),
                        "leave domains away for all domains of the instance");
    }
    if (host.starts_with("crpi-") && host.find(".personal.cr.aliyuncs.com") != std::string::npos) {
      findings_.warning("personal-edition-unsupported", source_, offset,
                        "the cloud gives no temporary login for this kind of Personal Edition",
                        "use a static pull secret for this registry");
    }
  }

  const SourceText& source_;
  Findings& findings_;
  std::size_t at_ = 0;
  bool is_lost_ = false;
  bool has_placeholder_ = false;
  bool has_user_ = false;
  std::set<std::string> seen_;
  std::vector<Domain> domains_;
};

}  // namespace

std::vector<Domain> read_domains(const Fields& fields, const SourceText& source, Findings& findings) {
  const auto field = fields.find("domains");
  if (field == fields.end()) return {};
  const auto errors_before = findings.error_count();
  DomainReader reader(source, findings);
  for (const auto& [text, start] : read_domain_texts(field->second, source, findings)) reader.read(text, start);
  auto domains = reader.take();
  if (domains.empty() && findings.error_count() == errors_before && !is_written_empty(field->second, source)) {
    findings.warning("no-domains", source, field->second.value_offset,
                     "no host stands here: all domains of the instance were taken",
                     "write the hosts, or leave domains away for all domains");
  }
  return domains;
}

}  // namespace acr::config
