// SPDX-License-Identifier: Apache-2.0
// The table of the cloud's error codes: class, kind and what the admin can do. Internal to this folder.
#pragma once

#include <string_view>

#include "common/alibaba/errors.hpp"

namespace acr::alibaba {

struct CodeMeaning {
  std::string_view prefix;
  FailureClass failure_class;
  ErrorKind kind;
  std::string_view hint;  ///< what to do next; empty = waiting is enough
  bool quotable = true;   ///< false: the cloud's text may hold the string to sign or the token
};

/// The meaning of a code by its longest known prefix; nullptr if none fits.
const CodeMeaning* find_meaning(std::string_view code);

}  // namespace acr::alibaba
