// SPDX-License-Identifier: Apache-2.0
#include "common/alibaba/endpoints.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "common/base/json.hpp"

namespace acr::alibaba {
namespace {

using Hosts = std::vector<std::string>;

TEST_CASE("the compiled table is endpoints.json", "[endpoints]") {
  std::ifstream file(std::string(ACR_FIXTURES) + "/../../common/alibaba/endpoints.json");
  const auto document = parse_json(std::string(std::istreambuf_iterator<char>(file), {}));
  REQUIRE(document);
  REQUIRE((*document)["regions"].Size() == 40);
  for (const auto& entry : (*document)["regions"].GetArray()) {
    const auto region = string_at(entry, "region");
    INFO(region);
    CHECK(is_known_region(region));
    for (const auto product : {Product::ContainerRegistry, Product::Sts}) {
      const auto hosts = find_hosts(product, region);
      CHECK(hosts.vpc == string_at(entry, host_prefix(product), "vpc"));
      CHECK(hosts.public_host == string_at(entry, host_prefix(product), "public"));
      CHECK_FALSE(order_hosts(product, region, "").empty());
      CHECK_FALSE(order_hosts(product, region, region).empty());
    }
  }
}

TEST_CASE("the own region is asked inside the VPC first, another one in public", "[endpoints]") {
  CHECK(order_hosts(Product::ContainerRegistry, "cn-hangzhou", "cn-hangzhou") ==
        Hosts{"cr-vpc.cn-hangzhou.aliyuncs.com", "cr.cn-hangzhou.aliyuncs.com"});
  CHECK(order_hosts(Product::ContainerRegistry, "cn-hangzhou", "cn-shanghai") == Hosts{"cr.cn-hangzhou.aliyuncs.com"});
  CHECK(order_hosts(Product::Sts, "cn-beijing", "cn-beijing") ==
        Hosts{"sts-vpc.cn-beijing.aliyuncs.com", "sts.cn-beijing.aliyuncs.com", "sts.aliyuncs.com"});
}

TEST_CASE("regions that depart from the rule", "[endpoints]") {
  CHECK(order_hosts(Product::ContainerRegistry, "cn-huhehaote", "cn-huhehaote") ==
        Hosts{"cr.cn-huhehaote.aliyuncs.com"});
  CHECK(order_hosts(Product::Sts, "cn-hangzhou-finance", "cn-hangzhou-finance") == Hosts{"sts.aliyuncs.com"});
  CHECK(order_hosts(Product::Sts, "cn-north-2-gov-1", "") ==
        Hosts{"sts-vpc.cn-north-2-gov-1.aliyuncs.com", "sts.aliyuncs.com"});
}

TEST_CASE("an unknown region follows the rule", "[endpoints]") {
  CHECK_FALSE(is_known_region("xx-new-1"));
  CHECK(order_hosts(Product::ContainerRegistry, "xx-new-1", "xx-new-1") ==
        Hosts{"cr-vpc.xx-new-1.aliyuncs.com", "cr.xx-new-1.aliyuncs.com"});
  CHECK(order_hosts(Product::Sts, "xx-new-1", "") == Hosts{"sts.xx-new-1.aliyuncs.com", "sts.aliyuncs.com"});
}

TEST_CASE("Personal Edition has three hosts in a region", "[endpoints]") {
  CHECK(build_personal_hosts("cn-hangzhou") == Hosts{"registry.cn-hangzhou.aliyuncs.com",
                                                     "registry-vpc.cn-hangzhou.aliyuncs.com",
                                                     "registry-internal.cn-hangzhou.aliyuncs.com"});
}

}  // namespace
}  // namespace acr::alibaba
