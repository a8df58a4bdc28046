// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/endpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/base/text.hpp"

namespace acr::alibaba {
namespace {

struct Row {
  std::string_view region, cr_vpc, cr_public, sts_vpc, sts_public;
};

constexpr auto kTable = std::to_array<Row>({
#include "common/alibaba/endpoint_table.inc"
});
static_assert(std::ranges::is_sorted(kTable, {}, &Row::region));

constexpr std::string_view kStsGlobal = "sts.aliyuncs.com";

const Row* find_row(std::string_view region_id) {
  const auto row = std::ranges::lower_bound(kTable, region_id, {}, &Row::region);
  return row != kTable.end() && row->region == region_id ? &*row : nullptr;
}

}  // namespace

std::string_view host_prefix(Product product) {
  return product == Product::Sts ? "sts" : "cr";
}

bool is_known_region(std::string_view region_id) {
  return find_row(region_id) != nullptr;
}

RegionHosts find_hosts(Product product, std::string_view region_id) {
  if (const auto* row = find_row(region_id)) {
    if (product == Product::Sts) return {std::string(row->sts_vpc), std::string(row->sts_public)};
    return {std::string(row->cr_vpc), std::string(row->cr_public)};
  }
  const auto prefix = host_prefix(product);
  return {fmt::format("{}-vpc.{}.aliyuncs.com", prefix, region_id),
          fmt::format("{}.{}.aliyuncs.com", prefix, region_id)};
}

std::vector<std::string> order_hosts(Product product, std::string_view region_id, std::string_view own_region_id) {
  const auto hosts = find_hosts(product, region_id);
  std::vector<std::string> order;
  const auto add = [&](std::string_view host) {
    if (!host.empty() && std::ranges::find(order, host) == order.end()) order.emplace_back(host);
  };
  // A VPC host of another region is unreachable, so it is worth a try only where there is nothing else.
  if (region_id == own_region_id) add(hosts.vpc);
  add(hosts.public_host);
  // Where nobody knows where we are it may be the own one, and without a way to the internet the only host that
  // answers.
  if (order.empty() || own_region_id.empty()) add(hosts.vpc);
  if (product == Product::Sts) add(kStsGlobal);
  return order;
}

std::string find_override(const EndpointOverrides& overrides, Product product, const std::string& region_id) {
  if (product == Product::Sts) return overrides.sts;
  const auto host = overrides.registry.find(region_id);
  return host == overrides.registry.end() ? std::string() : host->second;
}

Result<std::string> parse_endpoint_host(std::string_view text) {
  auto host = to_lower(trim(text));
  if (host.starts_with("https://")) host.erase(0, std::string_view("https://").size());
  if (host.ends_with('/')) host.pop_back();
  // No top-level domain is a number, every IPv4 address ends in one.
  const auto last = host.substr(host.rfind('.') + 1);
  const bool is_number = last.find_first_not_of("0123456789") == std::string::npos;
  if (!is_dns_subdomain(host) || host.find('.') == std::string::npos || is_number) {
    return fail(ErrorKind::Invalid,
                fmt::format("\"{}\" is not a host name such as sts-vpc.cn-hangzhou.aliyuncs.com", printable(text)));
  }
  return host;
}

std::vector<std::string> build_enterprise_patterns(std::string_view region_id) {
  return {fmt::format("*-registry.{}.cr.aliyuncs.com", region_id),
          fmt::format("*-registry-vpc.{}.cr.aliyuncs.com", region_id)};
}

std::vector<std::string> build_personal_hosts(std::string_view region_id) {
  std::vector<std::string> hosts;
  for (const std::string_view prefix : {"registry", "registry-vpc", "registry-internal"}) {
    hosts.push_back(fmt::format("{}.{}.aliyuncs.com", prefix, region_id));
  }
  return hosts;
}

}  // namespace acr::alibaba
