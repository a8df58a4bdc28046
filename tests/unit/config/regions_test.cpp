// SPDX-License-Identifier: Apache-2.0
// Which regions a misspelt one may mean.
#include "common/config/regions.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace acr::config {
namespace {

struct Row {
  std::string region;
  std::vector<std::string_view> similar;
};

}  // namespace

TEST_CASE("a region that resembles a known one is a misspelling of it") {
  const auto row = GENERATE(values<Row>({
      {"cn-hangzou", {"cn-hangzhou"}},
      {"cn-hangzhuo", {"cn-hangzhou"}},
      {"cnhangzhou", {"cn-hangzhou"}},
      {"cn-huangzhou", {"cn-guangzhou", "cn-hangzhou"}},
      {"us-east", {"us-east-1"}},
  }));
  INFO(row.region);
  CHECK(find_similar_regions(row.region) == row.similar);
}

TEST_CASE("known regions, later numbers of them and quite different ones are no misspellings") {
  const auto* region = GENERATE("cn-hangzhou", "us-west-1", "ap-southeast-8", "us-west-3", "cn-shanghai-finance-2",
                                "sa-east-1x-private", "");
  INFO(region);
  CHECK(find_similar_regions(region).empty());
}

}  // namespace acr::config
