// SPDX-License-Identifier: Apache-2.0
// The list of a ServiceAccount before and after (WR-1): others keep their place.
#include "common/pullsecret/binding.hpp"

#include <catch2/catch.hpp>

namespace acr::pullsecret {
namespace {

using List = std::vector<std::string>;
using config::BindingMode;

struct Row {
  const char* what;
  List current;
  std::optional<List> append;
  std::optional<List> overwrite;
  std::optional<List> unbound;
};

TEST_CASE("binding and unbinding a list") {
  const auto row = GENERATE(values<Row>({
      {"empty", {}, List{"N"}, List{"N"}, std::nullopt},
      {"bound alone", {"N"}, std::nullopt, std::nullopt, List{}},
      {"others stay, ours comes last", {"a", "b"}, List{"a", "b", "N"}, List{"N"}, std::nullopt},
      {"bound among others, whatever the place", {"N", "a"}, std::nullopt, List{"N"}, List{"a"}},
      {"repeats of ours become one", {"a", "N", "b", "N"}, List{"a", "N", "b"}, List{"N"}, List{"a", "b"}},
      {"repeats of others are not ours to clean", {"a", "a"}, List{"a", "a", "N"}, List{"N"}, std::nullopt},
      {"a longer name is another name", {"N-2"}, List{"N-2", "N"}, List{"N"}, std::nullopt},
      {"an entry without a name stays", {""}, List{"", "N"}, List{"N"}, std::nullopt},
  }));
  INFO(row.what);
  CHECK(bound_list(row.current, "N", BindingMode::Append) == row.append);
  CHECK(bound_list(row.current, "N", BindingMode::Overwrite) == row.overwrite);
  CHECK(unbound_list(row.current, "N") == row.unbound);
  CHECK(is_bound(row.current, "N") == row.unbound.has_value());
}

TEST_CASE("Secrets of an earlier helper are replaced where they stand") {
  const List previous{"old-1", "old-2"};
  CHECK(bound_list({"a", "old-1", "b", "old-2"}, "N", BindingMode::Append, previous) == List{"a", "N", "b"});
  CHECK(bound_list({"old-2", "N"}, "N", BindingMode::Append, previous) == List{"N"});
  CHECK(bound_list({"N", "a"}, "N", BindingMode::Append, previous) == std::nullopt);
}

TEST_CASE("what was bound needs no second write, and gives back what it took") {
  for (const auto& list : {List{}, List{"a"}, List{"a", "b", "a"}}) {
    const auto bound = bound_list(list, "N", BindingMode::Append).value();
    CHECK(bound_list(bound, "N", BindingMode::Append) == std::nullopt);
    CHECK(unbound_list(bound, "N") == list);
  }
}

}  // namespace
}  // namespace acr::pullsecret
