// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/alibaba/errors.hpp"
#include "common/base/text.hpp"
#include "controller/credential_check/print.hpp"

namespace acr::controller {
namespace {

constexpr std::size_t kColumns = 6;
constexpr std::size_t kCellLimit = 4096;
constexpr std::size_t kMessageLimit = 2048;

using Row = std::array<std::string, kColumns>;

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const auto& part : parts) text.append(text.empty() ? "" : between).append(part);
  return text;
}

std::string or_dash(std::string text) {
  return text.empty() ? "-" : printable(text, kCellLimit);
}

Row build_row(const InstanceReport& report) {
  auto chain = report.roles;
  chain.insert(chain.begin(), report.identity);
  return {report.failure ? "failed" : "ok",
          or_dash(report.instance),
          or_dash(join(chain, " -> ")),
          or_dash(report.access_key),
          report.expires ? format_rfc3339(*report.expires) : "-",
          or_dash(join(report.domains, ","))};
}

/// The last cell is not padded, so that no line ends in blanks.
std::string print_row(const Row& row, const std::array<std::size_t, kColumns>& widths) {
  std::string line;
  for (std::size_t i = 0; i + 1 < kColumns; ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
  return line + row.back() + "\n";
}

/// What went wrong, without the name of the instance to which it happened.
std::string_view find_cause(const Error& error) {
  const auto colon = error.message.find(": ");
  return std::string_view(error.message).substr(colon == std::string::npos ? 0 : colon + 2);
}

/// An earlier instance that failed for the same reason, which need not be read twice; nullptr if there is none.
const InstanceReport* find_same_failure(const CredentialReport& report, const InstanceReport& instance) {
  constexpr std::size_t kLong = 200;
  if (find_cause(*instance.failure).size() < kLong) return nullptr;
  for (const auto& earlier : report.instances) {
    if (&earlier == &instance) return nullptr;
    if (earlier.failure && find_cause(*earlier.failure) == find_cause(*instance.failure)) return &earlier;
  }
  return nullptr;
}

std::string print_failure(const CredentialReport& report, const InstanceReport& instance) {
  const auto& error = *instance.failure;
  std::string text;
  // Where nobody was called there is neither.
  if (!error.code.empty() || !error.request_id.empty())
    text += fmt::format("        Code {}, RequestId {}\n", or_dash(error.code), or_dash(error.request_id));
  if (const auto* same = find_same_failure(report, instance))
    return text + fmt::format("        what and do: as for {}\n", printable(same->instance, kMessageLimit));
  return text + fmt::format("        what: {}\n        do:   {}\n", printable(error.message, kMessageLimit),
                            printable(alibaba::advise(error), kMessageLimit));
}

std::string_view describe(HostAnswer answer) {
  switch (answer) {
    case HostAnswer::Taken:
      return "the registry takes this login";
    case HostAnswer::Refused:
      return "the registry refuses this login";
    case HostAnswer::Foreign:
      return "not a registry of this instance";
    case HostAnswer::Unreachable:
      return "not reachable from here";
    case HostAnswer::Unclear:
      return "no clear answer";
  }
  return {};
}

std::string print_hosts(const InstanceReport& report) {
  std::string text;
  for (const auto& host : report.hosts) {
    text += fmt::format("        host {}: {}", or_dash(host.host), describe(host.answer));
    if (!host.detail.empty()) text += ": " + printable(host.detail, kMessageLimit);
    text += "\n";
    if (!host.advice.empty()) text += "             do: " + printable(host.advice, kMessageLimit) + "\n";
  }
  const auto left = report.domains.size() - std::min(report.domains.size(), report.hosts.size());
  if (left == 0) return text;
  return text + fmt::format("        not asked: {} of the domains, which are patterns or more than {}\n", left,
                            kMaxAskedHosts);
}

bool has_taken(const CredentialReport& report) {
  return std::ranges::any_of(report.instances, [](const InstanceReport& instance) {
    return std::ranges::find(instance.hosts, HostAnswer::Taken, &HostReport::answer) != instance.hosts.end();
  });
}

std::string print_result(const CredentialReport& report) {
  const auto failed = report.failures();
  const auto errors = report.configuration_errors.size();
  return fmt::format("{}: {} of {} instances have a good login, {} failed{}\n", report.configuration,
                     report.instances.size() - failed, report.instances.size(), failed,
                     errors == 0
                         ? ""
                         : fmt::format("; the configuration has {} error{}, and what they stand in was not tried",
                                       errors, errors == 1 ? "" : "s"));
}

}  // namespace

std::string print_text(const CredentialReport& report) {
  auto text = report.findings;
  if (text.empty()) {
    for (const auto& error : report.configuration_errors) text += fmt::format("{}: {}\n", report.configuration, error);
  }
  if (report.instances.empty()) return text + print_result(report);
  std::vector<Row> rows{{"RESULT", "INSTANCE", "IDENTITY", "KEY", "LOGIN UNTIL", "DOMAINS"}};
  for (const auto& instance : report.instances) rows.push_back(build_row(instance));
  std::array<std::size_t, kColumns> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  text += print_row(rows.front(), widths);
  for (std::size_t i = 0; i < report.instances.size(); ++i) {
    const auto& instance = report.instances[i];
    text += print_row(rows[i + 1], widths);
    if (instance.failure) text += print_failure(report, instance);
    if (!instance.warning.empty()) text += "        warning: " + printable(instance.warning, kMessageLimit) + "\n";
    text += print_hosts(instance);
  }
  if (has_taken(report)) text += "no repository was named to a registry, so the right to pull one is not shown\n";
  if (report.failures() > 0 && !report.is_in_cluster) {
    text +=
        "this did not run in a pod of the controller: the token for RRSA, that of the managed role and the role of the "
        "node are there only\n";
  }
  return text + print_result(report);
}

}  // namespace acr::controller
