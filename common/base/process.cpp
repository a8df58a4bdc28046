// SPDX-License-Identifier: Apache-2.0
#include "common/base/process.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace acr {

void forbid_dumps() {
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

}  // namespace acr
