// SPDX-License-Identifier: Apache-2.0
// Which memory may be dropped, and that a process lives on without it.
#include "common/base/trim.hpp"

#include <catch2/catch.hpp>
#include <sstream>
#include <string>

namespace acr {
namespace {

std::string entry(const std::string& head, int anonymous, int swap) {
  return head + "\nSize: 8 kB\nRss: 8 kB\nAnonymous: " + std::to_string(anonymous) +
         " kB\nSwap: " + std::to_string(swap) + " kB\nVmFlags: rd mr mw me\n";
}

TEST_CASE("only clean pages of files are dropped") {
  struct Row {
    std::string what, head;
    int anonymous, swap;
    bool dropped;
  };
  const auto row = GENERATE(values<Row>({
      {"code", "1000-3000 r-xp 00000000 fd:00 12                         /usr/bin/program", 0, 0, true},
      {"constants", "1000-3000 r--p 00000000 fd:00 12                    /usr/bin/program", 0, 0, true},
      {"relocated constants", "1000-3000 r--p 00000000 fd:00 12          /usr/bin/program", 8, 0, false},
      {"relocated constants in swap", "1000-3000 r--p 00000000 fd:00 12  /usr/bin/program", 0, 8, false},
      {"variables", "1000-3000 rw-p 00000000 fd:00 12                    /usr/bin/program", 0, 0, false},
      {"the heap", "1000-3000 rw-p 00000000 00:00 0                      [heap]", 0, 0, false},
      {"memory of nobody", "1000-3000 r--p 00000000 00:00 0", 0, 0, false},
      {"the kernel's page", "1000-3000 r-xp 00000000 00:00 0             [vdso]", 0, 0, false},
      {"shared memory", "1000-3000 r--s 00000000 00:01 7                 /dev/shm/memory", 0, 0, false},
      {"a guard", "1000-3000 ---p 00000000 fd:00 12                      /usr/lib/library.so", 0, 0, false},
  }));
  INFO(row.what);
  std::istringstream smaps(entry("0500-0600 rw-p 00000000 00:00 0", 4, 0) + entry(row.head, row.anonymous, row.swap) +
                           entry("4000-5000 rw-p 00000000 00:00 0 [stack]", 8, 0));
  const auto wanted = row.dropped ? std::vector<Mapping>{{.begin = 0x1000, .size = 0x2000}} : std::vector<Mapping>{};
  CHECK(parse_droppable(smaps) == wanted);
}

TEST_CASE("a mapping whose account is not complete stays") {
  std::istringstream smaps("1000-3000 r-xp 00000000 fd:00 12 /usr/bin/program\nAnonymous: 0 kB\n");
  CHECK(parse_droppable(smaps).empty());
  std::istringstream garbage("-\n1000\n3000-1000 r-xp 0 0 0 /x\nAnonymous: 0 kB\nSwap: 0 kB\nzz-1 r-xp\n");
  CHECK(parse_droppable(garbage).empty());
}

TEST_CASE("a process that was trimmed works on with all its data") {
  static const std::string constant = "constant";
  std::string text(1000, 'x');
  trim_memory();
  CHECK(constant == "constant");
  CHECK(text == std::string(1000, 'x'));
  CHECK_THROWS_AS(text.at(5000), std::out_of_range);  // unwinding reads tables that were dropped
}

}  // namespace
}  // namespace acr
