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
  CHECK(order_hosts(Product::Sts, "xx-new-1", "cn-beijing") == Hosts{"sts.xx-new-1.aliyuncs.com", "sts.aliyuncs.com"});
  // Nobody knows where we are: without a way to the internet only the VPC host answers, if it is the own region.
  CHECK(order_hosts(Product::Sts, "xx-new-1", "") ==
        Hosts{"sts.xx-new-1.aliyuncs.com", "sts-vpc.xx-new-1.aliyuncs.com", "sts.aliyuncs.com"});
  CHECK(order_hosts(Product::ContainerRegistry, "cn-hangzhou", "") ==
        Hosts{"cr.cn-hangzhou.aliyuncs.com", "cr-vpc.cn-hangzhou.aliyuncs.com"});
}

TEST_CASE("an override names the host of STS everywhere, of the registry in its region", "[endpoints]") {
  const EndpointOverrides overrides{.sts = "sts.example.test", .registry = {{"cn-hangzhou", "cr.example.test"}}};
  CHECK(find_override(overrides, Product::Sts, "cn-beijing") == "sts.example.test");
  CHECK(find_override(overrides, Product::ContainerRegistry, "cn-hangzhou") == "cr.example.test");
  CHECK(find_override(overrides, Product::ContainerRegistry, "cn-beijing").empty());
}

TEST_CASE("a host is a name that a certificate can hold", "[endpoints]") {
  CHECK(parse_endpoint_host(" https://STS-VPC.cn-hangzhou.aliyuncs.com/\n") == "sts-vpc.cn-hangzhou.aliyuncs.com");
  CHECK(parse_endpoint_host("cr.1.example.test") == "cr.1.example.test");
  for (const auto* bad :
       {"", "sts", "http://sts.aliyuncs.com", "sts.aliyuncs.com:443", "sts.aliyuncs.com/x", "10.0.0.1", "[::1]", "a..b",
        "user@sts.aliyuncs.com", "sts.aliyuncs.com evil.example", "-a.example"}) {
    INFO(bad);
    CHECK(parse_endpoint_host(bad).error().kind == ErrorKind::Invalid);
  }
}

TEST_CASE("an Enterprise Edition instance of unknown name is one label before its region", "[endpoints]") {
  CHECK(
      build_enterprise_patterns("cn-shanghai") ==
      std::vector<std::string>{"*-registry.cn-shanghai.cr.aliyuncs.com", "*-registry-vpc.cn-shanghai.cr.aliyuncs.com"});
}

TEST_CASE("Personal Edition has three hosts in a region", "[endpoints]") {
  CHECK(build_personal_hosts("cn-hangzhou") == Hosts{"registry.cn-hangzhou.aliyuncs.com",
                                                     "registry-vpc.cn-hangzhou.aliyuncs.com",
                                                     "registry-internal.cn-hangzhou.aliyuncs.com"});
}

}  // namespace
}  // namespace acr::alibaba
