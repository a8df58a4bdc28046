// SPDX-License-Identifier: Apache-2.0
#include "controller/credential_check/host_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/text.hpp"
#include "common/http/host_port.hpp"

namespace acr::controller {
namespace {

bool is_pattern(const std::string& host) {
  return host.find_first_of("*?") != std::string::npos;
}

const HostReport* find_answer(const std::vector<HostReport>& hosts, HostAnswer answer) {
  const auto found = std::ranges::find(hosts, answer, &HostReport::answer);
  return found == hosts.end() ? nullptr : &*found;
}

Error build_failure(const HostReport& host, ErrorKind kind, std::string_view what) {
  return with_advice({.kind = kind, .message = fmt::format("{} {}: {}", host.host, what, host.detail)}, host.advice);
}

}  // namespace

std::string_view to_string(HostAnswer answer) {
  switch (answer) {
    case HostAnswer::Taken:
      return "taken";
    case HostAnswer::Refused:
      return "refused";
    case HostAnswer::Foreign:
      return "foreign";
    case HostAnswer::Unreachable:
      return "unreachable";
    case HostAnswer::Unclear:
      return "unclear";
  }
  return "unclear";
}

std::vector<std::string> choose_asked_hosts(const std::vector<std::string>& hosts) {
  std::vector<std::string> asked;
  for (const auto& host : hosts) {
    if (asked.size() == kMaxAskedHosts) break;
    if (!is_pattern(host)) asked.push_back(host);
  }
  return asked;
}

Result<http::Origin> parse_registry_host(std::string_view host) {
  if (host.find(':') == std::string_view::npos) return http::Origin{.host = std::string(host)};
  auto end_point = http::parse_host_port(host);
  if (!end_point) return fail(end_point.error());
  return http::Origin{.host = std::move(end_point->host), .port = end_point->port};
}

std::optional<HostReport> find_foreign_host(const std::string& host, const std::string& instance_id,
                                            const alibaba::RegistryChallenge& challenge) {
  HostReport report{.host = host, .answer = HostAnswer::Foreign};
  if (!challenge.instance_id.empty() && challenge.instance_id != instance_id) {
    const auto place = challenge.region_id.empty() ? std::string() : " in " + challenge.region_id;
    report.detail = fmt::format("this host belongs to instance {}{}", challenge.instance_id, place);
    report.advice =
        fmt::format("move the host to an item with instanceId {}, or take it out of domains", challenge.instance_id);
    return report;
  }
  if (const auto realm = alibaba::parse_realm(challenge.realm); !realm) {
    report.detail = realm.error().message;
    report.advice =
        "take this host out of domains, since nodes would send the login there; it is no registry of the cloud";
    return report;
  }
  return std::nullopt;
}

HostReport report_failed_login(const std::string& host, const std::string& service, const Error& error) {
  HostReport report{.host = host, .detail = error.message};
  if (error.kind != ErrorKind::Unauthenticated && error.kind != ErrorKind::Denied) return report;
  report.answer = HostAnswer::Refused;
  report.detail += fmt::format("; the host calls itself \"{}\"", printable(service));
  report.advice = "see in the console whether this host is one of the instance, and correct instanceId or domains";
  return report;
}

std::optional<Error> find_host_failure(const std::vector<HostReport>& hosts) {
  if (const auto* refused = find_answer(hosts, HostAnswer::Refused)) {
    return build_failure(*refused, ErrorKind::Unauthenticated, "refuses the login");
  }
  if (const auto* foreign = find_answer(hosts, HostAnswer::Foreign)) {
    return build_failure(*foreign, ErrorKind::Invalid, "is no registry of this instance");
  }
  if (hosts.empty() || find_answer(hosts, HostAnswer::Taken) != nullptr) return std::nullopt;
  return with_advice(
      {.kind = ErrorKind::Unavailable,
       .message = fmt::format("none of the hosts that were asked ({}) took the login; {}: {}", hosts.size(),
                              hosts.front().host, hosts.front().detail)},
      "open the way from here to one of the hosts, or run the check where there is one, such as in a pod");
}

}  // namespace acr::controller
