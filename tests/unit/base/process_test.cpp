// SPDX-License-Identifier: Apache-2.0
// What a process forbids about itself, seen by the kernel's own words.
#include "common/base/process.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace acr {
namespace {

/// Exit code of the child: a bit for each thing that is not forbidden.
int look_from_inside() {
  forbid_dumps();
  rlimit limit{1, 1};
  const bool core = getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0 || limit.rlim_max != 0;
  const bool dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
  return (core ? 1 : 0) + (dumpable ? 2 : 0);
}

}  // namespace

TEST_CASE("SEC-9 a process that holds tokens dumps no core and lets no other process read its memory") {
  const auto child = fork();
  REQUIRE(child >= 0);
  if (child == 0) _exit(look_from_inside());
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

}  // namespace acr
