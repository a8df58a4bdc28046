// SPDX-License-Identifier: Apache-2.0
#include "common/http/body_space.hpp"

#include <catch2/catch.hpp>

using acr::http::BodySpace;

TEST_CASE("what is beyond a connection's own space comes from the store for all, and returns") {
  BodySpace space(10, 100);
  BodySpace::Share first(space);
  BodySpace::Share second(space);

  CHECK(first.hold(10));
  CHECK(second.hold(110));
  CHECK_FALSE(first.hold(11));
  CHECK(first.hold(10));
  CHECK_FALSE(second.hold(111));
  CHECK(second.hold(60));
  CHECK(first.hold(60));
  CHECK_FALSE(second.hold(61));
  first.release();
  CHECK(second.hold(110));
}

TEST_CASE("a connection that ends gives back what it held") {
  BodySpace space(0, 100);
  {
    CHECK(BodySpace::Share(space).hold(100));
  }

  CHECK(BodySpace::Share(space).hold(100));
  CHECK_FALSE(BodySpace::Share(space).hold(101));
}
