// SPDX-License-Identifier: Apache-2.0
// When Fail is lowered to Ignore, and when it comes back, as tables of what was seen at which second.
#include "controller/registration/breaker.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace acr::controller {
namespace {

using State = Breaker::State;
using std::chrono::seconds;

/// From second `begin` on, every `every` seconds up to and including `end`: '+' an endpoint answered, '-' none did,
/// '?' none did and neither did the API server.
struct Sights {
  int begin, end, every;
  char what;
};

/// The seconds at which the state changed: "17 open, 40 closed".
std::string changes(Breaker breaker, const std::vector<Sights>& story) {
  std::string text;
  for (const auto& part : story) {
    for (int at = part.begin; at <= part.end; at += part.every) {
      const auto before = breaker.state();
      const auto after = breaker.observe(seconds{at}, part.what == '+', part.what != '?');
      if (after == before) continue;
      text += (text.empty() ? "" : ", ") + std::to_string(at) + (after == State::Open ? " open" : " closed");
    }
  }
  return text;
}

TEST_CASE("the breaker opens 15 s after the last answer and closes after 15 s of answers", "[breaker]") {
  struct Row {
    const char* name;
    std::vector<Sights> story;
    const char* changes;
  };
  const Row rows[] = {
      {"a healthy webhook", {{0, 1000, 2, '+'}}, ""},
      {"no answer, counted from the last one", {{0, 10, 2, '+'}, {12, 40, 1, '-'}}, "25 open"},
      {"never an answer, counted from the first look", {{0, 40, 1, '-'}}, "15 open"},
      {"14 s without one", {{0, 10, 2, '+'}, {12, 24, 1, '-'}, {25, 60, 2, '+'}}, ""},
      {"back again", {{0, 0, 1, '+'}, {2, 20, 1, '-'}, {21, 60, 2, '+'}}, "15 open, 37 closed"},
      {"flapping too fast to open", {{0, 8, 2, '+'}, {9, 20, 1, '-'}, {21, 21, 1, '+'}, {22, 34, 1, '-'}}, ""},
      {"one miss while closing begins anew",
       {{0, 15, 1, '-'}, {16, 28, 2, '+'}, {29, 29, 1, '-'}, {30, 44, 2, '+'}, {45, 60, 1, '+'}},
       "15 open, 45 closed"},
      {"again and again",
       {{0, 15, 1, '-'}, {16, 32, 2, '+'}, {33, 50, 1, '-'}, {51, 67, 2, '+'}},
       "15 open, 32 closed, 47 open, 67 closed"},
      {"probes that each take all of their time", {{0, 0, 1, '+'}, {7, 60, 6, '-'}}, "19 open"},
      {"two slow probes prove nothing", {{0, 0, 1, '+'}, {8, 8, 1, '-'}, {16, 16, 1, '-'}}, ""},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    CHECK(changes(Breaker(), row.story) == row.changes);
  }
}

TEST_CASE("on doubt nothing changes", "[breaker]") {
  struct Row {
    const char* name;
    std::vector<Sights> story;
    const char* changes;
  };
  const Row rows[] = {
      {"the API server does not answer us either", {{0, 0, 1, '+'}, {2, 300, 1, '?'}}, ""},
      {"its outage begins the patience anew", {{0, 10, 1, '-'}, {11, 12, 1, '?'}, {13, 27, 1, '-'}}, ""},
      {"and ends", {{0, 10, 1, '-'}, {11, 12, 1, '?'}, {13, 40, 1, '-'}}, "28 open"},
      {"open stays open while it lasts", {{0, 20, 1, '-'}, {21, 300, 1, '?'}}, "15 open"},
      {"doubt while closing begins anew",
       {{0, 15, 1, '-'}, {16, 28, 2, '+'}, {29, 29, 1, '?'}, {30, 46, 1, '+'}},
       "15 open, 45 closed"},
      {"an hour of sleep between two looks is no hour of silence", {{0, 5, 1, '-'}, {3600, 3614, 1, '-'}}, ""},
      {"and none of answers", {{0, 15, 1, '-'}, {16, 20, 2, '+'}, {3600, 3614, 2, '+'}}, "15 open"},
      {"sleep after an answer", {{0, 10, 2, '+'}, {3600, 3614, 1, '-'}}, ""},
      {"a clock that goes back", {{1000, 1010, 1, '-'}, {0, 14, 1, '-'}}, ""},
  };
  for (const auto& row : rows) {
    INFO(row.name);
    CHECK(changes(Breaker(), row.story) == row.changes);
  }
}

TEST_CASE("a new leader that finds Ignore where Fail is wanted waits for 15 s of answers", "[breaker]") {
  CHECK(changes(Breaker(State::Open), {{0, 60, 1, '-'}}) == "");
  CHECK(changes(Breaker(State::Open), {{0, 30, 2, '+'}}) == "16 closed");
  CHECK(changes(Breaker(State::Open), {{0, 10, 2, '-'}, {12, 40, 2, '+'}}) == "28 closed");
}

TEST_CASE("an answer counts whatever the API server does", "[breaker]") {
  Breaker breaker(State::Open);
  for (int at = 0; at <= 15; at += 5) breaker.observe(seconds{at}, true, false);
  CHECK(breaker.state() == State::Closed);
}

}  // namespace
}  // namespace acr::controller
