// SPDX-License-Identifier: Apache-2.0
// Does the name of a field say that its value is a secret? In any spelling and several languages.
#pragma once

#include <string_view>

namespace acr::config {

enum class Secrecy {
  None,
  Reference,  ///< the name of a Secret object, such as customAccessKeySecretRef; people put the secret itself there
  Likely,     ///< a word that also names other things: key, token, pass
  Certain,    ///< an access key, a secret, a password
};

/// `name` as it was written: in any case, misspelt, with `\u` escapes, with quotes or signs around it.
Secrecy judge_secrecy(std::string_view name);

/// Is the value a secret?
constexpr bool is_secret(Secrecy secrecy) {
  return secrecy == Secrecy::Likely || secrecy == Secrecy::Certain;
}

}  // namespace acr::config
