// SPDX-License-Identifier: Apache-2.0
#include "common/config/host_advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "common/config/settings.hpp"

namespace acr::config {
namespace {

constexpr std::string_view kVendor = ".aliyuncs.com";
constexpr std::string_view kEnterprise = ".cr.aliyuncs.com";

/// Registries that everybody knows, and that no login of the cloud opens.
constexpr auto kOthers = std::to_array<std::string_view>({"docker.io", "index.docker.io", "registry-1.docker.io",
                                                          "quay.io", "gcr.io", "k8s.gcr.io", "registry.k8s.io",
                                                          "ghcr.io", "mcr.microsoft.com", "public.ecr.aws"});

std::vector<std::string_view> split_labels(std::string_view name) {
  std::vector<std::string_view> labels;
  for (std::size_t start = 0; start <= name.size();) {
    const auto end = std::min(name.find('.', start), name.size());
    labels.push_back(name.substr(start, end - start));
    start = end + 1;
  }
  return labels;
}

/// A host of the vendor's own names: NAME.REGION.cr.aliyuncs.com, registry[-vpc].REGION.aliyuncs.com.
struct VendorHost {
  std::string_view region;
  bool is_enterprise = false;
};

std::optional<VendorHost> read_vendor_host(std::string_view name) {
  constexpr std::size_t kEnterpriseLabels = 5;
  constexpr std::size_t kPersonalLabels = 4;
  const auto labels = split_labels(name);
  if (name.ends_with(kEnterprise) && labels.size() == kEnterpriseLabels)
    return VendorHost{.region = labels[1], .is_enterprise = true};
  const bool is_personal = name.ends_with(kVendor) && !name.ends_with(kEnterprise) &&
                           labels.size() == kPersonalLabels &&
                           (labels[0] == "registry" || labels[0] == "registry-vpc" || labels[0] == "registry-internal");
  return is_personal ? std::optional(VendorHost{.region = labels[1], .is_enterprise = false}) : std::nullopt;
}

/// A pattern counts labels, and has too few of them for any registry.
bool is_too_short(std::string_view name) {
  constexpr std::size_t kLeastLabels = 4;
  const auto labels = split_labels(name).size();
  return is_glob(name) && name.ends_with(kVendor) && labels < kLeastLabels + (name.ends_with(kEnterprise) ? 1 : 0);
}

}  // namespace

std::optional<HostAdvice> judge_host(std::string_view host, std::string_view region_id, bool is_enterprise) {
  const auto name = host.substr(0, host.find(':'));
  if (std::find(kOthers.begin(), kOthers.end(), name) != kOthers.end()) {
    return HostAdvice{
        .code = "foreign-host",
        .message = fmt::format("{} is no registry of this cloud: the login would be sent to strangers", name),
        .hint = "list the hosts of the instance, or leave domains away for all of them"};
  }
  if (name.starts_with("dockerauth") && name.ends_with(kVendor)) {
    return HostAdvice{.code = "foreign-host",
                      .message = "this host issues tokens; no image is pulled from it",
                      .hint = "list the host that stands in the names of images"};
  }
  if (is_too_short(name)) {
    return HostAdvice{.code = "unusual-domain",
                      .message = "this pattern covers no registry: a * stands for one label, and their hosts have more",
                      .hint = "such as *.cn-hangzhou.cr.aliyuncs.com"};
  }
  const auto vendor = read_vendor_host(name);
  if (!vendor) return std::nullopt;
  if (vendor->is_enterprise != is_enterprise) {
    return HostAdvice{
        .code = "other-edition",
        .message = fmt::format("this is a host of {}, but the item is {}",
                               vendor->is_enterprise ? "an Enterprise Edition instance" : "Personal Edition",
                               is_enterprise ? "an Enterprise Edition instance" : "Personal Edition"),
        .hint = "its login does not open that host; list it in an item of its own"};
  }
  if (!region_id.empty() && !is_glob(vendor->region) && vendor->region != region_id) {
    return HostAdvice{.code = "other-region",
                      .message = fmt::format("this is a host of another region than that of the item, {}", region_id),
                      .hint = "correct the host or regionId"};
  }
  return std::nullopt;
}

}  // namespace acr::config
